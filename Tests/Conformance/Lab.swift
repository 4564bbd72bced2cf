import Sluice
import SluiceModel
import SluiceTesting
import Testing

/// A cluster of real agents within the test's process, and one worker for each of its actors.
///
/// Actors may be placed on any node; a worker of its own each, as if they were processes of their own.
final class Lab {
    let cluster: Cluster
    private var workers: [Worker] = []

    private init(_ cluster: Cluster) { self.cluster = cluster }

    /// Runs a test with `nodes` nodes; everything is closed, and nothing may be left.
    static func run(nodes: Int, _ body: (Lab) async throws -> Void) async throws {
        try await run(ClusterOptions(nodes: nodes, mode: .inProcess), body)
    }

    static func run(_ options: ClusterOptions, _ body: (Lab) async throws -> Void) async throws {
        var used: Cluster?
        try await withCluster(options) { cluster in
            used = cluster
            let lab = Lab(cluster)
            defer { for worker in lab.workers { worker.close() } }
            try await body(lab)
        }
        let left = Leftovers.check(of: try #require(used))
        #expect(left.isEmpty, "\(left)")
    }

    /// A worker of node `node`, 0 …
    func worker(on node: Int) async throws -> Worker {
        let worker = try await Worker.connect(to: cluster.nodes[node].address)
        workers.append(worker)
        return worker
    }

    /// An actor in a worker of its own.
    func actor(_ name: String, on node: Int) async throws -> SluiceActor {
        try await worker(on: node).register(actor: name)
    }

    /// Actors in workers of their own, by their names: a channel can be created once its readers are there.
    func actors(_ places: KeyValuePairs<String, Int>) async throws -> [SluiceActor] {
        var actors: [SluiceActor] = []
        for (name, node) in places { actors.append(try await actor(name, on: node)) }
        return actors
    }

    func status() async throws -> ClusterStatus {
        guard let worker = workers.first else { fatalError("no worker has been connected") }
        return try await worker.status()
    }
}
