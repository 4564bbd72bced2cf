import CSluice
import Logging
import Relay
import Ring
import SharedMemory
public import SluiceModel
import Wire
import ZeroMQ

/// A node's agent: it owns the node's shared memory and its side of the network.
///
///     let agent = try AgentService(AgentOptions(node: "alpha", socket: "/run/sluice.sock", coordinator: "tcp://10.0.0.1:7070"))
///     try agent.start()
///     print(agent.address)
public final class AgentService: Sendable {
    public let options: AgentOptions
    private let node: NodeName
    private let running = Lock<Running?>(nil)

    private struct Running {
        var commands: Mailbox<ControlCommand>
        var control: NamedThread
        var data: NamedThread
        var authenticator: Authenticator?
        var controlEndpoint: String
        var lock: FileLock
    }

    /// - Throws: ``SluiceError/Code/invalidName`` or ``SluiceError/Code/badAddress`` for options that cannot be.
    public init(_ options: AgentOptions) throws(SluiceError) {
        node = try NodeName(options.node)
        guard options.socket.hasPrefix("/"), 1...100 ~= options.socket.utf8.count else {
            throw SluiceError(
                .badAddress,
                "\"\(options.socket)\" cannot be the agent's socket: give an absolute path of up to 100 bytes")
        }
        guard options.coordinator.hasPrefix("tcp://") else {
            throw SluiceError(.badAddress, "\"\(options.coordinator)\" is no coordinator: give tcp://host:port")
        }
        self.options = options
    }

    deinit { stop() }

    /// Where workers connect.
    public var address: String { "unix://\(options.socket)" }

    /// Where other agents, and workers that know only the network address, reach it; empty before ``start()``.
    public var controlEndpoint: String { running.withLock { $0?.controlEndpoint ?? "" } }

    /// Binds, proves that strangers are kept out, takes workers, and registers. Returns when the coordinator has answered,
    /// or when it turns out that it is not there yet: then registration goes on in the background.
    ///
    /// - Throws: An address or a socket in use, another agent with this name or this socket, missing or wrong keys.
    public func start() throws(SluiceError) {
        // The receiving side copies large messages out and frees them: without this each costs its page faults again.
        sluice_keep_large_allocations()
        guard running.withLock({ $0 == nil }) else { return }
        HeavyFence.takePart()
        let keyring = try options.keys.map { path throws(SluiceError) in try KeyDirectory.load(path) }
        let bind = "tcp://\(options.bind)"
        try Exposure.requireKeys(bind: "\(bind):\(options.controlPort)", keyring: keyring, insecure: options.insecure)
        if let keyring {
            guard keyring.name == node else {
                throw SluiceError(
                    .accessDenied,
                    "the keys in \(options.keys ?? "") are those of \(keyring.name), not of node \(node)",
                    node: node.rawValue)
            }
            try CurveSelfTest.run(keyring)
        }
        do {
            try begin(bind, keyring)
        } catch let error as SluiceError {
            throw error
        } catch let error as ZeroMQError {
            throw error.sluiceError(node: node.rawValue)
        } catch let error as SystemCallError {
            throw error.asSluiceError
        } catch {
            throw SluiceError(.system, "node \(node)'s agent cannot start: \(error)", node: node.rawValue)
        }
    }

