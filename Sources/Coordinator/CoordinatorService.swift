internal import Logging
public import SluiceModel
internal import Synchronization
internal import ZeroMQ

/// A coordinator: it knows a cluster's nodes, actors and channels, and tells every agent what to have.
///
///     let coordinator = CoordinatorService(options)
///     try coordinator.start()
///     print(coordinator.endpoint)
///     try await coordinator.waitUntilStopped()
public final class CoordinatorService: Sendable {
    public let options: CoordinatorOptions
    private let running = Mutex<Running?>(nil)
    /// Apart, so that it can be joined while the rest is looked at.
    private let thread = Mutex<ServiceThread?>(nil)

    private struct Running {
        var shared: CoordinatorShared
        var endpoint: String
        var epoch: Epoch
    }

    public init(_ options: CoordinatorOptions) { self.options = options }

    deinit { stop() }

    /// Where it listens, in full; empty before ``start()``.
    public var endpoint: String { running.withLock { $0?.endpoint ?? "" } }

    /// Which life of the coordinator this is; 0 before ``start()``.
    public var epoch: Epoch { running.withLock { $0?.epoch ?? 0 } }

    /// Messages that were malformed or oversized, and dropped.
    package var droppedMessages: UInt64 {
        // Statistics: they publish nothing.
        running.withLock { $0?.shared.complaints.dropped.load(ordering: .relaxed) ?? 0 }
    }

    /// Connections that did not get through the handshake.
    package var refusedConnections: UInt64 {
        running.withLock { $0?.shared.complaints.refused.load(ordering: .relaxed) ?? 0 }
    }

    /// Begins an epoch and listens; returns once it does. Once only.
    ///
    /// - Throws: What keeps it from serving: an address that is bad or in use (``SluiceError/Code/badAddress``), a
    ///   store that is in use (``SluiceError/Code/nameTaken``) or unusable, missing or wrong keys
    ///   (``SluiceError/Code/accessDenied``), options out of their bounds (``SluiceError/Code/invalidArgument``).
    public func start() throws(SluiceError) {
        guard running.withLock({ $0 == nil }) else {
            throw .invalidArgument("this coordinator has been started already; make another one")
        }
        let startup = try CoordinatorStartup(options)
        let (shared, epoch) = (startup.shared, startup.epoch)
        let (loop, endpoint) = (startup.loop, startup.endpoint)
        loop.handOver()
        // The new thread is its one user from here on; pthread_create orders the two.
        nonisolated(unsafe) let handed = loop
        let thread = try ServiceThread(name: "sluice-coord") { unsafe handed.serve() }
        self.thread.withLock { $0 = thread }
        running.withLock { $0 = Running(shared: shared, endpoint: endpoint, epoch: epoch) }
        options.logger.notice("the coordinator listens on \(endpoint) in epoch \(epoch)")
    }

    /// Stops listening, writes what is left, and returns when all is given back; at once if it does not run.
    public func stop() {
        running.withLock { $0?.shared.stop() }
        thread.withLock { thread in
            thread?.join()
            thread = nil
        }
    }

    /// Returns when it was stopped; at once if it was never started.
    ///
    /// - Throws: Why it stopped by itself: another coordinator has its store, or its disk or socket fails.
    public func waitUntilStopped() async throws(SluiceError) {
        let shared = running.withLock { $0?.shared }
        if let failure = await shared?.outcome() { throw failure }
    }
}
