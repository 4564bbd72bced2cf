import Logging
import Relay
import Ring
import SharedMemory
import SluiceModel
import Wire

// Larger slots for a ring: reserved on every node that reads it, mapped by every reader, then granted to its writer.
extension ControlLoop {
    // MARK: Wishes

    func grow(_ id: ChannelID, _ needed: Int, _ timeout: Timeout, _ worker: WorkerPeer, _ request: UInt64) {
        guard let ring = written[id], ring.writerLife == worker.life, ring.isOpen, ring.end == nil else {
            let error = SluiceError(
                .closed, "channel \(id) is not written by pid \(worker.identity.pid), or has ended",
                node: node.rawValue, pid: worker.identity.pid)
            return tell(worker, .failed(error), request: request)
        }
        guard needed <= ring.spec.largestValue else {
            return tell(worker, .failed(.tooLarge(needed, ring.spec, on: node)), request: request)
        }
        // It has asked again, over a new connection: it is answered once.
        ring.growthRequests.removeAll { $0.life == worker.life && $0.request == request }
        let deadline = Deadline(timeout, from: now)
        ring.growthRequests.append(
            GrowthRequest(life: worker.life, request: request, needed: needed, deadline: deadline))
        let patience = Deadline(nanoseconds: now + AgentLimits.growth)
        ring.growth?.growth.extend(to: max(patience, deadline))
        // Readers of a former life that are not back yet would not be asked to map it: `settle` goes on with this.
        if ring.growth == nil, isSettled { growForRequests(ring, until: max(patience, deadline)) }
    }

    /// What was asked for before all of a former life's workers were back.
    func growForEarlyRequests(_ ring: LocalRing) {
        let patience = Deadline(nanoseconds: now + AgentLimits.growth)
        let deadline = ring.growthRequests.map(\.deadline).max() ?? patience
        if ring.growth == nil { growForRequests(ring, until: max(patience, deadline)) }
    }

    /// Answers those that have what they need, and begins the growth that the others wait for.
    private func growForRequests(_ ring: LocalRing, until deadline: Deadline) {
        let satisfied = ring.growthRequests.filter { $0.needed <= ring.slotSize }
        ring.growthRequests.removeAll { $0.needed <= ring.slotSize }
        for request in satisfied { grant(ring, request) }
        guard let needed = ring.growthRequests.map(\.needed).max() else { return }
        let nodes = Set(ring.destinations.filter { !$0.value.isGoing }.keys)
        do throws(SluiceError) {
            try begin(ring, needed: needed, nodes: nodes, until: deadline)
        } catch {
            fail(ring, error)
        }
    }

    private func grant(_ ring: LocalRing, _ request: GrowthRequest) {
        guard let worker = workers[request.life], let newest = ring.payloads.last else { return }
        tell(worker, .grown(ring.spec.id, newest.spec), [newest.segment.descriptor], request: request.request)
    }

    private func fail(_ ring: LocalRing, _ error: SluiceError) {
        let requests = ring.growthRequests
        ring.growthRequests = []
        for request in requests {
            if let worker = workers[request.life] { tell(worker, .failed(error), request: request.request) }
        }
    }

    // MARK: Growing

    /// Twice the size, if there is memory for it; else just what is needed.
    private func begin(_ ring: LocalRing, needed: Int, nodes: Set<NodeName>, until deadline: Deadline)
        throws(SluiceError)
    {
        let (doubled, overflow) = ring.slotSize.multipliedReportingOverflow(by: 2)
        let generous = min(ring.spec.largestValue, max(needed, overflow ? .max : doubled))
        let payload: HeldPayload
        do throws(SluiceError) { payload = try makePayload(ring, slotSize: generous) } catch {
            guard generous > needed, error.code == .outOfMemory else { throw error }
            payload = try makePayload(ring, slotSize: needed)
        }
        startGrowth(ring, Growth(slotSize: payload.slotSize, nodes: nodes, deadline: deadline), payload)
        logger.debug("channel \(ring.spec.name) grows to slots of \(payload.slotSize) bytes")
        if !ring.isReference { data.post(.reserve(ring.spec.id, slotSize: payload.slotSize)) }
        advanceGrowth(ring) { $0.begin() }
    }

