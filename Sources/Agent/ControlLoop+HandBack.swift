import CSluice
import Logging
import Ring
import SharedMemory
import SluiceModel
import Wire

// After a restart: workers of the former life bring their rings back. Nothing of it is trusted before it is checked.
extension ControlLoop {
    /// Once all of them are back, dead, or too late, this life registers.
    func settle() {
        guard !isSettled else { return }
        former.forgetDead()
        guard former.alive.isEmpty || now >= handBackUntil else { return }
        if !former.alive.isEmpty {
            logger.warning("\(former.alive.count) workers of this agent's former life have not come back")
        }
        isSettled = true
        for ring in Array(references.values) where ring.writer != nil { dropDeadGates(ring) }
        for ring in Array(written.values) {
            settle(ring)
            growForEarlyRequests(ring)
        }
        for ring in Array(written.values) + Array(references.values) { letOldGenerationsGo(ring) }
        for desired in Array(desiredReferences.values) where references[desired.spec.id] == nil { make(desired) }
    }

    /// Readers in the ring's own list that did not come back hold it no longer.
    private func dropDeadGates(_ ring: LocalRing) {
        guard let writer = ring.writer else { return }
        for gate in writer.gates() where !gate.isResolved && gate.request.kind == .reader { writer.detach(gate.number) }
    }

    private func settle(_ ring: LocalRing) {
        // Whose writer did not come back: it died while no agent was there.
        if let life = ring.writerLife, workers[life] == nil, ring.end == nil { writerDied(ring) }
        guard ring.end == nil else { return checkDrained(ring) }
        for gate in ring.memory.recordedGates() where gate.request.kind == .reader {
            let index = Int(gate.request.reader)
            if case .open = ring.places[index] { continue }
            detach(gate: gate.number, from: ring) {}
            ring.places[index] = .gone
        }
    }

    // MARK: Writers

    func handBack(_ back: HandBackWriter, _ descriptors: [Descriptor], _ worker: WorkerPeer, _ request: UInt64) {
        let spec = back.spec
        do throws(SluiceError) {
            if let ring = written[spec.id], ring.writerLife != nil {
                try adopt(back.payloads, descriptors, into: ring, worker)
                // A reader came back first; now its ring has its writer.
                if ring.writerLife != worker.life { hasWriter(ring, back, worker) }
                return tell(worker, .done, request: request)
            }
            let ring = try adopt(
                spec, .written(worker.life, endpoint: back.endpoint), back.payloads, descriptors, worker, .ring(spec.id)
            )
            written[spec.id] = ring
            hasWriter(ring, back, worker)
            tell(worker, .done, request: request)
        } catch {
            tell(worker, .failed(error), request: request)
        }
    }

    private func hasWriter(_ ring: LocalRing, _ back: HandBackWriter, _ worker: WorkerPeer) {
        ring.role = .written(worker.life, endpoint: back.endpoint)
        ring.isOpen = true
        if let final = ring.memory.final { ring.end = ChannelEnd(final: final, reason: .closed) }
        takeOverGates(ring)
        announce(ring)
    }

    /// Gates of the former life's cursors get new ones in one step; readers' own gates stay.
    private func takeOverGates(_ ring: LocalRing) {
        for gate in ring.memory.recordedGates() {
            let reader = gate.request.reader
            switch gate.request.kind {
            case .destination: ring.formerDestinations[reader] = gate.number
            case .placeholder: replacePlaceholder(ring, gate)
            case .reader, .foreign: break
            }
        }
        if let desired = desiredWriters[ring.spec.id] { reconcile(ring, desired) }
    }

    private func replacePlaceholder(_ ring: LocalRing, _ gate: RecordedGate) {
        let reader = gate.request.reader
        do throws(SluiceError) {
            let line = try takeLine(for: ring)
            let fresh = ownGate(.placeholder, ring, line: line, reader: reader, replaces: gate.number)
            ring.places[Int(reader)] = .expected(line: line, gate: gate.number)
            attach(fresh, segmentReadOnly, segment.view(), to: ring) { result in
                guard case .success(let attached) = result, case .expected(line, _) = ring.places[Int(reader)] else {
                    return
                }
                ring.places[Int(reader)] = .expected(line: line, gate: attached.gate)
            }
        } catch {
            logger.error("\(error)")
        }
    }

