import Logging
import Ring
import SharedMemory
import SluiceModel
import Wire

// Reader references: this node's rings of channels that are written elsewhere.
extension ControlLoop {
    func desire(_ desired: DesiredReference) {
        let id = desired.spec.id
        guard !drainedReferences.contains(id) else { return }
        desiredReferences[id] = desired
        if let ring = references[id] {
            guard !ring.isGoing else { return }
            if case .reference(nil) = ring.role { adoptedIsDesired(ring, desired) }
            if let end = desired.end { data.post(.endReference(id, end)) }
            return
        }
        // What a worker of the former life still has is handed back, not made anew.
        guard isSettled else { return }
        make(desired)
    }

    func make(_ desired: DesiredReference) {
        let id = desired.spec.id
        do throws(SluiceError) {
            let ring = try allocate(desired.spec, .reference(writerNode: desired.writerNode), .reference(id))
            references[id] = ring
            data.post(.addReference(desired.spec, writerNode: desired.writerNode, writer: nil, slotSize: ring.slotSize))
            coordinator.tell(.referenceReady(id))
            if let end = desired.end { data.post(.endReference(id, end)) }
        } catch {
            logger.warning("no reader reference: \(error)")
            coordinator.tell(.referenceRefused(id, error))
        }
    }

    /// The writer's node has said where the stream begins: from there the ring waits for every reader of this node.
    func referenceBegins(_ id: ChannelID, at next: UInt64) {
        guard let ring = references[id], ring.writer == nil, !ring.isGoing else { return }
        ring.memory.begin(at: next)
        let logger = logger
        let name = ring.spec.name
        let writer = RingWriter(
            ring.memory, process: segment,
            onViolation: { logger.error("channel \(name): a reader's cursor is dropped: \($0)") })
        ring.writer = writer
        if let newest = ring.payloads.last { writer.offer(generation: newest.generation) }
        placeExpected(ring)
        data.post(.startReference(id, writer, slotSize: ring.slotSize))
        let waiting = ring.waiting
        ring.waiting = []
        for open in waiting { open() }
    }

    /// Readers of this node that have not come yet hold the ring through a cursor of the agent's.
    private func placeExpected(_ ring: LocalRing) {
        guard let desired = desiredReferences[ring.spec.id] else { return }
        for reader in desired.readers where ring.places[Int(reader)] == nil {
            guard actors[ring.spec.readers[Int(reader)]] != nil else { continue }
            do throws(SluiceError) {
                let line = try takeLine(for: ring)
                attach(
                    ownGate(.placeholder, ring, line: line, reader: reader), segmentReadOnly, segment.view(), to: ring
                ) { result in
                    if case .success(let attached) = result {
                        ring.places[Int(reader)] = .expected(line: line, gate: attached.gate)
                    }
                }
            } catch {
                logger.error("\(error)")
            }
        }
    }

    /// Everything up to the end is in the ring.
    func referenceEnded(_ id: ChannelID, _ end: ChannelEnd) {
        guard let ring = references[id], ring.end == nil else { return }
        ring.end = end
        tellReaders(ring, end)
        if ring.writer == nil {
            // It ended before it began: readers that wait get an empty stream.
            referenceBegins(id, at: 0)
        }
        linger(ring)
        checkDrained(ring)
    }

    /// The desired set has it no more.
    func undesire(_ id: ChannelID) {
        drainedReferences.remove(id)
        desiredReferences[id] = nil
        guard let ring = references[id], !ring.isGoing else { return }
        if ring.end == nil {
            let end = ChannelEnd(final: ring.memory.published, reason: .nodeLost)
            ring.end = end
            tellReaders(ring, end)
        }
        ring.isGoing = true
        data.post(.removeReference(id))
    }

    /// The data thread has let go of it.
    func referenceRemoved(_ id: ChannelID) {
        guard let ring = references.removeValue(forKey: id) else { return }
        for place in ring.places.values { if case .expected(let line, _) = place { lines.giveBack(line) } }
        ledger.release(.reference(id))
        coordinator.tell(.referenceDrained(id))
        // Asked for again meanwhile.
        if let desired = desiredReferences[id], desired.end == nil { make(desired) }
        for open in ring.waiting { open() }
    }
}