    func startGrowth(_ ring: LocalRing, _ growth: Growth, _ payload: HeldPayload) {
        lastGrowth += 1
        ring.growth = GrowthUnderWay(number: lastGrowth, growth: growth, payload: payload)
    }

    /// Reserved in the ledger, allocated, and mapped here.
    func makePayload(_ ring: LocalRing, slotSize: Int) throws(SluiceError) -> HeldPayload {
        let name = ring.spec.name
        let generation = (ring.payloads.last?.generation ?? 0) + 1
        guard generation < UInt32(Limits.mostGenerations) else {
            throw SluiceError(
                .limitReached, "channel \(name) has grown \(generation - 1) times, which is all that it can",
                channel: name.rawValue, node: node.rawValue)
        }
        let bytes = RingMemory.payloadCost(slots: ring.spec.slots, slotSize: slotSize)
        try ledger.reserve(bytes, for: ring.ledgerEntry, channel: name)
        do {
            let segment = try RingMemory.makePayload(slots: ring.spec.slots, slotSize: slotSize)
            let payload = try HeldPayload(PayloadSpec(generation: generation, slotSize: slotSize), segment)
            try ring.memory.add(payload.mapped(writable: ring.memory.isWritable))
            if ring.isReference { ring.memory.mapAhead(generation, most: AgentLimits.mappedAhead) }
            return payload
        } catch {
            ledger.release(bytes, of: ring.ledgerEntry)
            var failure = SluiceError(
                .system, "channel \(name) cannot grow to slots of \(slotSize) bytes on node \(node)",
                cause: "\(error)")
            if let call = error as? SystemCallError { failure = call.asSluiceError }
            failure.channel = name.rawValue
            failure.node = node.rawValue
            if failure.code == .outOfMemory { failure.needed = bytes }
            throw failure
        }
    }

    /// Takes a step of the growth, and does what it says.
    func advanceGrowth(_ ring: LocalRing, _ change: (inout Growth) -> Growth.Step) {
        guard var underWay = ring.growth else { return }
        let step = change(&underWay.growth)
        ring.growth = underWay
        switch step {
        case .wait: break
        case .hand: handToReaders(ring)
        case .grant: complete(ring)
        case .fail(let error): giveUp(ring, error)
        }
    }

    private func handToReaders(_ ring: LocalRing) {
        guard let underWay = ring.growth else { return }
        let payload = underWay.payload
        let readers = ring.readingWorkers.compactMap { workers[$0] }
        advanceGrowth(ring) { $0.handed(to: Set(readers.map(\.life))) }
        for worker in readers {
            let life = worker.life
            ask(worker, .addGeneration(ring.spec.id, payload.spec), [payload.readOnly]) {
                [weak self, weak ring] result in
                // Another growth has the same number if this one came to nothing.
                guard let self, let ring, ring.growth?.number == underWay.number else { return }
                switch result {
                case .success: self.advanceGrowth(ring) { $0.mapped(by: life) }
                case .failure(let error): self.advanceGrowth(ring) { $0.refused(by: life, error) }
                }
            }
        }
    }

    private func complete(_ ring: LocalRing) {
        guard let payload = ring.growth?.payload else { return }
        ring.growth = nil
        ring.payloads.append(payload)
        if ring.isReference {
            ring.writer?.offer(generation: payload.generation)
            data.post(.referenceGrown(ring.spec.id, slotSize: payload.slotSize))
        } else {
            data.post(.outgoingGrown(ring.spec.id, slotSize: payload.slotSize))
            growForRequests(ring, until: Deadline(nanoseconds: now + AgentLimits.growth))
        }
    }