    // MARK: Readers

    func handBack(_ back: HandBackReader, _ descriptors: [Descriptor], _ worker: WorkerPeer, _ request: UInt64) {
        let id = back.spec.id
        let (payloads, descriptors) = inUse(back.payloads, descriptors)
        do throws(SluiceError) {
            guard let index = back.spec.readers.firstIndex(of: back.actor) else {
                throw SluiceError(.notAReader, "actor \(back.actor) is not a reader of channel \(back.spec.name)")
            }
            let ring: LocalRing
            if let known = back.route == .local ? written[id] : references[id] {
                ring = known
                if isSettled, case .gone = ring.places[index] { throw tooLate(back) }
                try adopt(payloads, descriptors, into: ring, worker)
            } else if back.route == .local {
                // Its writer comes later, or has died.
                ring = try adopt(
                    back.spec, .written(ProcessLife(rawValue: 0), endpoint: 0), payloads, descriptors, worker, .ring(id)
                )
                ring.isOpen = true
                written[id] = ring
            } else {
                guard !isSettled else { throw tooLate(back) }
                ring = try adoptReference(back.spec, payloads, descriptors, worker)
            }
            if let writer = ring.writer {
                do throws(GateError) { try writer.resolve(gate: back.gate, with: worker.view) } catch {
                    throw SluiceError(
                        .nodeLost, "channel \(back.spec.name) no longer waits for this reader: \(error)",
                        channel: back.spec.name.rawValue)
                }
            }
            ring.places[index] = .open(worker.life, line: back.line, gate: back.gate)
            if ring.isReference { data.post(.referenceReader(id, worker.life, line: back.line, isOpen: true)) }
            tell(worker, .done, request: request)
            if let end = ring.end { tell(worker, .ended(id, final: end.final, reason: end.reason)) }
        } catch {
            tell(worker, .failed(error), request: request)
        }
    }

    private func tooLate(_ back: HandBackReader) -> SluiceError {
        SluiceError(
            .nodeLost,
            "channel \(back.spec.name) went on without this reader while the agent of node \(node) was restarted; open it again",
            channel: back.spec.name.rawValue, actor: back.actor.rawValue, node: node.rawValue)
    }

    private func adoptReference(
        _ spec: ChannelSpec, _ payloads: [PayloadSpec], _ descriptors: [Descriptor], _ worker: WorkerPeer
    ) throws(SluiceError) -> LocalRing {
        let ring = try adopt(spec, .reference(writerNode: nil), payloads, descriptors, worker, .reference(spec.id))
        let logger = logger
        ring.writer = RingWriter(
            ring.memory, process: segment, resolve: { [workers] in workers[$0]?.view },
            onViolation: { logger.error("channel \(spec.name): a reader's cursor is dropped: \($0)") })
        references[spec.id] = ring
        for gate in ring.memory.recordedGates() where gate.request.kind == .placeholder {
            replacePlaceholder(ring, gate)
        }
        if let desired = desiredReferences[spec.id] { adoptedIsDesired(ring, desired) }
        return ring
    }

    /// The coordinator says whose the adopted ring is: now it can be filled again.
    func adoptedIsDesired(_ ring: LocalRing, _ desired: DesiredReference) {
        ring.role = .reference(writerNode: desired.writerNode)
        data.post(
            .addReference(ring.spec, writerNode: desired.writerNode, writer: ring.writer, slotSize: ring.slotSize))
        for place in ring.places.values {
            if case .open(let life, let line, _) = place {
                data.post(.referenceReader(ring.spec.id, life, line: line, isOpen: true))
            }
        }
        coordinator.tell(.referenceReady(ring.spec.id))
        if let end = desired.end { data.post(.endReference(ring.spec.id, end)) }
    }

