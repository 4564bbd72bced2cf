import Glibc
import Planning
import SharedMemory
import Sluice
import SluiceModel
import SluicePlan
import SluiceTesting
import Testing

/// Plans that run: real agents and a real coordinator, actors in threads of this process or in processes of their own.
@Suite(.serialized, .timeLimit(.minutes(5))) struct PlanRuns {}

extension Trait where Self == ConditionTrait {
    /// Everybody has a plan's block at one address; the thread sanitizer wants it otherwise.
    static var needsOneAddress: Self {
        .enabled(if: !isThreadSanitized, "one address for all only without the sanitizer")
    }
}

/// A cluster in this process, a worker on each node, and a plan's actors on threads.
struct Stage {
    let cluster: Cluster
    let workers: [Worker]

    init(nodes: Int) async throws { try await self.init(ClusterOptions(nodes: nodes, mode: .inProcess)) }

    init(nodes: [String]) async throws { try await self.init(ClusterOptions(nodes: nodes, mode: .inProcess)) }

    private init(_ options: ClusterOptions) async throws {
        cluster = try await Cluster.start(options)
        var workers: [Worker] = []
        for node in cluster.nodes { workers.append(try await Worker.connect(to: node.address)) }
        self.workers = workers
    }

    /// Applies a plan and runs all of its actors, while `body` runs.
    @discardableResult
    func run<Result: Sendable>(
        _ spec: PlanSpec, kernels: KernelRegistry = KernelRegistry(), finishes: Bool = true,
        _ body: @Sendable (PlanRun) async throws -> Result
    ) async throws -> Result {
        let run = try await PlanRun.apply(spec, by: workers[0])
        let actors = workers.map { worker in
            Task { () -> SluiceError? in
                do throws(SluiceError) {
                    try await PlanWorker(worker, kernels: kernels).run(run)
                    return nil
                } catch { return error }
            }
        }
        do {
            try await run.started(timeout: .seconds(30))
            let result = try await body(run)
            if finishes { try await run.finish() }
            for actor in actors { if let error = await actor.value { throw error } }
            return result
        } catch {
            try? await run.stop(reason: "the test has failed: \(error)")
            for actor in actors { _ = await actor.value }
            throw error
        }
    }

    func end() async throws {
        for worker in workers { worker.close() }
        try await cluster.stop()
    }
}

/// The two functions of the seed's script, as one plan: a = add_n([x, y, matmul(x, y)]).
func twoFunctions(matmul: String? = nil, addN: String? = nil) -> PlanSpec {
    let matrix = BlobType(.float32, [3, 3])
    return PlanSpec(
        "two-functions", inputs: [PlanInput("x", matrix), PlanInput("y", matrix)],
        actors: [
            PlanActor(
                "matmul", nodes: matmul.map { [$0] } ?? [],
                kernels: [
                    KernelCall(
                        "matmul",
                        inputs: [
                            InputArgument(ArgumentName("a"), blob: "x"), InputArgument(ArgumentName("b"), blob: "y"),
                        ], outputs: [OutputArgument(ArgumentName("out"), blob: "z", matrix)])
                ]),
            PlanActor(
                "add_n", nodes: addN.map { [$0] } ?? [],
                kernels: [
                    KernelCall(
                        "add_n",
                        inputs: ["x", "y", "z"].enumerated().map { InputArgument(ArgumentName("in", $0), blob: $1) },
                        outputs: [OutputArgument(ArgumentName("out"), blob: "a", matrix)])
                ]),
        ], outputs: [PlanOutput("z", blob: "z"), PlanOutput("a", blob: "a")])
}

enum Seed {
    static let x = (0..<9).map { Float($0) }
    static let y = (9..<18).map { Float($0) }
    static let z: [Float] = [42, 45, 48, 150, 162, 174, 258, 279, 300]
    static let a: [Float] = [51, 56, 61, 165, 179, 193, 279, 302, 325]

    static func inputs() throws -> [String: PlanValue] {
        [
            "x": .tensor(try Tensor(x, shape: [3, 3])),
            "y": .tensor(try Tensor(y, shape: [3, 3])),
        ]
    }
}

extension PlanValue? {
    /// Of a tensor, in row-major order.
    var floats: [Float] {
        get throws { try #require(self).tensor().array(of: Float.self) }
    }
}