    /// Releases everything, here and on the other nodes.
    private func giveUp(_ ring: LocalRing, _ error: SluiceError) {
        guard let payload = ring.growth?.payload else { return }
        ring.growth = nil
        dropPayload(payload, of: ring)
        if ring.isReference {
            // What the writer's node has given up itself it is not told of: it may have begun the same again.
            guard error.code != .cancelled else { return }
            data.post(.referenceRefused(ring.spec.id, slotSize: payload.slotSize, error))
        } else {
            data.post(.unreserve(ring.spec.id))
            fail(ring, error)
        }
    }

    /// A payload that no value will ever lie in.
    func dropPayload(_ payload: HeldPayload, of ring: LocalRing) {
        ring.memory.dropPayload(payload.generation)
        ledger.release(RingMemory.payloadCost(slots: ring.spec.slots, slotSize: payload.slotSize), of: ring.ledgerEntry)
        for life in ring.readingWorkers {
            if let worker = workers[life] {
                tell(worker, .dropGeneration(ring.spec.id, generation: payload.generation))
            }
        }
    }

    // MARK: What happens meanwhile

    func reserved(_ id: ChannelID, by node: NodeName, _ slotSize: Int) {
        guard let ring = written[id], ring.growth?.growth.slotSize == slotSize else { return }
        advanceGrowth(ring) { $0.reserved(by: node) }
    }

    func refused(_ id: ChannelID, by node: NodeName, _ slotSize: Int, _ error: SluiceError) {
        guard let ring = written[id], ring.growth?.growth.slotSize == slotSize else { return }
        advanceGrowth(ring) { $0.refused(by: node, error) }
    }

    func growthIsWithout(_ node: NodeName, _ ring: LocalRing) { advanceGrowth(ring) { $0.isGone(node) } }

    func expireGrowth(_ ring: LocalRing) {
        let now = now
        guard let growth = ring.growth?.growth else { return }
        let culprit = culprit(of: growth, ring)
        advanceGrowth(ring) { $0.expire(at: now, channel: ring.spec.name, because: culprit) }
        guard ring.growth != nil else { return }
        // The growth goes on for the next call; this one is told whom it has waited for.
        let late = ring.growthRequests.filter { $0.deadline.hasPassed(at: now) }
        ring.growthRequests.removeAll { $0.deadline.hasPassed(at: now) }
        for request in late {
            guard let worker = workers[request.life] else { continue }
            tell(worker, .failed(growth.late(channel: ring.spec.name, because: culprit)), request: request.request)
        }
    }

    /// A reader of this node that has not mapped the memory, by name.
    private func culprit(of growth: Growth, _ ring: LocalRing) -> Growth.Culprit? {
        let waiting = growth.unmapped
        for (index, place) in ring.places.sorted(by: { $0.key < $1.key }) {
            guard case .open(let life, _, _) = place, waiting.contains(life), let worker = workers[life] else {
                continue
            }
            return Growth.Culprit(reader: ring.spec.readers[index], node: node, pid: worker.identity.pid)
        }
        return nil
    }

    func cancelGrowth(_ ring: LocalRing) {
        let error = SluiceError(
            .closed, "channel \(ring.spec.name) has ended while it grew", channel: ring.spec.name.rawValue,
            node: node.rawValue)
        advanceGrowth(ring) { $0.cancel(error) }
        fail(ring, error)
    }
}

extension LocalRing {
    var ledgerEntry: MemoryLedger.Entry { isReference ? .reference(spec.id) : .ring(spec.id) }
}

extension SluiceError {
    static func tooLarge(_ needed: Int, _ spec: ChannelSpec, on node: NodeName) -> SluiceError {
        SluiceError(
            .valueTooLarge,
            "a value of \(needed) bytes is more than channel \(spec.name) may grow for, \(spec.largestValue)",
            channel: spec.name.rawValue, actor: spec.writer.rawValue, node: node.rawValue, needed: UInt64(needed),
            available: UInt64(spec.largestValue))
    }
}
