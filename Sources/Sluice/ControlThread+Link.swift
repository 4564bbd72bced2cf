internal import Glibc
internal import Ring
internal import SharedMemory
internal import SluiceModel
internal import Wire

// Coming to the agent, losing it, coming back, and leaving.
extension ControlThread {
    /// The worker's first connection: what goes wrong ends it, and the caller is told which step it was.
    func connectFirst() {
        let deadline = core.firstDeadline
        do throws(SluiceError) {
            let path = try AgentPath.resolve(core.address, by: core.resolver, deadline: deadline)
            core.path.withLock { $0 = path }
            try greet(try connect(path, deadline), until: deadline)
        } catch {
            end(error)
        }
    }

    /// One try to come back to an agent that went away.
    func reconnect() {
        let now = monotonicNow()
        do throws(SluiceError) {
            let deadline = Deadline(nanoseconds: now + Bounds.connect)
            try greet(
                try connect(core.path.withLock { $0 }, deadline), until: Deadline(nanoseconds: now + Bounds.handshake))
        } catch {
            core.state.withLock { state in
                state.link = .down(
                    reason: error.cause ?? error.message, retryAt: monotonicNow() + state.backOff.next())
            }
        }
    }

    private func connect(_ path: String, _ deadline: Deadline) throws(SluiceError) -> UnixConnection {
        do throws(UnixSocketError) {
            return try UnixConnection.connect(path: path, deadline: deadline)
        } catch {
            var why = "is an agent running there?"
            if case .system(let call) = error {
                switch call.errno {
                case EACCES, EPERM:
                    throw SluiceError(
                        .accessDenied, "cannot connect to \(core.address): this user may not use that agent's socket",
                        cause: "\(error)")
                case ENOENT: why = "there is no socket; is an agent running, with that path?"
                case ECONNREFUSED: why = "nobody listens on that socket; start the agent"
                case EMFILE, ENFILE: throw call.asSluiceError
                default: break
                }
            }
            throw SluiceError(.agentUnavailable, "cannot connect to \(core.address): \(why)", cause: "\(error)")
        }
    }

    private func greet(_ connection: UnixConnection, until deadline: Deadline) throws(SluiceError) {
        core.state.withLock { state in
            state.link = .greeting(connection, until: deadline.nanoseconds)
            state.outbox = Outbox()
            let hello = WorkerHello(
                versions: .current, pid: core.segment.identity.pid, startTime: core.segment.identity.startTime,
                life: core.segment.life, actors: state.actors)
            state.send(
                WorkerMessage(.hello(hello)), [core.readOnlySegment, core.bellSignal.descriptor])
        }
    }

    /// The agent has taken this worker: hand back what a former life of it gave, then ask again what is unanswered.
    func welcomed(_ welcome: AgentWelcome, _ descriptors: [Descriptor], on connection: UnixConnection) {
        guard welcome.version >= VersionRange.current.oldest, welcome.version <= VersionRange.current.newest else {
            lose(connection, "it chose version \(welcome.version), and this build speaks \(VersionRange.current)")
            return
        }
        guard descriptors.count == 1 else {
            lose(connection, "it sent \(descriptors.count) descriptors with its welcome instead of its segment")
            return
        }
        let view: ProcessView
        do throws(ForeignMemoryError) { view = try ProcessView(descriptors[0], life: welcome.life) } catch {
            lose(connection, "its segment cannot be used: \(error)")
            return
        }
        let isReturn = core.state.withLock { state in
            state.link = .up(connection)
            state.backOff.reset()
            state.node = welcome.node.rawValue
            state.agent = view
            state.views.add(view)
            defer { state.hasBeenUp = true }
            core.doorbell.setAgent(view)
            if welcome.wantsHandBack {
                handBack(&state)
            } else {
                // What was left while the connection was away was not told.
                for channel in Set(state.readers.values.map(\.spec.id)) {
                    state.send(WorkerMessage(.generationLeft(channel)))
                }
            }
            let now = monotonicNow()
            state.requests.forgetPages()
            for entry in state.requests.inOrder {
                state.send(entry.message(now: now))
                // Asked again, so that whatever its first answer would have brought is accounted for.
                if entry.isAbandoned { state.send(WorkerMessage(.cancel(request: entry.id))) }
            }
            return state.hasBeenUp
        }
        core.connected.fulfil(.success(.done))
        if isReturn { core.report(.agentReturned(node: welcome.node.rawValue)) }
    }

