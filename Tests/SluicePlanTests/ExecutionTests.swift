import Planning
import Sluice
import SluiceModel
import SluicePlan
import Testing

/// Plans, compiled and run on the memory that was planned for them.
@Suite("Compiled plans") struct ExecutionTests {
    private func run(
        _ plan: PlanBuilder, on nodes: [String], _ pushes: [String: [Tensor]],
        check: (CompiledPlan) throws -> Void = { _ in }
    ) throws -> [[String: [Tensor]]] {
        let compiled = try Compiler.compile(plan.spec, sites: nodes.map { Compiler.Site($0, budget: 1 << 30) })
        try check(compiled)
        return try (0..<20).map { seed in
            var random = SeededRandom(UInt64(seed))
            let execution = try PlanExecution(compiled, pushes: pushes)
            try execution.run(&random)
            #expect(execution.hasEnded)
            return execution.pulled
        }
    }

    @Test(arguments: [["a", "a"], ["a", "b"], ["b", "a"]])
    func theScriptsNumbersAreTheSameWhereverItRuns(_ nodes: [String]) throws {
        var plan = PlanBuilder("two-functions")
        let x = plan.input("x", Float.self, [3, 3])
        let y = plan.input("y", Float.self, [3, 3])
        let z = plan.matmul("z", x, y, on: plan.actor("multiplier", node: nodes[0]))
        let a = plan.addN("s", [x, y, z], on: plan.actor("adder", node: nodes[1]))
        plan.output("z", z)
        plan.output("a", a)
        let jobs = 9
        func numbers(_ first: Float) throws -> Tensor { try Tensor((0..<9).map { Float($0) + first }, shape: [3, 3]) }
        let pushes = [
            "x": try (0..<jobs).map { try numbers(Float($0)) }, "y": try (0..<jobs).map { try numbers(9 - Float($0)) },
        ]
        for pulled in try run(plan, on: ["a", "b"], pushes) {
            let (products, sums) = (try #require(pulled["z"]), try #require(pulled["a"]))
            #expect(products.count == jobs && sums.count == jobs)
            #expect(try products[0].array(of: Float.self) == [42, 45, 48, 150, 162, 174, 258, 279, 300])
            #expect(try sums[0].array(of: Float.self) == [51, 56, 61, 165, 179, 193, 279, 302, 325])
        }
    }

    @Test(arguments: [true, false]) func r16MemoryIsHandedOnAndSharedWithoutHarm(isInPlace: Bool) throws {
        let jobs = 25
        for nodes in [["a"], ["a", "b"]] {
            var plan = PlanBuilder("chain")
            let x = plan.input("x", Int32.self, [40], isDynamic: true, slots: 2)
            var blob = x
            // A firing is over long before the next one begins: what lies between the first actors is free for the last.
            plan.interval(.milliseconds(100))
            for step in 0..<8 {
                let actor = plan.actor(
                    .init("s\(step)"), node: nodes[step / 3 % nodes.count], duration: .milliseconds(1))
                let function: ElementFunction = step % 2 == 0 ? .add(1) : .scale(2)
                blob = plan.map("t\(step)", blob, function, on: actor, isInPlace: isInPlace && step % 4 != 3)
            }
            plan.output("out", blob)
            let pushed = (0..<jobs).map { job in (0..<(job * 7) % 41).map { Int32($0 + job) } }
            let runs = try run(plan, on: nodes, ["x": pushed.map { Tensor($0) }]) { compiled in
                // There is something to see.
                #expect(!compiled.guards.isEmpty)
                #expect(compiled.registers.contains { $0.inPlaceOf != nil } == isInPlace)
            }
            for pulled in runs {
                let values = try #require(pulled["out"]).map { try $0.array(of: Int32.self) }
                #expect(values == pushed.map { $0.map { number in (0..<4).reduce(number) { n, _ in (n + 1) * 2 } } })
            }
        }
    }

    @Test func r11SeveralBlobsTravelPackedTogether() throws {
        var plan = PlanBuilder("together")
        let x = plan.input("x", Double.self, [6, 5], isDynamic: true)
        let maker = plan.actor("maker", node: "a")
        let p = plan.map("p", x, .negate, on: maker)
        let q = plan.map("q", x, .square, on: maker)
        let r = plan.map("r", x, .add(1), on: maker)
        plan.output("sum", plan.addN("sum", [p, q, r], on: plan.actor("adder", node: "b")))
        let shapes = [[6, 5], [0, 5], [1, 1], [30, 1], [2, 3], [5, 6], [1, 29]]
        let pushed = try shapes.map { try Tensor((0..<$0[0] * $0[1]).map(Double.init), shape: $0) }
        for pulled in try run(plan, on: ["a", "b"], ["x": pushed]) {
            let sums = try #require(pulled["sum"])
            #expect(sums.map(\.shape) == shapes)
            for sum in sums { #expect(try sum.array(of: Double.self) == (0..<sum.count).map { Double($0 * $0 + 1) }) }
        }
    }
}
