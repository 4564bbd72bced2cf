import Logging
import Ring
import SharedMemory
import SluiceModel
import Wire

// Worker processes: coming, speaking, going away, dying.
extension ControlLoop {
    func accept() {
        do throws(UnixSocketError) {
            while let socket = try listener.accept() {
                let credentials = try socket.peer()
                let connection = WorkerConnection(socket, tag: freshTag(), credentials: credentials)
                connections[connection.tag] = connection
                try? epoll.add(socket.descriptor.raw, .readable, tag: connection.tag)
            }
        } catch {
            logger.warning("a worker cannot be accepted: \(error)")
        }
    }

    func hear(_ connection: WorkerConnection, _ events: Epoll.Events) {
        if events.contains(.writable) { flush(connection) }
        for _ in 0..<AgentLimits.burst {
            do throws(UnixSocketError) {
                switch try connection.socket.receive() {
                case .wouldBlock: return
                case .ended: return hungUp(connection)
                case .message(let bytes, let descriptors): handle(bytes, descriptors, connection)
                }
            } catch {
                figures.framesDropped.add(1)
                logger.warning("a message of pid \(connection.credentials.pid) is dropped: \(error)")
                if case .system = error { return hungUp(connection) }
            }
            guard connections[connection.tag] != nil else { return }
        }
    }

    /// What a process said before its end still lies in its socket: a close must not be taken for a death.
    func hearLastWords(of worker: WorkerPeer) {
        for _ in 0..<AgentLimits.lastWordsBursts {
            guard let connection = worker.connection, connections[connection.tag] != nil else { return }
            hear(connection, .readable)
        }
    }

    private func handle(_ bytes: [UInt8], _ descriptors: [Descriptor], _ connection: WorkerConnection) {
        let message: WorkerMessage
        do throws(WireError) { message = try WorkerMessage(decoding: bytes) } catch {
            figures.framesDropped.add(1)
            logger.warning("a message of pid \(connection.credentials.pid) is dropped: \(error)")
            if connection.life == nil {
                send(connection, .refused(error.sluiceError(from: "pid \(connection.credentials.pid)"), .current))
                hungUp(connection)
            }
            return
        }
        if case .hello(let hello) = message.body { return greeted(hello, descriptors, connection) }
        if case .status = message.body { return status(message.request, connection) }
        guard let life = connection.life, let worker = workers[life] else {
            figures.framesDropped.add(1)
            logger.warning("pid \(connection.credentials.pid) speaks before its hello")
            return hungUp(connection)
        }
        handle(message, descriptors, worker)
    }

    private func greeted(_ hello: WorkerHello, _ descriptors: [Descriptor], _ connection: WorkerConnection) {
        do throws(SluiceError) {
            guard let version = hello.versions.common(with: .current) else {
                throw SluiceError(
                    .incompatibleVersion,
                    "this worker speaks protocol \(hello.versions), the agent of node \(node) \(VersionRange.current)",
                    node: node.rawValue)
            }
            guard descriptors.count == 2, connection.life == nil, hello.pid == connection.credentials.pid else {
                throw SluiceError(
                    .protocolViolation, "a hello of pid \(hello.pid) from pid \(connection.credentials.pid) cannot be",
                    pid: connection.credentials.pid)
            }
            if let known = workers[hello.life] {
                if let stale = known.connection { hungUp(stale) }
                known.connection = connection
                connection.life = hello.life
            } else {
                try join(hello, descriptors, connection)
            }
            guard let worker = workers[hello.life] else { return }
            for actor in hello.actors where actors[actor.name] == nil {
                actors[actor.name] = LocalActor(incarnation: actor.incarnation, life: hello.life, pid: hello.pid)
            }
            let welcome = AgentWelcome(
                version: version, node: node, life: segment.life, pid: segment.identity.pid,
                wantsHandBack: !worker.isSettled)
            send(connection, .welcome(welcome), [segmentReadOnly])
        } catch {
            send(connection, .refused(error, .current))
            hungUp(connection)
        }
    }

