internal import FoundationEssentials
internal import Glibc
internal import SharedMemory
public import SluiceModel

/// This process's connection to the agent of its node.
///
/// All of its calls may be made from any thread. Dropping the last of a worker's objects closes it, as ``close()`` does.
public final class Worker: Sendable {
    let handle: WorkerHandle

    init(handle: WorkerHandle) { self.handle = handle }

    /// Connects to an agent.
    ///
    /// - Parameters:
    ///   - address: `unix:///path` of the agent's socket, or `tcp://host:port`, its control endpoint; it must be the agent
    ///     of this host. Without one the environment variable `SLUICE_ADDRESS` is asked.
    ///   - timeout: For all steps together.
    ///   - onEvent: Told what happens to the connection later, on a thread of the library's or of a caller; must not block.
    /// - Throws: ``SluiceError`` that says which step failed: ``SluiceError/Code/badAddress`` (parsing, resolving),
    ///   ``SluiceError/Code/otherHost``, ``SluiceError/Code/agentUnavailable`` (connecting, handshake),
    ///   ``SluiceError/Code/accessDenied``, ``SluiceError/Code/incompatibleVersion``.
    public static func connect(
        to address: String? = nil, timeout: Timeout = .seconds(10), onEvent: (@Sendable (WorkerEvent) -> Void)? = nil
    ) throws(SluiceError) -> Worker {
        let core = try begin(address, timeout, NetworkResolver(), onEvent)
        _ = try core.connected.wait().get()
        return Worker(handle: WorkerHandle(core))
    }

    /// Connects to an agent, without blocking a thread of the cooperative pool.
    ///
    /// The same as the blocking form; cancelling the task does not shorten it.
    nonisolated(nonsending)
        public static func connect(
            to address: String? = nil, timeout: Timeout = .seconds(10),
            onEvent: (@Sendable (WorkerEvent) -> Void)? = nil
        ) async throws(SluiceError) -> Worker
    {
        let core = try begin(address, timeout, NetworkResolver(), onEvent)
        _ = try await core.connected.value().get()
        return Worker(handle: WorkerHandle(core))
    }

    /// The name of the node that this worker is on.
    public var node: String { handle.node }

    /// Registers an actor on this worker's node.
    ///
    /// A name that was this cluster's before, and whose process has gone, gets its next incarnation.
    ///
    /// - Throws: ``SluiceError/Code/nameTaken`` while another process has it, ``SluiceError/Code/invalidName``,
    ///   ``SluiceError/Code/coordinatorUnavailable``, ``SluiceError/Code/agentUnavailable``,
    ///   ``SluiceError/Code/timedOut``.
    public func register(actor name: String, timeout: Timeout = .seconds(30)) throws(SluiceError) -> SluiceActor {
        let name = try ActorName(name)
        try handle.core.checkActors(adding: name)
        return try actor(name, try handle.core.ask(.registerActor(name), timeout: timeout))
    }

    /// Registers an actor on this worker's node.
    nonisolated(nonsending)
        public func register(actor name: String, timeout: Timeout = .seconds(30)) async throws(SluiceError)
        -> SluiceActor
    {
        let name = try ActorName(name)
        try handle.core.checkActors(adding: name)
        return try actor(name, try await handle.core.ask(.registerActor(name), timeout: timeout))
    }

    /// Everything that the coordinator knows of nodes, actors and channels, and how far every reader is.
    public func status(timeout: Timeout = .seconds(10)) throws(SluiceError) -> ClusterStatus {
        try Self.status(try handle.core.ask(.status, timeout: timeout))
    }

    /// Everything that the coordinator knows of nodes, actors and channels, and how far every reader is.
    nonisolated(nonsending)
        public func status(timeout: Timeout = .seconds(10)) async throws(SluiceError) -> ClusterStatus
    {
        try Self.status(try await handle.core.ask(.status, timeout: timeout))
    }

    /// Closes everything that this worker has open, and its connection; a second call does nothing.
    ///
    /// Writers end in order and readers detach, as if each had been closed; every call that waits ends with
    /// ``SluiceError/Code/closed``. Waits for the agent to know, for two seconds at most. Leases stay valid: as long as
    /// some are out the connection is kept, and no writer gets their slots.
    public func close() { handle.core.close(waits: true) }

    static func begin(
        _ address: String?, _ timeout: Timeout, _ resolver: any AddressResolver,
        _ onEvent: (@Sendable (WorkerEvent) -> Void)?
    ) throws(SluiceError) -> WorkerCore {
        let environment = unsafe getenv(WorkerAddress.variable).map { unsafe String(cString: $0) }
        let core = try WorkerCore(
            address: try WorkerAddress.choose(address, environment: environment), resolver: resolver,
            firstDeadline: Deadline(timeout, from: monotonicNow()), onEvent: onEvent)
        try ControlThread.start(core)
        return core
    }

    private func actor(_ name: ActorName, _ answer: Answer) throws(SluiceError) -> SluiceActor {
        guard case .registered(let incarnation) = answer else { throw .unexpectedAnswer("registering actor \(name)") }
        return SluiceActor(handle: handle, identifier: name, incarnation: incarnation)
    }

    static func status(_ answer: Answer) throws(SluiceError) -> ClusterStatus {
        guard case .status(let json) = answer else { throw .unexpectedAnswer("asking for the status") }
        do {
            return try JSONDecoder().decode(ClusterStatus.self, from: Data(json))
        } catch {
            throw SluiceError(.protocolViolation, "the agent's status cannot be read", cause: "\(error)")
        }
    }
}

/// What every object of a worker holds: the last of them closes it.
final class WorkerHandle: Sendable {
    let core: WorkerCore
    let node: String

    init(_ core: WorkerCore) {
        self.core = core
        node = core.node
    }

    // Not waited for: this may be any thread, also the control thread.
    deinit { core.close(waits: false) }
}
