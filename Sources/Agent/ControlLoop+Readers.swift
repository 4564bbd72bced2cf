import Logging
import Ring
import SharedMemory
import SluiceModel
import Wire

// Readers of this node's workers.
extension ControlLoop {
    func open(_ open: OpenReader, _ worker: WorkerPeer, _ request: UInt64) {
        guard actors[open.actor]?.life == worker.life else {
            return tell(
                worker,
                .failed(
                    SluiceError(
                        .unknownActor,
                        "actor \(open.actor) is not registered by this worker, so it cannot read channel \(open.channel)",
                        channel: open.channel.rawValue, actor: open.actor.rawValue)), request: request)
        }
        resolve(open, worker, request, until: Deadline(open.timeout, from: now))
    }

    /// Asks the coordinator where the channel is, and opens it there. A reference that is just being taken down is
    /// waited for and asked for again: by then the name may be another channel's.
    private func resolve(
        _ open: OpenReader, _ worker: WorkerPeer, _ request: UInt64, until deadline: Deadline,
        tries: Int = AgentLimits.mostResolutions
    ) {
        let life = worker.life
        let timeout = Timeout(nanoseconds: deadline.remaining(at: now))
        let asked = coordinator.ask(
            .resolveReader(open.channel, open.actor, timeout: timeout), until: self.deadline(timeout)
        ) { [weak self] result in
            guard let self, let worker = self.workers[life] else { return }
            worker.underWay[request] = nil
            switch result {
            case .success(.readerResolved(let spec, let writerNode)):
                self.open(spec, writerNode, open, life, request) { [weak self] in
                    guard let self, let worker = self.workers[life] else { return }
                    guard tries > 1 else {
                        let error = SluiceError(
                            .unknownChannel, "channel \(spec.name) has just ended on node \(self.node)",
                            channel: spec.name.rawValue, node: self.node.rawValue)
                        return self.tell(worker, .failed(error), request: request)
                    }
                    self.resolve(open, worker, request, until: deadline, tries: tries - 1)
                }
            case .success: break
            case .failure(let error): self.tell(worker, .failed(error), request: request)
            }
        }
        worker.underWay[request] = .opening(coordinatorRequest: asked)
    }

    /// `again`: what to do if the ring is not there, or not any more.
    private func open(
        _ spec: ChannelSpec, _ writerNode: NodeName, _ open: OpenReader, _ life: ProcessLife, _ request: UInt64,
        again: @escaping () -> Void
    ) {
        guard let worker = workers[life] else { return }
        guard let ring = writerNode == node ? written[spec.id] : references[spec.id] else { return again() }
        guard !ring.isGoing else { return ring.waiting.append(again) }
        guard !ring.isReference || ring.writer != nil else {
            ring.waiting.append { [weak self] in self?.open(spec, writerNode, open, life, request, again: again) }
            return
        }
        guard let index = spec.readers.firstIndex(of: open.actor) else {
            return tell(
                worker,
                .failed(
                    SluiceError(
                        .notAReader, "actor \(open.actor) is not a reader of channel \(spec.name)",
                        channel: spec.name.rawValue, actor: open.actor.rawValue)), request: request)
        }
        var replaces: UInt32?
        var formerLine: UInt32?
        switch ring.places[index] {
        case .expected(let line, let gate): (replaces, formerLine) = (gate, line)
        case .open(let holder, _, _), .opening(let holder, _):
            let pid = workers[holder]?.identity.pid
            return tell(
                worker,
                .failed(
                    SluiceError(
                        .alreadyOpen,
                        "actor \(open.actor) has channel \(spec.name) open in pid \(pid ?? 0); close that reader first",
                        channel: spec.name.rawValue, actor: open.actor.rawValue, node: node.rawValue, pid: pid)),
                request: request)
        case .gone, nil: break
        }
        ring.places[index] = .opening(life, line: open.line)
        let gate = AttachGate(
            channel: spec.id, kind: .reader, life: life, pid: worker.identity.pid, startTime: worker.identity.startTime,
            line: open.line, reader: UInt32(index), replaces: replaces, floor: nil)
        attach(gate, worker.segment, worker.view, to: ring) { [weak self, weak ring] result in
            guard let self, let ring else { return }
            if let formerLine { self.lines.giveBack(formerLine) }
            switch result {
            case .success(let attached): self.attached(ring, index, attached, open, life, writerNode, request)
            case .failure(let error):
                if case .opening(life, _) = ring.places[index] { ring.places[index] = .gone }
                if let worker = self.workers[life] {
                    self.tell(worker, .failed(error), request: request)
                    self.tell(worker, .lineFree(line: open.line))
                }
                self.checkDrained(ring)
            }
        }
    }

    private func attached(
        _ ring: LocalRing, _ index: Int, _ attached: Attached, _ open: OpenReader, _ life: ProcessLife,
        _ writerNode: NodeName, _ request: UInt64
    ) {
        guard case .opening(life, _) = ring.places[index], let worker = workers[life] else {
            // It died while its gate was put in.
            detach(gate: attached.gate, from: ring) {}
            return
        }
        ring.places[index] = .open(life, line: open.line, gate: attached.gate)
        if ring.isReference { data.post(.referenceReader(ring.spec.id, life, line: open.line, isOpen: true)) }
        let writerPID = ring.writerLife.flatMap { workers[$0]?.identity.pid } ?? 0
        let opened = ReaderOpened(
            spec: ring.spec, route: ring.route, gate: attached.gate, first: attached.first, writerNode: writerNode,
            writerPID: writerPID, ended: ring.end, payloads: ring.readersPayloads.map(\.spec))
        tell(worker, .readerOpened(opened), ring.readersDescriptors, request: request)
        coordinator.tell(.readerOpen(ring.spec.id, open.actor, isOpen: true))
    }

    func closeReader(_ id: ChannelID, line: UInt32, _ worker: WorkerPeer, _ request: UInt64) {
        var isFound = false
        for ring in [written[id], references[id]] {
            guard let ring else { continue }
            for (index, place) in ring.places {
                guard case .open(worker.life, line, _) = place else { continue }
                detach(ring, index)
                isFound = true
            }
        }
        tell(worker, .done, request: request)
        // Of a ring that is gone nobody looks at the cursor.
        if !isFound { tell(worker, .lineFree(line: line)) }
    }

    /// The caller has left; what is under way for it is given up, or closed when it comes.
    func cancel(_ request: UInt64, _ worker: WorkerPeer) {
        switch worker.underWay.removeValue(forKey: request) {
        case .opening(let asked):
            coordinator.forget(asked)
            tell(worker, .failed(SluiceError(.cancelled, "the open was cancelled")), request: request)
        case .plan(let asked):
            coordinator.forget(asked)
            coordinator.tell(.cancelPlanCall(request: asked))
            tell(worker, .failed(SluiceError(.cancelled, "the call was cancelled")), request: request)
        case .creation(let id):
            guard let ring = written[id], !ring.isOpen else { return }
            written[id] = nil
            ledger.release(.ring(id))
            coordinator.ask(.abandonChannel(id), until: now + 60_000_000_000) { _ in }
            tell(worker, .failed(SluiceError(.cancelled, "the creation was cancelled")), request: request)
        case .actor, .other, nil: break
        }
    }
}