    private func join(_ hello: WorkerHello, _ descriptors: [Descriptor], _ connection: WorkerConnection)
        throws(SluiceError)
    {
        let identity = ProcessIdentity(pid: hello.pid, startTime: hello.startTime)
        do {
            let view = try ProcessView(descriptors[0], life: hello.life)
            guard view.identity == identity else {
                throw SluiceError(.protocolViolation, "the segment of pid \(hello.pid) is another process's")
            }
            let segment = try descriptors[0].reopen(flags: 0)
            let worker = WorkerPeer(
                hello, view: view, segment: segment, doorbell: EventFD(descriptors[1]), pidfd: try PIDFD(identity),
                tag: freshTag(), isSettled: false)
            try epoll.add(worker.pidfd.descriptor.raw, .readable, tag: worker.tag)
            worker.connection = connection
            connection.life = hello.life
            workers[hello.life] = worker
            data.post(.workerJoined(view, doorbell: worker.doorbell))
            former.save(workers.values)
        } catch let error as SluiceError {
            throw error
        } catch let error as SystemCallError {
            throw error.asSluiceError
        } catch {
            throw SluiceError(
                .protocolViolation, "pid \(hello.pid) cannot be taken as a worker: \(error)", pid: hello.pid)
        }
    }

    private func handle(_ message: WorkerMessage, _ descriptors: [Descriptor], _ worker: WorkerPeer) {
        let request = message.request
        switch message.body {
        case .hello, .status: break
        case .registerActor(let name): register(name, worker, request)
        case .createChannel(let create): self.create(create, worker, request)
        case .openReader(let open): self.open(open, worker, request)
        case .closeWriter(let id, let final): closeWriter(id, final: final, worker, request)
        case .closeReader(let id, let line): closeReader(id, line: line, worker, request)
        case .attached, .done, .failed: answered(message, worker)
        case .handBackWriter(let back): handBack(back, descriptors, worker, request)
        case .handBackReader(let back): handBack(back, descriptors, worker, request)
        case .handBackDone:
            worker.isSettled = true
            former.isBack(worker.life)
        case .cancel(let cancelled): cancel(cancelled, worker)
        case .growChannel(let id, let needed, let timeout): grow(id, Int(needed), timeout, worker, request)
        case .openBlock(let run): openBlock(run, worker, request)
        case .generationLeft(let id):
            for ring in [written[id], references[id]] { if let ring { letOldGenerationsGo(ring) } }
        case .planCall(let call, let timeout): passOn(call, timeout, worker, request)
        case .goodbye: worker.isLeaving = true
        }
    }

    // MARK: Speaking

    func tell(_ worker: WorkerPeer, _ body: AgentMessage.Body, _ descriptors: [Descriptor] = [], request: UInt64 = 0) {
        guard let connection = worker.connection else { return }
        send(connection, body, descriptors, request: request)
    }

    func send(
        _ connection: WorkerConnection, _ body: AgentMessage.Body, _ descriptors: [Descriptor] = [], request: UInt64 = 0
    ) {
        do throws(UnixSocketError) {
            guard try connection.send(AgentMessage(request: request, body), descriptors) else {
                logger.warning("pid \(connection.credentials.pid) does not read its socket; its connection is closed")
                return hungUp(connection)
            }
            watchForWriting(connection)
        } catch {
            hungUp(connection)
        }
    }

    private func flush(_ connection: WorkerConnection) {
        do throws(UnixSocketError) {
            try connection.flush()
            watchForWriting(connection)
        } catch {
            hungUp(connection)
        }
    }

    private func watchForWriting(_ connection: WorkerConnection) {
        guard connection.hasQueue != connection.isWatchedForWriting else { return }
        connection.isWatchedForWriting = connection.hasQueue
        let events: Epoll.Events = connection.hasQueue ? [.readable, .writable] : .readable
        try? epoll.modify(connection.socket.descriptor.raw, events, tag: connection.tag)
    }