    private func begin(_ bind: String, _ keyring: Keyring?) throws {
        guard let lock = try FileLock.acquire(path: options.socket + ".lock") else {
            throw SluiceError(
                .nameTaken, "another agent of this host holds \(options.socket); stop it, or give another --socket",
                node: node.rawValue)
        }
        let former = FormerWorkers(path: options.socket + ".workers")
        let token = try LocationToken.write(beside: options.socket)
        let context = try Context(ioThreads: Int32(options.ioThreads))
        let dataFigures = DataFigures()
        let authenticator = try keyring.map { keyring in
            try Authenticator(context, allowed: keyring.allowed) { _ in dataFigures.framesDropped.add(1) }
        }
        var serverOptions = SocketOptions.server
        serverOptions.mostMessageBytes = Int64(Limits.mostNetworkMessageBytes)
        serverOptions.sendHighWater = 1000
        serverOptions.heartbeatMilliseconds = AgentLimits.heartbeat
        serverOptions.heartbeatTimeoutMilliseconds = AgentLimits.heartbeatTimeout
        serverOptions.heartbeatTimeToLiveMilliseconds = AgentLimits.heartbeatTimeout
        let control = try Socket(context, .router, serverOptions)
        serverOptions.mostMessageBytes = AgentLimits.mostFrameBytes
        // Large values fill the default window faster than this thread empties it.
        serverOptions.receiveBuffer = 4 << 20
        let data = try Socket(context, .router, serverOptions)
        if let keyring {
            try control.secureServer(keyring)
            try data.secureServer(keyring)
        }
        let controlEndpoint = try control.bind("\(bind):\(options.controlPort == 0 ? "*" : "\(options.controlPort)")")
        let dataEndpoint = try data.bind("\(bind):\(options.dataPort == 0 ? "*" : "\(options.dataPort)")")

        let segment = try ProcessSegment(life: .random(), cursorCount: Limits.mostAgentCursors)
        let dataCommands = try Mailbox<DataCommand>()
        let controlCommands = try Mailbox<ControlCommand>()
        let dataLoop = try DataLoop(
            node: node, commands: dataCommands, figures: dataFigures, limits: RelayLimits(), logger: options.logger,
            segment: segment, context: context, keyring: keyring, controlRouter: control, dataRouter: data,
            location: SocketLocation(path: options.socket, token: token)
        ) { controlCommands.post(.data($0)) }
        let started = Startup()
        let controlLoop = try ControlLoop(
            options: options, node: node, segment: segment, context: context, keyring: keyring,
            commands: controlCommands, data: dataCommands, figures: dataFigures, former: former,
            controlEndpoint: advertised(controlEndpoint), dataEndpoint: advertised(dataEndpoint), started: started)
        dataLoop.handOver()
        nonisolated(unsafe) let handedData = dataLoop
        nonisolated(unsafe) let handedControl = controlLoop
        // Each loop is its thread's from here on; pthread_create orders the two.
        let dataThread = try NamedThread("sluice-data") { unsafe handedData.run() }
        let controlThread = try NamedThread("sluice-control") { unsafe handedControl.run() }
        running.withLock {
            $0 = Running(
                commands: controlCommands, control: controlThread, data: dataThread, authenticator: authenticator,
                controlEndpoint: advertised(controlEndpoint), lock: lock)
        }
        if let failure = started.wait(until: Deadline(.seconds(5), from: sluice_monotonic_ns())) {
            stop()
            throw failure
        }
        if options.ownsProcess { ResidentPages.letGoOfCode() }
        options.logger.notice("node \(node): workers connect to \(address), agents to \(advertised(controlEndpoint))")
    }

    private func advertised(_ endpoint: String) -> String {
        guard let host = options.advertise, let colon = endpoint.lastIndex(of: ":") else { return endpoint }
        return "tcp://\(host)\(endpoint[colon...])"
    }

    /// Leaves the cluster in order, lets every thread end, and gives everything back; within 5 s. Twice is fine.
    public func stop() {
        guard let running = running.withLock({ $0.take() }) else { return }
        running.commands.post(.stop)
        running.control.join()
        running.data.join()
        running.authenticator?.stop()
        for suffix in ["", ".token", ".workers"] { _ = unsafe unlink(options.socket + suffix) }
    }
}

/// The outcome of the first registration.
final class Startup: Sendable {
    private let outcome = Lock<Result<Void, SluiceError>?>(nil)
    private let condition: EventFD? = try? EventFD()

    func settle(_ result: Result<Void, SluiceError>) {
        let isFirst = outcome.withLock { outcome in
            defer { if outcome == nil { outcome = result } }
            return outcome == nil
        }
        if isFirst { condition?.signal() }
    }

    /// Why it failed; nil if it did not, or is not known in time.
    func wait(until deadline: Deadline) -> SluiceError? {
        guard let condition else { return nil }
        while true {
            if let result = outcome.withLock({ $0 }) {
                if case .failure(let error) = result { return error }
                return nil
            }
            guard let left = deadline.remaining(at: sluice_monotonic_ns()), left > 0 else { return nil }
            var item = pollfd(fd: condition.descriptor.raw, events: Int16(POLLIN), revents: 0)
            _ = unsafe poll(&item, 1, Int32(clamping: left / 1_000_000 + 1))
        }
    }
}
