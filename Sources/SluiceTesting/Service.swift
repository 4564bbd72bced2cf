public import SluiceModel

/// One of a cluster's daemons, to be stopped, killed and paused: the coordinator, or (``Node``) an agent.
// Unchecked only because the compiler cannot see that no subclass outside this module is possible; all is immutable.
public class Service: @unchecked Sendable {
    /// `coordinator`, or the node's name.
    public let name: String

    let daemon: any Daemon
    /// Where it lives in the cluster's network; nil outside namespaces.
    let host: Network.Host?

    init(name: String, daemon: any Daemon, host: Network.Host?) {
        self.name = name
        self.daemon = daemon
        self.host = host
    }
}

extension Service {
    /// The process that runs it; nil while it is stopped. In process it is our own.
    public var pid: Int32? { daemon.pid }

    /// What it has written to its log in this life; empty in process.
    public var log: String { daemon.log }

    /// Starts it and waits until it says that it is ready. Starting one that runs does nothing.
    public func start() async throws(SluiceError) { try await daemon.start() }

    /// Asks it to drain and end (SIGTERM), and waits. It may be started again.
    ///
    /// - Throws: ``SluiceError/Code/timedOut`` if it has not ended within 5 s; it has been killed then. Also if it ended
    ///   with another code than 0.
    public func stop() async throws(SluiceError) { try await daemon.stop() }

    /// SIGKILL: it ends between any two instructions.
    ///
    /// - Throws: ``SluiceError/Code/unsupported`` in process.
    public func kill() async throws(SluiceError) { try await daemon.kill() }

    /// SIGSTOP: it stands still, with all its connections open.
    public func pause() async throws(SluiceError) { try await daemon.pause() }

    /// SIGCONT, after ``pause()``.
    public func resume() throws(SluiceError) { try daemon.resume() }

    /// Ends it in order and starts it again, at the same address.
    public func restart() async throws(SluiceError) {
        try await stop()
        try await start()
    }
}

/// What runs a service, in either way.
protocol Daemon: Sendable {
    var pid: Int32? { get }
    var log: String { get }
    func start() async throws(SluiceError)
    func stop() async throws(SluiceError)
    func kill() async throws(SluiceError)
    func pause() async throws(SluiceError)
    func resume() throws(SluiceError)
}
