import Ring
import SluiceModel
import Wire

// Old generations of rings that have grown.
extension ControlLoop {
    /// Memory that every cursor has left goes back: the rest when its last mapping does.
    func letOldGenerationsGo(_ ring: LocalRing) {
        guard ring.payloads.count > 1 else { return }
        let oldest = ring.memory.oldestGeneration(at: lowestReleased(ring))
        let over = ring.payloads.filter { $0.generation < oldest }
        guard !over.isEmpty else { return }
        ring.payloads.removeAll { $0.generation < oldest }
        ring.memory.dropPayloads(below: oldest)
        for payload in over {
            ledger.release(
                RingMemory.payloadCost(slots: ring.spec.slots, slotSize: payload.slotSize), of: ring.ledgerEntry)
        }
        if let life = ring.writerLife, let worker = workers[life] {
            tell(worker, .generationsOver(ring.spec.id, oldest: oldest))
        }
    }

    /// What every gate has given back, as the ring's own list has it.
    private func lowestReleased(_ ring: LocalRing) -> UInt64 {
        var lowest = ring.memory.published
        for gate in ring.memory.recordedGates() {
            let request = gate.request
            let cursor =
                request.life == segment.life
                ? segment.cursor(request.line) : workers[request.life]?.view.cursor(request.line)
            lowest = min(lowest, max(gate.floor, cursor?.status.released ?? 0))
        }
        return lowest
    }
}
