import Planning
import Sluice
import SluiceModel
import SluicePlan
import Testing

/// Two global functions over 3×3 matrices, and a script that calls one with the other's result:
///
///     x = 0 … 8, y = 9 … 17
///     z = matmul(x, y)
///     a = add_n([x, y, z])
///
/// They are functions of one plan, each with inputs and an actor of its own: z comes back to the caller, who pushes it again.
struct Script {
    let client: PlanClient

    /// - Parameters:
    ///   - matmul: The first function's node; nil: the planner chooses.
    ///   - addN: The second one's.
    static func plan(matmul: String? = nil, addN: String? = nil) -> PlanSpec {
        var plan = PlanBuilder("script")
        if let matmul { plan.actor("matmul", node: matmul) }
        if let addN { plan.actor("add_n", node: addN) }

        let a = plan.input("matmul.x", Float.self, [3, 3])
        let b = plan.input("matmul.y", Float.self, [3, 3])
        let product = plan.output("product", plan.matmul("z", a, b, on: "matmul"))
        plan.function("matmul", inputs: (a, b), outputs: product)

        let x = plan.input("add_n.x", Float.self, [3, 3])
        let y = plan.input("add_n.y", Float.self, [3, 3])
        let z = plan.input("add_n.z", Float.self, [3, 3])
        let sum = plan.output("sum", plan.addN("a", [x, y, z], on: "add_n"))
        plan.function("add_n", inputs: (x, y, z), outputs: sum)
        return plan.spec
    }

    func matmul(_ x: Tensor, _ y: Tensor) async throws -> Tensor {
        let outputs = try await client.call(
            "matmul", ["matmul.x": .tensor(x), "matmul.y": .tensor(y)], timeout: .seconds(30))
        return try #require(outputs["product"]).tensor()
    }

    func add_n(_ x: Tensor, _ y: Tensor, _ z: Tensor) async throws -> Tensor {
        let outputs = try await client.call(
            "add_n", ["add_n.x": .tensor(x), "add_n.y": .tensor(y), "add_n.z": .tensor(z)], timeout: .seconds(30))
        return try #require(outputs["sum"]).tensor()
    }
}

extension Script {
    /// The script itself. Sums and products of small whole numbers are exact, so its results are the same bit for bit.
    func run() async throws {
        let x = try Tensor(Seed.x, shape: [3, 3])
        let y = try Tensor(Seed.y, shape: [3, 3])
        let z = try await matmul(x, y)
        let a = try await add_n(x, y, z)
        #expect(try z.array(of: Float.self).map(\.bitPattern) == Seed.z.map(\.bitPattern))
        #expect(try a.array(of: Float.self).map(\.bitPattern) == Seed.a.map(\.bitPattern))
        #expect(z.shape == [3, 3])
        #expect(a.shape == [3, 3])
    }
}

extension PlanRuns {
    @Suite struct ScriptExample {
        @Test func theScriptRunsInOneProcess() async throws {
            let stage = try await Stage(nodes: 1)
            try await stage.run(Script.plan()) { _ in
                let client = try await PlanClient.connect(to: "script", by: stage.workers[0])
                try await Script(client: client).run()
                client.close()
            }
            try await stage.end()
        }

        /// Called from both nodes, so that every value crosses for one of them.
        @Test func theScriptRunsWithItsFunctionsOnTwoNodes() async throws {
            let stage = try await Stage(nodes: 2)
            try await stage.run(Script.plan(matmul: "node1", addN: "node2")) { run in
                let homes = run.plan.actors.filter { $0.role == .kernels }.map(\.node)
                #expect(homes == ["node1", "node2"])
                for worker in stage.workers {
                    let client = try await PlanClient.connect(to: "script", by: worker)
                    for _ in 0..<3 { try await Script(client: client).run() }
                    client.close()
                }
            }
            try await stage.end()
        }
    }
}
