internal import Foundation
public import SluiceModel
internal import Synchronization

/// A coordinator and n agents for a test, that can be killed, paused and cut off from each other.
///
/// Nothing of it outlives the test: ``stop()`` removes everything, dropping the last reference does so less politely,
/// and if the test's process dies the kernel takes the cluster's processes and namespaces with it.
public final class Cluster: Sendable {
    public let options: ClusterOptions
    public let coordinator: Service
    public let nodes: [Node]
    /// Where the coordinator listens: `tcp://host:port`.
    public let coordinatorEndpoint: String

    let network: Network?
    let directory: ClusterDirectory
    let tag: ClusterTag
    private let stopped = Mutex(false)

    private init(_ plan: ClusterPlan, coordinator: Service, nodes: [Node]) {
        options = plan.options
        coordinatorEndpoint = plan.coordinatorEndpoint
        network = plan.network
        directory = plan.directory
        tag = plan.tag
        self.coordinator = coordinator
        self.nodes = nodes
    }

    deinit { directory.remove() }
}

extension Cluster {
    /// Starts a cluster of nodes `node1`, `node2` … and waits until all are alive.
    public static func start(nodes: Int, mode: ClusterMode = .processes, keys: Bool = false) async throws(SluiceError)
        -> Cluster
    {
        try await start(ClusterOptions(nodes: nodes, mode: mode, keys: keys))
    }

    /// Starts a cluster and waits until all of its nodes are alive.
    ///
    /// - Throws: ``SluiceError/Code/unsupported`` for namespaces where there are none; or why a service did not start,
    ///   with the last lines of its log.
    public static func start(_ options: ClusterOptions) async throws(SluiceError) -> Cluster {
        let cluster = try await make(options)
        do {
            try await cluster.coordinator.start()
            for node in cluster.nodes { try await node.start() }
            try await cluster.waitUntilAlive()
            return cluster
        } catch {
            try? await cluster.stop()
            throw error
        }
    }

    /// Prepares a cluster, its network and keys, but starts no service.
    public static func make(_ options: ClusterOptions) async throws(SluiceError) -> Cluster {
        let plan = try await ClusterPlan.make(options)
        do {
            var nodes: [Node] = []
            for number in 1...options.nodes.count { nodes.append(try plan.node(number)) }
            return Cluster(plan, coordinator: try plan.coordinator(), nodes: nodes)
        } catch {
            await plan.remove()
            throw error
        }
    }

    /// Where a file of this name lies in the cluster's directory, which goes with it.
    public func file(_ name: String) -> String { directory.file(name) }

    /// Ends every service in order and removes all that the cluster has made.
    ///
    /// - Throws: The first failure of a service to end in time; everything is removed nevertheless.
    public func stop() async throws(SluiceError) {
        let isFirst = stopped.withLock { stopped in
            defer { stopped = true }
            return !stopped
        }
        guard isFirst else { return }
        var failure: SluiceError?
        for service in nodes + [coordinator] {
            do { try await service.stop() } catch { failure = failure ?? error }
        }
        await network?.remove()
        if ProcessInfo.processInfo.environment["SLUICE_KEEP_LOGS"] == nil { directory.remove() }
        if let failure { throw failure }
    }
}

/// Runs a test with a cluster, which is stopped afterwards in any case.
///
/// - Throws: What `body` throws; else the failure of a service to end in time.
public func withCluster<Result: Sendable>(
    _ options: ClusterOptions, _ body: (Cluster) async throws -> Result
) async throws -> Result {
    let cluster = try await Cluster.start(options)
    let result: Result
    do { result = try await body(cluster) } catch {
        try? await cluster.stop()
        throw error
    }
    try await cluster.stop()
    return result
}

/// Runs a test with a cluster of nodes `node1`, `node2` …, which is stopped afterwards in any case.
public func withCluster<Result: Sendable>(
    nodes: Int, mode: ClusterMode = .processes, keys: Bool = false, _ body: (Cluster) async throws -> Result
) async throws -> Result {
    try await withCluster(ClusterOptions(nodes: nodes, mode: mode, keys: keys), body)
}
