import Logging
import Ring
import SharedMemory
import SluiceModel
import Wire

// Plans: this node's part of each run, materialised once.
extension ControlLoop {
    /// Makes the part's block, if it is not there yet.
    func desire(_ part: PlanPart) {
        if let known = parts[part.run] {
            guard !known.isGoing else { return }
            return coordinator.tell(.partReady(part.run))
        }
        do throws(SluiceError) {
            parts[part.run] = LocalPart(part, try block(for: part))
            coordinator.tell(.partReady(part.run))
        } catch {
            logger.warning("no part of plan \(part.plan): \(error)")
            coordinator.tell(.partRefused(part.run, error))
        }
    }

    private func block(for part: PlanPart) throws(SluiceError) -> Segment? {
        if let handedBack = handedBackBlock(of: part) {
            ledger.adopt(part.blockBytes, for: .block(part.run))
            return handedBack
        }
        guard part.blockBytes > 0 else { return nil }
        guard part.blockBytes <= UInt64(Int.max) else {
            throw SluiceError(
                .invalidArgument, "a block of \(part.blockBytes) bytes is impossible", node: node.rawValue)
        }
        try ledger.reserve(
            part.blockBytes, for: .block(part.run), "plan \(part.plan)",
            advice: "give it a smaller budget on this node, close channels, or give the agent more")
        do throws(SystemCallError) { return try Segment(name: "sluice-plan", size: Int(part.blockBytes)) } catch {
            ledger.release(.block(part.run))
            var failure = error.asSluiceError
            failure.node = node.rawValue
            if error.isOutOfMemory { failure.needed = part.blockBytes }
            throw failure
        }
    }

    /// After this agent's restart the plan goes on where it was: in the block that its workers' rings lie in.
    private func handedBackBlock(of part: PlanPart) -> Segment? {
        plannedPayloads.first { $0.place.run == part.run && $0.place.blockBytes == part.blockBytes }?.segment
    }

    /// What lies in plans' blocks here, and in whose.
    private var plannedPayloads: [(segment: Segment, place: BlockPlace)] {
        [written, references].flatMap(\.values).flatMap(\.payloads).compactMap { payload in
            payload.place.map { (payload.segment, $0) }
        }
    }

    /// The runs that this node has a part of: those that it knows, and those whose rings its workers have handed back.
    var runs: [RunID] {
        let runs = Set(parts.keys).union(plannedPayloads.map(\.place.run))
        return runs.filter { parts[$0]?.isGoing != true }.sorted()
    }

    /// Runs that this coordinator does not know, and that go on: what is known of them here is what was handed back.
    func keep(_ runs: [RunID]) {
        for run in runs where parts[run] == nil {
            guard let place = plannedPayloads.first(where: { $0.place.run == run })?.place else { continue }
            desire(PlanPart(run: run, plan: "\(run)", blockBytes: place.blockBytes, registers: []))
        }
    }

    /// Where a channel's slots lie, if it is a plan's register.
    func plannedPlace(of spec: ChannelSpec) throws(SluiceError) -> (block: Segment, place: BlockPlace)? {
        for local in parts.values {
            guard let register = local[spec.name], let block = local.block else { continue }
            let (bytes, isTooMuch) = register.stride.multipliedReportingOverflow(by: UInt64(spec.slots))
            guard spec.slots == register.slots, UInt64(spec.slotSize) == register.stride,
                spec.largestValue == spec.slotSize, register.stride % 64 == 0, register.offset % 64 == 0, !isTooMuch,
                bytes <= UInt64(block.size), register.offset <= UInt64(block.size) - bytes
            else {
                throw SluiceError(
                    .invalidArgument,
                    """
                    channel \(spec.name) asks for \(spec.slots) slots of \(spec.slotSize) bytes, up to \
                    \(spec.largestValue); plan \(local.part.plan) has \(register.slots) of \(register.stride) for it, at \
                    \(register.offset) of \(block.size) bytes
                    """, channel: spec.name.rawValue, node: node.rawValue)
            }
            return (block, BlockPlace(run: local.part.run, offset: register.offset, blockBytes: UInt64(block.size)))
        }
        return nil
    }

    /// Hands the block to a worker that has actors of the plan.
    func openBlock(_ run: RunID, _ worker: WorkerPeer, _ request: UInt64) {
        guard let local = parts[run], !local.isGoing, let block = local.block else {
            return tell(
                worker,
                .failed(
                    SluiceError(
                        .unknownChannel,
                        "node \(node) has no memory of plan run \(run); it has ended, or has no actor here",
                        node: node.rawValue)), request: request)
        }
        tell(worker, .blockOpened(bytes: UInt64(block.size)), [block.descriptor], request: request)
    }

    /// The run is over: writers that are still there hear of it, and the block goes with the last ring.
    func removePart(_ run: RunID) {
        guard let local = parts[run] else { return coordinator.tell(.partGone(run)) }
        guard !local.isGoing else { return }
        local.isGoing = true
        for ring in written.values where ring.end == nil && local[ring.spec.name] != nil {
            guard let life = ring.writerLife, let worker = workers[life] else { continue }
            let error = SluiceError(
                .cancelled, "plan \(local.part.plan) (run \(run)) has ended", channel: ring.spec.name.rawValue,
                node: node.rawValue)
            tell(worker, .failedChannel(ring.spec.id, error))
        }
        for ring in Array(written.values) + Array(references.values)
        where ring.end != nil && local[ring.spec.name] != nil {
            linger(ring)
        }
        letPartsGo()
    }

    /// Whether the ring is a register of a run that is over: who has not opened it by now never will.
    func isOfEndedRun(_ ring: LocalRing) -> Bool {
        parts.values.contains { $0.isGoing && $0[ring.spec.name] != nil }
    }

    /// Frees the blocks of parts that are over and that no ring lies in any more.
    func letPartsGo() {
        for (run, local) in parts where local.isGoing {
            let isUsed = [written, references].contains { rings in
                rings.values.contains { $0.payloads.contains { $0.place?.run == run } || local[$0.spec.name] != nil }
            }
            guard !isUsed else { continue }
            parts[run] = nil
            ledger.release(.block(run))
            coordinator.tell(.partGone(run))
        }
    }
}
