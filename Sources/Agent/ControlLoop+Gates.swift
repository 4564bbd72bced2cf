import CSluice
import Logging
import Ring
import SharedMemory
import SluiceModel
import Wire

// Cursors in gate lists. A written ring's list is its worker's: it is asked. A reference's is the agent's own.
extension ControlLoop {
    /// Puts a cursor into a ring's gate list.
    func attach(
        _ gate: AttachGate, _ segment: Descriptor, _ view: ProcessView, to ring: LocalRing,
        _ completion: @escaping (Result<Attached, SluiceError>) -> Void
    ) {
        if let writer = ring.writer {
            do throws(GateError) {
                completion(.success(try writer.attach(gate.request, view: view)))
            } catch {
                completion(
                    .failure(
                        SluiceError(
                            .limitReached, "channel \(ring.spec.name): \(error)", channel: ring.spec.name.rawValue)))
            }
            return
        }
        guard let life = ring.writerLife, let worker = workers[life], ring.end == nil else {
            // Nobody writes any more: all that is there is the newcomer's, if it was expected, and it holds nobody up.
            let end = ring.end?.final ?? ring.memory.published
            let first = gate.replaces == nil ? end : gate.floor ?? 0
            completion(.success(Attached(gate: Self.noGate, first: first)))
            return
        }
        ask(worker, .attach(gate), [segment]) { result in
            switch result {
            case .success(.attached(let number, let first)): completion(.success(Attached(gate: number, first: first)))
            case .success:
                completion(
                    .failure(
                        SluiceError(
                            .protocolViolation, "pid \(worker.identity.pid) answered attach with something else")))
            case .failure(let error): completion(.failure(error))
            }
        }
    }

    /// What a reader is told where nobody waits for it: a number that no gate has.
    static let noGate = SLUICE_NO_GATE

    /// Takes a gate out; `completion` comes when no writer looks at its cursor any more.
    func detach(gate: UInt32, from ring: LocalRing, _ completion: @escaping () -> Void) {
        if let writer = ring.writer {
            writer.detach(gate)
            letOldGenerationsGo(ring)
            return completion()
        }
        guard gate != Self.noGate, let life = ring.writerLife, let worker = workers[life] else { return completion() }
        ask(worker, .detach(ring.spec.id, gate: gate)) { [weak self, weak ring] result in
            // A stopped worker may look at the cursor when it goes on: then the line stays taken.
            if case .failure(let error) = result, error.code == .timedOut { return }
            if let self, let ring { self.letOldGenerationsGo(ring) }
            completion()
        }
    }

    /// A cursor of the agent's own for `ring`.
    func takeLine(for ring: LocalRing) throws(SluiceError) -> UInt32 {
        guard let line = lines.take() else {
            throw SluiceError(
                .limitReached,
                "node \(node)'s agent has no cursor left for channel \(ring.spec.name) (\(segment.cursorCount) in all)",
                channel: ring.spec.name.rawValue, node: node.rawValue)
        }
        segment.resetCursor(line)
        return line
    }

    func ownGate(
        _ kind: AttachGate.Kind, _ ring: LocalRing, line: UInt32, reader: UInt32, replaces: UInt32? = nil,
        floor: UInt64? = nil
    ) -> AttachGate {
        AttachGate(
            channel: ring.spec.id, kind: kind, life: segment.life, pid: segment.identity.pid,
            startTime: segment.identity.startTime, line: line, reader: reader, replaces: replaces, floor: floor)
    }

    // MARK: Places

    /// The reader at `index` no longer counts: closed, dead, or never to come.
    func detach(_ ring: LocalRing, _ index: Int) {
        guard let place = ring.places[index] else { return }
        ring.places[index] = .gone
        switch place {
        case .gone: break
        case .opening: break
        case .expected(let line, let gate):
            detach(gate: gate, from: ring) { [weak self] in
                guard let self else { return }
                self.lines.giveBack(line)
                if ring.isReference {
                    self.data.post(.referenceReader(ring.spec.id, self.segment.life, line: line, isOpen: false))
                }
            }
        case .open(let life, let line, let gate):
            detach(gate: gate, from: ring) { [weak self] in
                guard let self else { return }
                // After the gate has left the list: the data thread looks at once how far the sender may go now.
                if ring.isReference { self.data.post(.referenceReader(ring.spec.id, life, line: line, isOpen: false)) }
                guard let worker = self.workers[life] else { return }
                self.tell(worker, .lineFree(line: line))
            }
            coordinator.tell(.readerOpen(ring.spec.id, ring.spec.readers[index], isOpen: false))
        }
        checkDrained(ring)
    }