    /// Asks a worker; `completion` comes once.
    func ask(
        _ worker: WorkerPeer, _ body: AgentMessage.Body, _ descriptors: [Descriptor] = [],
        _ completion: @escaping (Result<WorkerMessage.Body, SluiceError>) -> Void
    ) {
        lastQuestion += 1
        questions[lastQuestion] = Question(
            life: worker.life, deadline: now + AgentLimits.workerAnswer, completion: completion)
        tell(worker, body, descriptors, request: lastQuestion)
    }

    private func answered(_ message: WorkerMessage, _ worker: WorkerPeer) {
        guard let question = questions[message.request], question.life == worker.life else { return }
        questions[message.request] = nil
        if case .failed(let error) = message.body {
            question.completion(.failure(error))
        } else {
            question.completion(.success(message.body))
        }
    }

    // MARK: Going

    /// The socket has ended: the process may come back, and its end is noticed by its pidfd.
    func hungUp(_ connection: WorkerConnection) {
        guard connections.removeValue(forKey: connection.tag) != nil else { return }
        try? epoll.remove(connection.socket.descriptor.raw)
        connection.socket.shutdown()
        guard let life = connection.life, let worker = workers[life], worker.connection === connection else { return }
        worker.connection = nil
        if worker.isLeaving { died(worker) }
    }

    func died(_ worker: WorkerPeer) {
        guard workers.removeValue(forKey: worker.life) != nil else { return }
        try? epoll.remove(worker.pidfd.descriptor.raw)
        if let connection = worker.connection {
            worker.connection = nil
            hungUp(connection)
        }
        former.save(workers.values)
        logger.info("worker \(worker.identity) is gone")
        for (request, _) in worker.underWay { cancel(request, worker) }
        for (id, question) in questions where question.life == worker.life {
            questions[id] = nil
            question.completion(
                .failure(
                    SluiceError(
                        .writerDied, "worker \(worker.identity) died", node: node.rawValue, pid: worker.identity.pid)))
        }
        loseActors(of: worker)
        for ring in Array(written.values) where ring.writerLife == worker.life && ring.end == nil { writerDied(ring) }
        for ring in Array(written.values) + Array(references.values) { detachReaders(of: worker.life, from: ring) }
        // After the rings: what it published is still to be sent.
        data.post(.workerLeft(worker.life))
    }

    // MARK: Actors

    private func register(_ name: ActorName, _ worker: WorkerPeer, _ request: UInt64) {
        if let known = actors[name], known.life == worker.life {
            return tell(worker, .actorRegistered(known.incarnation), request: request)
        }
        worker.underWay[request] = .actor
        let life = worker.life
        let pid = worker.identity.pid
        coordinator.ask(.registerActor(name, life: life, pid: pid), until: now + 10_000_000_000) { [weak self] result in
            guard let self, let worker = self.workers[life] else { return }
            worker.underWay[request] = nil
            switch result {
            case .success(.actorRegistered(let incarnation)):
                self.actors[name] = LocalActor(incarnation: incarnation, life: life, pid: pid)
                self.tell(worker, .actorRegistered(incarnation), request: request)
            case .success: break
            case .failure(let error): self.tell(worker, .failed(error), request: request)
            }
        }
    }

    private func loseActors(of worker: WorkerPeer) {
        let lost = actors.filter { $0.value.life == worker.life }
        guard !lost.isEmpty else { return }
        for name in lost.keys { actors[name] = nil }
        coordinator.tell(.actorsLost(lost.map { ActorIdentity(name: $0.key, incarnation: $0.value.incarnation) }))
        // Whoever never came to read holds nobody up after its death.
        for ring in Array(written.values) + Array(references.values) {
            for (index, place) in ring.places {
                if case .expected = place, lost[ring.spec.readers[index]] != nil, ring.end == nil {
                    detach(ring, index)
                }
            }
        }
    }
}
