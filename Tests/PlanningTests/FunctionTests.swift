import Planning
import SluiceModel
import Testing

/// Interfaces to the outside, and what a job's end waits for.
@Suite struct FunctionTests {
    /// x → a → y and u → b → v, two components; `sink` reads a's other blob.
    private func spec(_ functions: [PlanFunction] = [], outputs: [PlanOutput]? = nil, sink: Bool = false) -> PlanSpec {
        PlanSpec(
            "p", inputs: [PlanInput("x", Sample.small), PlanInput("u", Sample.small)],
            actors: [Sample.actor("a", ["x"], ["y"]), Sample.actor("b", ["u"], ["v"])]
                + (sink ? [Sample.actor("sink", ["y"])] : []),
            outputs: outputs ?? [PlanOutput("y", blob: "y"), PlanOutput("v", blob: "v")], functions: functions)
    }

    private func compile(_ spec: PlanSpec) throws -> CompiledPlan { try Compiler.compile(spec, sites: Sample.oneNode) }

    private func error(_ spec: PlanSpec) -> PlanError? {
        do {
            _ = try compile(spec)
        } catch { return error as? PlanError }
        return nil
    }

    private func controls(_ plan: CompiledPlan) -> [String] { plan.registers.filter(\.fields.isEmpty).map(\.name) }

    @Test func withoutFunctionsThereIsOneOfThePlansName() throws {
        #expect(try compile(spec()).functions == [PlanFunction("p", inputs: ["x", "u"], outputs: ["y", "v"])])
        #expect(try compile(PlanSpec("p", actors: [Sample.actor("a")])).functions.isEmpty)
        #expect(
            try compile(PlanSpec("p", actors: [Sample.actor("a", [], ["x"])], outputs: [PlanOutput("o", blob: "x")]))
                .functions == [PlanFunction("p", inputs: [], outputs: ["o"])])
    }

    @Test func interfacesComeLast() throws {
        let plan = try compile(spec())
        #expect(plan.actors.map(\.name) == ["a", "b", "in.x", "in.u", "out.y", "out.v"])
        #expect(plan.actors.map(\.role) == [.kernels, .kernels, .input("x"), .input("u"), .output("y"), .output("v")])
        #expect(controls(plan).isEmpty)
    }

    @Test func anOutputWaitsForWhoeverNobodyWaitsFor() throws {
        let plan = try compile(spec(sink: true))
        #expect(controls(plan) == ["sink/then/out.y"])
        #expect(plan.actor("out.y").inputs.count == 2)
        #expect(plan.actor("out.v").inputs.count == 1)
    }

    @Test func aFunctionWithoutOutputsHasAnEnd() throws {
        let plan = try compile(
            spec(
                [PlanFunction("f", inputs: ["x"], outputs: []), PlanFunction("g", inputs: ["u"], outputs: ["v"])],
                sink: true))
        #expect(plan.actors.last?.name == "end.f")
        #expect(plan.actors.last?.role == .end("f"))
        #expect(plan.actors.last?.kernels.isEmpty == true)
        #expect(controls(plan) == ["sink/then/out.y", "sink/then/end.f"])
        // Nobody but the output reads v: b is the last that fires.
        let last = try compile(
            spec([PlanFunction("f", inputs: ["u"], outputs: []), PlanFunction("g", inputs: ["x"], outputs: ["y"])]))
        #expect(controls(last) == ["b/then/end.f"])
        // It pushes into both; both must be over.
        let both = try compile(spec([PlanFunction("f", inputs: ["x", "u"], outputs: [])]))
        #expect(controls(both) == ["a/then/end.f", "b/then/end.f"])
    }

    /// What a function feeds without pulling from it is over, too, when its first output is.
    @Test func silentPartsEndWithTheFirstOutput() throws {
        let plan = try compile(spec([PlanFunction("f", inputs: ["x", "u"], outputs: ["y"])]))
        #expect(controls(plan) == ["b/then/out.y"])
        #expect(plan.notes == ["output 'v' is in no function: nobody can pull it"])
        // They have become one: another function cannot feed half of it.
        let half = error(
            spec([
                PlanFunction("f", inputs: ["x", "u"], outputs: ["y"]), PlanFunction("g", inputs: ["u"], outputs: ["v"]),
            ]))
        #expect(half?.path == ["functions", "1", "inputs"])
        #expect(half?.message.contains("function 'g' lists 'u' but not input 'x'") == true)
    }

    @Test func inputsOfOneComponentAreListedTogether() throws {
        let seed = Sample.seed()
        func with(_ inputs: [String], _ outputs: [String]) -> PlanSpec {
            var spec = seed
            spec.functions = [
                PlanFunction("all", inputs: ["x", "y"], outputs: ["z"]),
                PlanFunction("f", inputs: inputs, outputs: outputs),
            ]
            return spec
        }
        #expect(error(with(["x", "y"], ["a"])) == nil)
        #expect(error(with(["x", "y"], [])) == nil)
        for (inputs, outputs) in [(["x"], ["z"]), (["y"], []), ([], ["a"])] {
            let error = error(with(inputs, outputs))
            #expect(error?.code == .invalid)
            #expect(error?.path == ["functions", "1", "inputs"])
        }
    }

    @Test func inputsThatNoFunctionListsAreNoted() throws {
        let plan = try compile(spec([PlanFunction("f", inputs: ["x"], outputs: ["y"])]))
        #expect(
            plan.notes == [
                "input 'u' is in no function: what it feeds never fires",
                "output 'v' is in no function: nobody can pull it",
            ])
    }

    @Test func anInputMayBeAnOutput() throws {
        let plan = try compile(
            PlanSpec("p", inputs: [PlanInput("x", Sample.f9)], outputs: [PlanOutput("x", blob: "x")]))
        #expect(plan.actors.map(\.name) == ["in.x", "out.x"])
        #expect(plan.registers.map(\.consumers) == [[1]])
    }

    @Test func namesOfInterfacesAreTaken() {
        let taken = PlanSpec("p", inputs: [PlanInput("x", Sample.f9)], actors: [Sample.actor("in.x", ["x"])])
        #expect(error(taken)?.message.contains("two actors 'in.x'") == true)
        let instance = PlanSpec("p", actors: [Sample.actor("a", parallel: 2), Sample.actor("a.1")])
        #expect(error(instance)?.message.contains("two actors 'a.1'") == true)
        let end = PlanSpec("p", inputs: [PlanInput("x", Sample.f9)], actors: [Sample.actor("end.p", ["x"])])
        #expect(error(end)?.message.contains("two actors 'end.p'") == true)
    }
}
