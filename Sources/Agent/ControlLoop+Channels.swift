import Logging
import Ring
import SharedMemory
import SluiceModel
import Wire

// Channels that are written on this node.
extension ControlLoop {
    func create(_ create: CreateChannel, _ worker: WorkerPeer, _ request: UInt64) {
        let spec = create.spec
        if let ring = written[spec.id] {
            // It has asked again, over a new connection: both are answered when the coordinator has.
            if ring.writerLife == worker.life, !ring.isOpen { return worker.underWay[request] = .creation(spec.id) }
            guard ring.writerLife == worker.life, ring.end == nil else {
                return tell(
                    worker,
                    .failed(
                        SluiceError(
                            .nameTaken, "channel \(spec.name) is another worker's, or has ended",
                            channel: spec.name.rawValue)), request: request)
            }
            return hand(ring, to: worker, request)
        }
        do throws(SluiceError) {
            guard actors[spec.writer]?.life == worker.life else {
                throw SluiceError(
                    .unknownActor,
                    "actor \(spec.writer) is not registered by this worker, so it cannot write channel \(spec.name)",
                    channel: spec.name.rawValue, actor: spec.writer.rawValue, pid: worker.identity.pid)
            }
            let ring = try allocate(spec, .written(worker.life, endpoint: create.endpoint), .ring(spec.id))
            written[spec.id] = ring
        } catch {
            return tell(worker, .failed(error), request: request)
        }
        worker.underWay[request] = .creation(spec.id)
        let life = worker.life
        let deadline = deadline(create.timeout)
        coordinator.ask(.createChannel(spec, timeout: create.timeout), until: deadline) { [weak self] result in
            guard let self, let ring = self.written[spec.id], !ring.isOpen else { return }
            guard let worker = self.workers[life] else { return self.abandon(ring) }
            let waiting = worker.creations(of: spec.id)
            do throws(SluiceError) {
                _ = try result.get()
                try self.placeFirstGates(ring)
                ring.isOpen = true
                for request in waiting { self.hand(ring, to: worker, request) }
                self.announce(ring)
            } catch {
                self.abandon(ring)
                for request in waiting { self.tell(worker, .failed(error), request: request) }
            }
        }
    }

    /// The coordinator answers at the caller's deadline; a little later it is held to be unavailable.
    func deadline(_ timeout: Timeout) -> UInt64 {
        let (sum, overflow) = now.addingReportingOverflow(timeout.nanoseconds ?? .max / 2)
        return overflow ? .max / 2 : sum + 2_000_000_000
    }

    /// Enters the memory in the ledger, then takes it.
    func allocate(_ spec: ChannelSpec, _ role: LocalRing.Role, _ entry: MemoryLedger.Entry) throws(SluiceError)
        -> LocalRing
    {
        let planned = try plannedPlace(of: spec)
        let bytes =
            planned == nil
            ? RingMemory.byteCost(slots: spec.slots, slotSize: spec.slotSize)
            : RingMemory.controlCost(slots: spec.slots)
        try ledger.reserve(bytes, for: entry, channel: spec.name)
        do throws(SystemCallError) {
            let ring = try RingMemory.create(
                channel: spec.id, slots: spec.slots, slotSize: spec.slotSize,
                in: planned.map { ($0.block, $0.place.offset) })
            guard let control = ring.control, let payload = ring.payload else {
                preconditionFailure("a ring without descriptors")
            }
            let held = try HeldPayload(
                PayloadSpec(generation: 0, slotSize: spec.slotSize, place: planned?.place), payload)
            let local = try LocalRing(spec, role, ring.memory, control: control, payloads: [held])
            if local.isReference { ring.memory.mapAhead(0, most: AgentLimits.mappedAhead) }
            return local
        } catch {
            ledger.release(entry)
            var failure = error.asSluiceError
            failure.channel = spec.name.rawValue
            failure.node = node.rawValue
            if error.isOutOfMemory { failure.needed = bytes }
            throw failure
        }
    }

    /// Before the writer has the ring: everyone who will read gates it from 0.
    private func placeFirstGates(_ ring: LocalRing) throws(SluiceError) {
        guard let desired = desiredWriters[ring.spec.id] else {
            throw SluiceError(
                .protocolViolation, "the coordinator did not say where the readers of channel \(ring.spec.name) are",
                channel: ring.spec.name.rawValue)
        }
        do {
            for (index, home) in desired.readerNodes.enumerated() where home == node {
                let line = try takeLine(for: ring)
                let gate = try ring.memory.addInitialGate(
                    ownGate(.placeholder, ring, line: line, reader: UInt32(index)).request)
                ring.places[index] = .expected(line: line, gate: gate)
            }
            for home in desired.destinations where home != node {
                let line = try takeLine(for: ring)
                let reader = UInt32(desired.readerNodes.firstIndex(of: home) ?? 0)
                let gate = try ring.memory.addInitialGate(
                    ownGate(.destination, ring, line: line, reader: reader).request)
                ring.destinations[home] = DestinationPlace(line: line, gate: gate)
            }
        } catch let error as SluiceError {
            throw error
        } catch {
            throw SluiceError(.limitReached, "channel \(ring.spec.name): \(error)", channel: ring.spec.name.rawValue)
        }
    }