    /// Maps what was handed back: a reference writable, since this agent is its writer.
    private func adopt(
        _ spec: ChannelSpec, _ role: LocalRing.Role, _ payloads: [PayloadSpec], _ descriptors: [Descriptor],
        _ worker: WorkerPeer, _ entry: MemoryLedger.Entry
    ) throws(SluiceError) -> LocalRing {
        do {
            guard descriptors.count == 1 + payloads.count, !payloads.isEmpty else {
                throw SluiceError(
                    .protocolViolation,
                    "a ring of \(payloads.count) generations comes back with \(descriptors.count) descriptors")
            }
            let control = try Segment(adopting: descriptors[0], size: nil).reopenWritable()
            var isReference = false
            if case .reference = role { isReference = true }
            let held = try zip(payloads, descriptors.dropFirst()).map { spec, descriptor in
                try HeldPayload(spec, try Segment(adopting: descriptor, size: nil).reopenWritable())
            }.sorted { $0.generation < $1.generation }
            let memory = try RingMemory.attach(
                control: control.descriptor, payloads: held.map { $0.mapped(writable: isReference) },
                writable: isReference, channel: spec.id)
            guard memory.slots == spec.slots, memory.slotSize == spec.slotSize else {
                throw SluiceError(.protocolViolation, "the ring that came back is not that of channel \(spec.name)")
            }
            let ring = try LocalRing(spec, role, memory, control: control, payloads: held)
            ledger.adopt(RingMemory.controlCost(slots: spec.slots), for: entry)
            for payload in held { ledger.adopt(cost(of: payload, in: ring), for: entry) }
            return ring
        } catch {
            throw unusable(spec, worker, error)
        }
    }

    /// Generations that another worker has, and the ones before had let go of, or did not know yet.
    private func adopt(
        _ payloads: [PayloadSpec], _ descriptors: [Descriptor], into ring: LocalRing, _ worker: WorkerPeer
    ) throws(SluiceError) {
        do {
            guard descriptors.count == 1 + payloads.count else {
                throw SluiceError(
                    .protocolViolation,
                    "a ring of \(payloads.count) generations comes back with \(descriptors.count) descriptors")
            }
            for (spec, descriptor) in zip(payloads, descriptors.dropFirst())
            where !ring.payloads.contains(where: { $0.generation == spec.generation }) {
                let held = try HeldPayload(spec, try Segment(adopting: descriptor, size: nil).reopenWritable())
                try ring.memory.add(held.mapped(writable: ring.memory.isWritable))
                ring.payloads.append(held)
                ring.payloads.sort { $0.generation < $1.generation }
                ledger.adopt(cost(of: held, in: ring), for: ring.ledgerEntry)
            }
        } catch {
            throw unusable(ring.spec, worker, error)
        }
    }

    /// A reader may have mapped what was to come: only the ring's writer can say that it did come.
    private func inUse(_ payloads: [PayloadSpec], _ descriptors: [Descriptor]) -> ([PayloadSpec], [Descriptor]) {
        guard descriptors.count == 1 + payloads.count, let control = descriptors.first else {
            return (payloads, descriptors)
        }
        let count = RingMemory.generationCount(control)
        var (kept, keptDescriptors) = ([PayloadSpec](), [control])
        for (spec, descriptor) in zip(payloads, descriptors.dropFirst()) where spec.generation < count {
            kept.append(spec)
            keptDescriptors.append(descriptor)
        }
        return (kept, keptDescriptors)
    }

    private func cost(of payload: HeldPayload, in ring: LocalRing) -> UInt64 {
        // A plan's block is entered by itself.
        guard payload.place == nil else { return 0 }
        return RingMemory.payloadCost(slots: ring.spec.slots, slotSize: payload.slotSize)
    }

    private func unusable(_ spec: ChannelSpec, _ worker: WorkerPeer, _ error: any Error) -> SluiceError {
        if let error = error as? SluiceError { return error }
        return SluiceError(
            .protocolViolation,
            "the ring of channel \(spec.name) that pid \(worker.identity.pid) brings back cannot be used",
            channel: spec.name.rawValue, pid: worker.identity.pid, cause: "\(error)")
    }
}