    private func handBack(_ state: inout ControlState) {
        for writer in state.writers.values.sorted(by: { $0.number < $1.number }) {
            let id = state.requests.freshID()
            state.handBacks[id] = .writer(writer.spec.id)
            let payloads = writer.memory.payloads
            state.send(
                WorkerMessage(
                    request: id,
                    .handBackWriter(
                        HandBackWriter(
                            spec: writer.spec, endpoint: writer.number, payloads: payloads.map(\.spec)))),
                [writer.memory.control] + payloads.map(\.descriptor))
        }
        for reader in state.readers.values.sorted(by: { $0.line < $1.line }) {
            let id = state.requests.freshID()
            state.handBacks[id] = .reader(line: reader.line)
            let payloads = reader.memory.payloads
            state.send(
                WorkerMessage(
                    request: id,
                    .handBackReader(
                        HandBackReader(
                            spec: reader.spec, actor: reader.actor, line: reader.line, gate: reader.number,
                            route: reader.route, payloads: payloads.map(\.spec)))),
                [reader.memory.control] + payloads.map(\.descriptor))
        }
        state.send(WorkerMessage(.handBackDone))
    }

    /// The conversation is over; the channels of this node are not.
    func lose(_ connection: UnixConnection, _ reason: String) {
        let wasUp = core.state.withLock { state -> Bool? in
            guard state.link.connection === connection else { return nil }
            let wasUp = state.link.isUp
            state.link = .down(reason: reason, retryAt: monotonicNow() + state.backOff.next())
            state.outbox = Outbox()
            state.handBacks = [:]
            return wasUp
        }
        guard let wasUp else { return }
        if !core.state.withLock({ $0.hasBeenUp }) {
            end(
                SluiceError(
                    .agentUnavailable, "the handshake with the agent at \(core.address) failed", cause: reason))
        } else if wasUp {
            core.report(.agentLost(reason: reason))
        }
    }

    /// The agent does not want this worker: now, or ever.
    func refused(_ error: SluiceError, _ versions: VersionRange, on connection: UnixConnection) {
        var error = error
        if error.code == .incompatibleVersion {
            error.message += " (the agent speaks \(versions), this library \(VersionRange.current))"
        }
        let isFinal = [.incompatibleVersion, .accessDenied, .fenced].contains(error.code)
        if isFinal || !core.state.withLock({ $0.hasBeenUp }) {
            end(error)
        } else {
            lose(connection, "it refuses this worker: \(error.message)")
        }
    }

    /// No agent any more, for good: everyone who waits for one is told.
    private func end(_ error: SluiceError) {
        let waiting = core.state.withLock { state in
            state.link = .over(error)
            state.outbox = Outbox()
            return state.requests.removeAll()
        }
        core.connected.fulfil(.failure(error))
        if core.state.withLock({ $0.hasBeenUp }) { core.report(.agentLost(reason: error.description)) }
        for entry in waiting { entry.promise?.fulfil(.failure(error)) }
    }

    /// The last word of a worker that closes.
    func leave(_ state: inout ControlState) {
        if state.link.isUp {
            state.send(WorkerMessage(.goodbye))
        }
        state.link = .over(.workerClosed)
        state.outbox = Outbox()
        for entry in state.requests.removeAll() { entry.promise?.fulfil(.failure(.workerClosed)) }
    }
}