    private func hand(_ ring: LocalRing, to worker: WorkerPeer, _ request: UInt64) {
        // Before its creation is answered it cannot have grown.
        tell(
            worker, .channelCreated(ring.spec.id, ring.payloads[0].spec),
            [ring.control.descriptor, ring.payloads[0].segment.descriptor], request: request)
    }

    /// Tells the data thread of a ring, and of where it goes.
    func announce(_ ring: LocalRing) {
        guard case .written(let life, let endpoint) = ring.role else { return }
        data.post(
            .addOutgoing(
                OutgoingSetup(
                    channel: ring.spec.id, memory: ring.memory, slotSize: ring.slotSize, writer: life,
                    endpoint: endpoint, end: ring.end)))
        for (node, place) in ring.destinations {
            guard let gate = place.gate else { continue }
            data.post(.addDestination(ring.spec.id, node, line: place.line, gate: gate, first: 0))
        }
    }

    /// A creation that came to nothing leaves nothing.
    private func abandon(_ ring: LocalRing) {
        let id = ring.spec.id
        written[id] = nil
        ledger.release(.ring(id))
        for place in ring.places.values { if case .expected(let line, _) = place { lines.giveBack(line) } }
        for place in ring.destinations.values { lines.giveBack(place.line) }
        coordinator.ask(.abandonChannel(id), until: now + 60_000_000_000) { _ in }
    }

    // MARK: Ends

    func closeWriter(_ id: ChannelID, final: UInt64, _ worker: WorkerPeer, _ request: UInt64) {
        if let ring = written[id], ring.writerLife == worker.life, ring.end == nil {
            if ring.isOpen {
                // What the ring itself says counts: a final beyond it would be waited for in vain.
                end(ring, ChannelEnd(final: min(final, ring.memory.published), reason: .closed))
            } else {
                abandon(ring)
            }
        }
        tell(worker, .done, request: request)
    }

    func writerDied(_ ring: LocalRing) {
        guard ring.isOpen else { return abandon(ring) }
        let reason: EndReason = ring.memory.final == nil ? .writerDied : .closed
        end(ring, ChannelEnd(final: ring.memory.final ?? ring.memory.published, reason: reason))
    }

    func end(_ ring: LocalRing, _ end: ChannelEnd) {
        guard ring.end == nil else { return }
        ring.end = end
        cancelGrowth(ring)
        logger.debug("channel \(ring.spec.name) ends at \(end.final): \(end.reason)")
        tellReaders(ring, end)
        data.post(.endOutgoing(ring.spec.id, end))
        coordinator.ask(.endChannel(ring.spec.id, end), until: now + 3_600_000_000_000) { _ in }
        linger(ring)
        checkDrained(ring)
    }

    /// Waits for readers that were declared and have not come, but not for those of a run that is over.
    func linger(_ ring: LocalRing) {
        let linger = isOfEndedRun(ring) ? Deadline(nanoseconds: now) : Deadline(options.linger, from: now)
        if linger != .never { ring.lingersUntil = linger.nanoseconds }
    }

    /// Every worker that has the ring open hears how far it goes.
    func tellReaders(_ ring: LocalRing, _ end: ChannelEnd) {
        var told: Set<ProcessLife> = []
        for place in ring.places.values {
            guard case .open(let life, _, _) = place, told.insert(life).inserted, let worker = workers[life] else {
                continue
            }
            tell(worker, .ended(ring.spec.id, final: end.final, reason: end.reason))
        }
    }

    // MARK: Desired state

    func desire(_ desired: DesiredWriter) {
        desiredWriters[desired.channel] = desired
        if let ring = written[desired.channel], ring.isOpen { reconcile(ring, desired) }
    }

    func reconcile(_ ring: LocalRing, _ desired: DesiredWriter) {
        let destinations = Set(desired.destinations).subtracting([node])
        for home in ring.destinations.keys where !destinations.contains(home) { removeDestination(ring, home) }
        guard ring.end == nil || !ring.formerDestinations.isEmpty else { return }
        for home in destinations where ring.destinations[home] == nil {
            let readers = desired.readerNodes.enumerated().filter { $0.element == home }.map { UInt32($0.offset) }
            if let reader = readers.first(where: { ring.formerDestinations[$0] != nil }) {
                // Its gate is a former life's: it is replaced when the node says what it has.
                guard let next = ring.wanted.removeValue(forKey: home) else { continue }
                let replaces = ring.formerDestinations.removeValue(forKey: reader)
                attachDestination(ring, home, reader: reader, replaces: replaces, floor: next)
            } else if ring.end == nil {
                attachDestination(ring, home, reader: readers.first ?? 0)
            }
        }
    }
}