    func detachReaders(of life: ProcessLife, from ring: LocalRing) {
        for (index, place) in ring.places {
            switch place {
            case .open(life, _, _), .opening(life, _): detach(ring, index)
            default: break
            }
        }
    }

    /// Declared readers that never came are no longer waited for.
    func giveUpExpected(_ ring: LocalRing) {
        for (index, place) in ring.places { if case .expected = place { detach(ring, index) } }
    }

    /// Lets the ring go once everyone is through.
    func checkDrained(_ ring: LocalRing) {
        guard !ring.isGoing, ring.isDrained else { return }
        ring.isGoing = true
        if ring.isReference {
            desiredReferences[ring.spec.id] = nil
            drainedReferences.insert(ring.spec.id)
            data.post(.removeReference(ring.spec.id))
        } else {
            data.post(.removeOutgoing(ring.spec.id))
            written[ring.spec.id] = nil
            ledger.release(.ring(ring.spec.id))
            coordinator.tell(.channelDrained(ring.spec.id))
        }
    }

    // MARK: Destinations

    /// Puts this agent's cursor for a remote node into the ring's gate list.
    func attachDestination(
        _ ring: LocalRing, _ node: NodeName, reader: UInt32, replaces: UInt32? = nil, floor: UInt64? = nil
    ) {
        guard ring.destinations[node] == nil else { return }
        do throws(SluiceError) {
            let line = try takeLine(for: ring)
            ring.destinations[node] = DestinationPlace(line: line)
            let gate = ownGate(.destination, ring, line: line, reader: reader, replaces: replaces, floor: floor)
            attach(gate, segmentReadOnly, segment.view(), to: ring) { [weak self, weak ring] result in
                guard let self, let ring else { return }
                switch result {
                case .success(let attached):
                    ring.destinations[node]?.gate = attached.gate
                    self.data.post(
                        .addDestination(ring.spec.id, node, line: line, gate: attached.gate, first: attached.first))
                    if ring.destinations[node]?.isGoing == true {
                        self.data.post(.removeDestination(ring.spec.id, node))
                    }
                case .failure(let error):
                    self.logger.error("channel \(ring.spec.name) has no gate for node \(node): \(error)")
                    ring.destinations[node] = nil
                    self.lines.giveBack(line)
                    self.checkDrained(ring)
                }
            }
        } catch {
            logger.error("\(error)")
        }
    }

    func removeDestination(_ ring: LocalRing, _ node: NodeName) {
        guard let place = ring.destinations[node], !place.isGoing else { return }
        ring.destinations[node]?.isGoing = true
        growthIsWithout(node, ring)
        if place.gate != nil { data.post(.removeDestination(ring.spec.id, node)) }
    }

    /// libzmq holds nothing of it any more: the cursor can leave the list.
    func destinationRemoved(_ id: ChannelID, _ node: NodeName) {
        guard let ring = written[id], let place = ring.destinations.removeValue(forKey: node) else { return }
        detach(gate: place.gate ?? Self.noGate, from: ring) { [weak self] in self?.lines.giveBack(place.line) }
        checkDrained(ring)
        // It may have been asked for again meanwhile.
        if ring.end == nil, let desired = desiredWriters[id] { reconcile(ring, desired) }
    }
}

extension AttachGate {
    /// The same for a ring of this process.
    var request: GateRequest {
        let kind: GateKind =
            switch kind {
            case .placeholder: .placeholder
            case .reader: .reader
            case .destination: .destination
            }
        return GateRequest(
            kind: kind, life: life, process: ProcessIdentity(pid: pid, startTime: startTime), line: line,
            reader: reader, replaces: replaces, floor: floor)
    }
}
