import Planning
import SluiceModel
import Testing

/// Blobs that several parallel actors make.
@Suite struct ShardingTests {
    private func compile(_ m: Int, _ n: Int, nodes: [String] = []) throws -> CompiledPlan {
        try Compiler.compile(
            PlanSpec(
                "p",
                actors: [
                    Sample.actor("a", [], ["x"], parallel: m, nodes: nodes), Sample.actor("b", ["x"], parallel: n),
                ]),
            sites: Sample.twoNodes)
    }

    @Test func r18AsManyOnBothSidesAreMatchedByNumber() throws {
        let plan = try compile(3, 3)
        #expect(plan.actors.map(\.name) == ["a.0", "a.1", "a.2", "b.0", "b.1", "b.2"])
        #expect(plan.actors.map(\.index) == [0, 1, 2, 0, 1, 2])
        #expect(plan.registers.map(\.name) == ["a.0/x", "a.1/x", "a.2/x"])
        #expect(plan.registers.map(\.consumers) == [[3], [4], [5]])
        #expect(plan.registers.map { $0.fields[0].index } == [0, 1, 2])
        for i in 0..<3 {
            #expect(plan.place(ofBlob: "x", i).map { $0.register } == i)
            #expect(
                plan.actor("b.\(i)").kernels[0].inputs == [PlannedArgument(ArgumentName("in"), register: i, field: 0)])
        }
        #expect(plan.place(ofBlob: "x", 3) == nil)
    }

    @Test func r18OneReaderGetsThemAll() throws {
        let plan = try compile(3, 1)
        #expect(plan.registers.map(\.consumers) == [[3], [3], [3]])
        let kernel = plan.actor("b").kernels[0]
        #expect(kernel.inputs == (0..<3).map { PlannedArgument(ArgumentName("in", $0), register: $0, field: 0) })
        #expect(kernel.input("in", 3) == nil)
    }

    @Test func r18OneProducerIsReadByAll() throws {
        let plan = try compile(1, 3)
        #expect(plan.registers.map(\.name) == ["a/x"])
        #expect(plan.registers[0].consumers == [1, 2, 3])
        #expect(
            (0..<3).allSatisfy {
                plan.actor("b.\($0)").kernels[0].inputs == [PlannedArgument(ArgumentName("in"), register: 0, field: 0)]
            })
    }

    @Test func r18AnythingElseIsRefused() {
        for (m, n) in [(2, 3), (3, 2)] {
            do {
                _ = try compile(m, n)
                Issue.record("\(m) and \(n)")
            } catch {
                let error = error as? PlanError
                #expect(error?.code == .invalid)
                #expect(error?.path == ["actors", "1", "kernels", "0", "inputs", "0"])
                #expect(error?.actor == "b")
            }
        }
    }

    @Test func r18ArgumentsMustLeaveRoom() throws {
        func error(_ indices: [Int]) -> PlanError? {
            var b = Sample.actor("b", ["x", "y"])
            for i in 0..<2 { b.kernels[0].inputs[i].argument.index = indices[i] }
            let actors = [Sample.actor("a", [], ["x"], parallel: 2), Sample.actor("c", [], ["y"]), b]
            do {
                _ = try Compiler.compile(PlanSpec("p", actors: actors), sites: Sample.oneNode)
            } catch { return error }
            return nil
        }
        #expect(error([0, 2]) == nil)
        #expect(error([1, 0]) == nil)
        #expect(
            error([0, 1])?.message.contains(
                "argument 'in/1' twice (a blob with several producers takes an index for each)") == true)
        #expect(error([0, 3])?.message.contains("has argument 'in/3' among its inputs, but no 'in/2'") == true)
        #expect(error([0, 1])?.path == ["actors", "2", "kernels", "0", "inputs"])
    }

    @Test func r18EachInstanceHasItsNode() throws {
        #expect(try compile(2, 2, nodes: ["n1", "n0"]).actors.prefix(2).map(\.node) == ["n1", "n0"])
        #expect(try compile(2, 2, nodes: ["n1"]).actors.prefix(2).map(\.node) == ["n1", "n1"])
        // Whoever reads goes where the bytes are.
        #expect(try compile(2, 2, nodes: ["n1", "n0"]).actors.suffix(2).map(\.node) == ["n1", "n0"])
    }

    @Test func r18FieldsOfOneRegisterAreFoundByBlobAndIndex() throws {
        let make = Sample.actor("a", [], ["x", "y"], parallel: 2)
        let spec = PlanSpec(
            "p", actors: [make, Sample.actor("b", ["y"]), Sample.actor("c", ["x"])],
            outputs: [PlanOutput("o", blob: "y", index: 1)])
        let plan = try Compiler.compile(spec, sites: Sample.oneNode)
        #expect(plan.place(ofBlob: "y", 1).map { [$0.register, $0.field] } == [3, 0])
        #expect(plan.register("y", 0).consumers == [2])
        #expect(plan.register("y", 1).consumers == [2, plan.actor(named: "out.o")!])
        #expect(plan.register("y", 1).ordinal(of: "y", 1) == 0)
        #expect(plan.register("y", 1).ordinal(of: "y", 0) == nil)
    }
}
