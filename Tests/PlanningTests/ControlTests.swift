import Planning
import SluiceModel
import Testing

/// Order without payload, and waits that could never end.
@Suite struct ControlTests {
    private func compile(_ actors: [PlanActor], _ controls: [(String, String)]) throws -> CompiledPlan {
        let edges = controls.map { ControlEdge(before: $0.0, after: $0.1) }
        return try Compiler.compile(PlanSpec("p", actors: actors, controls: edges), sites: Sample.twoNodes)
    }

    private func error(_ actors: [PlanActor], _ controls: [(String, String)]) -> PlanError? {
        do {
            _ = try compile(actors, controls)
        } catch { return error as? PlanError }
        return nil
    }

    @Test func r8AControlEdgeIsARegisterWithoutFields() throws {
        let plan = try compile([Sample.actor("a", nodes: ["n0"]), Sample.actor("b", nodes: ["n1"])], [("a", "b")])
        let register = try #require(plan.registers.first)
        #expect(plan.registers.count == 1)
        #expect(register.name == "a/then/b")
        #expect(register.kind == .channel)
        #expect(register.fields.isEmpty)
        #expect(register.stride == 64)
        #expect(register.slots == 2)
        #expect(register.producer == 0)
        #expect(register.consumers == [1])
        #expect(register.places.map(\.node) == ["n0", "n1"])
        #expect(plan.actors.map(\.outputs) == [[0], []])
        #expect(plan.actors.map(\.inputs) == [[], [0]])
    }

    @Test func r8WhatIsAlreadyInOrderIsNoted() throws {
        let actors = [Sample.actor("a", [], ["x"]), Sample.actor("b", ["x"]), Sample.actor("c")]
        let plan = try compile(actors, [("a", "b"), ("b", "c"), ("b", "c")])
        #expect(plan.registers.map(\.name) == ["a/x", "b/then/c"])
        #expect(
            plan.notes == [
                "control edge 'a' before 'b' is left out: a blob or another edge already gives that order",
                "control edge 'b' before 'c' is left out: a blob or another edge already gives that order",
            ])
    }

    @Test func r8ParallelActorsAreMatched() throws {
        func names(_ m: Int, _ n: Int) throws -> [String] {
            try compile([Sample.actor("a", parallel: m), Sample.actor("b", parallel: n)], [("a", "b")]).registers.map(
                \.name)
        }
        #expect(try names(2, 2) == ["a.0/then/b.0", "a.1/then/b.1"])
        #expect(try names(2, 1) == ["a.0/then/b", "a.1/then/b"])
        #expect(try names(1, 2) == ["a/then/b.0", "a/then/b.1"])
        let refused = error([Sample.actor("a", parallel: 2), Sample.actor("b", parallel: 3)], [("a", "b")])
        #expect(refused?.code == .invalid)
        #expect(refused?.path == ["controls", "0"])
    }

    @Test func cyclicWaitsAreRefusedWithTheirCycle() {
        let data = error(
            [
                Sample.actor("s"), Sample.actor("a", ["y"], ["x"]), Sample.actor("b", ["x"], ["y", "z"]),
                Sample.actor("t", ["z"]),
            ], [])
        #expect(data?.code == .cyclicWait)
        #expect(data?.cycle == ["a", "b"])
        #expect(data?.message.contains("a → b → a") == true)
        #expect(data?.actor == "a")
        let mixed = error(
            [Sample.actor("c", ["y"]), Sample.actor("b", ["x"], ["y"]), Sample.actor("a", [], ["x"])], [("c", "a")])
        #expect(mixed?.cycle == ["c", "a", "b"])
        #expect(mixed?.message.contains("c → a → b → c") == true)
        // Behind a cycle, and before it, nobody is to blame.
        let control = error(
            (0..<5).map { Sample.actor("a\($0)") },
            [("a0", "a3"), ("a3", "a2"), ("a2", "a3"), ("a2", "a4"), ("a4", "a1")])
        #expect(control?.cycle == ["a2", "a3"])
    }

    @Test func whoWaitsForThemselvesIsRefused() {
        #expect(error([Sample.actor("a")], [("a", "a")])?.cycle == ["a"])
        #expect(error([Sample.actor("a")], [("a", "a")])?.code == .cyclicWait)
        let same = error([Sample.actor("a", ["x"], ["x"])], [])
        #expect(same?.code == .cyclicWait)
        #expect(same?.path == ["actors", "0", "kernels", "0", "inputs", "0"])
        let later = PlanActor("a", kernels: [Sample.kernel(["x"]), Sample.kernel([], ["x"])])
        #expect(error([later], [])?.cycle == ["a"])
        let parallel = error(
            [Sample.actor("a", ["y"], ["x"], parallel: 2), Sample.actor("b", ["x"], ["y"], parallel: 2)], [])
        #expect(parallel?.cycle == ["a.0", "b.0"])
    }
}
