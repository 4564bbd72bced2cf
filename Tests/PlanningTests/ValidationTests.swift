import Planning
import SluiceModel
import Testing

/// What is refused, and where in the declaration it is.
@Suite struct ValidationTests {
    private func error(_ change: (inout PlanSpec) -> Void) -> PlanError? {
        var spec = Sample.seed()
        change(&spec)
        do {
            _ = try Compiler.compile(spec, sites: Sample.oneNode)
        } catch { return error }
        return nil
    }

    private func expect(
        _ path: [String], _ part: String, code: PlanError.Code = .invalid,
        at location: SourceLocation = #_sourceLocation,
        _ change: (inout PlanSpec) -> Void
    ) {
        let error = error(change)
        #expect(error?.code == code, sourceLocation: location)
        #expect(error?.path == path, sourceLocation: location)
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "no error")", sourceLocation: location)
    }

    private let kernel = ["actors", "1", "kernels", "0"]

    @Test func names() {
        expect(["name"], "is empty") { $0.name = "" }
        expect(["name"], "has a name of 101 bytes") { $0.name = String(repeating: "n", count: 101) }
        expect(["name"], "has a '/'") { $0.name = "a/b" }
        expect(["name"], "control character") { $0.name = "a\u{7f}" }
        expect(["inputs", "1", "name"], "has a '/'") { $0.inputs[1].name = "a/b" }
        expect(["actors", "1", "name"], "is empty") { $0.actors[1].name = "" }
        expect(["outputs", "0", "name"], "control character") { $0.outputs[0].name = "\n" }
        expect(["functions", "0", "name"], "is empty") { $0.functions = [PlanFunction("", inputs: ["x"], outputs: [])] }
        expect(kernel + ["outputs", "0", "blob"], "has a '/'") { $0.actors[1].kernels[0].outputs[0].blob = "a/b" }
        expect(kernel + ["kernel"], "is empty") { $0.actors[1].kernels[0].kernel = "" }
        expect(kernel + ["inputs", "2", "argument", "name"], "is empty") {
            $0.actors[1].kernels[0].inputs[2].argument.name = ""
        }
        #expect(error { $0.name = String(repeating: "ü", count: 50) } == nil)
        #expect(error { $0.actors[1].kernels[0].kernel = "math/add" } == nil)
    }

    @Test func namesThatAreThereTwice() {
        expect(["inputs", "1", "name"], "input 'x' is declared twice") { $0.inputs[1].name = "x" }
        expect(["actors", "1", "name"], "actor 'matmul' is declared twice") { $0.actors[1].name = "matmul" }
        expect(["outputs", "1", "name"], "output 'z' is declared twice") { $0.outputs[1].name = "z" }
        let function = PlanFunction("f", inputs: ["x", "y"], outputs: [])
        expect(["functions", "1", "name"], "function 'f' is declared twice") { $0.functions = [function, function] }
        expect(kernel + ["outputs", "0", "blob"], "blob 'z' is made twice") {
            $0.actors[1].kernels[0].outputs[0].blob = "z"
        }
        expect(kernel + ["outputs", "0", "blob"], "blob 'x' is made twice") {
            $0.actors[1].kernels[0].outputs[0].blob = "x"
        }
        // Kinds are apart.
        #expect(error { $0.actors[1].name = "x" } == nil)
    }

    @Test func whatIsNotThere() {
        expect(kernel + ["inputs", "2", "blob"], "reads blob 'w', which nobody makes") {
            $0.actors[1].kernels[0].inputs[2].blob = "w"
        }
        expect(["outputs", "0", "blob"], "is blob 'w', which nobody makes") { $0.outputs[0].blob = "w" }
        expect(["outputs", "0", "index"], "there are 1; give 0 to 0") { $0.outputs[0].index = 1 }
        expect(["outputs", "0", "index"], "is number -1") { $0.outputs[0].index = -1 }
        expect(["controls", "0", "before"], "actor 'w'") { $0.controls = [ControlEdge(before: "w", after: "add_n")] }
        expect(["controls", "0", "after"], "actor 'w'") { $0.controls = [ControlEdge(before: "add_n", after: "w")] }
        expect(["functions", "0", "inputs", "1"], "lists input 'w'") {
            $0.functions = [PlanFunction("f", inputs: ["x", "w"], outputs: [])]
        }
        expect(["functions", "0", "outputs", "0"], "lists output 'x'") {
            $0.functions = [PlanFunction("f", inputs: [], outputs: ["x"])]
        }
        expect(["functions", "0", "outputs", "1"], "lists output 'z' twice") {
            $0.functions = [PlanFunction("f", inputs: ["x", "y"], outputs: ["z", "z"])]
        }
        expect(["functions", "0"], "neither inputs nor outputs") {
            $0.functions = [PlanFunction("f", inputs: [], outputs: [])]
        }
        expect(kernel + ["outputs", "0", "inPlaceOf"], "'in/3', which is no input") {
            $0.actors[1].kernels[0].outputs[0].inPlaceOf = ArgumentName("in", 3)
        }
        expect(["actors", "1", "kernels"], "has no kernel") { $0.actors[1].kernels = [] }
        expect([], "neither actors nor inputs") { $0 = PlanSpec("p") }
    }

    @Test func arguments() {
        expect(kernel + ["inputs"], "argument 'in/1' twice") { $0.actors[1].kernels[0].inputs[2].argument.index = 1 }
        expect(kernel + ["inputs"], "has argument 'in/3' among its inputs, but no 'in/2'") {
            $0.actors[1].kernels[0].inputs[2].argument.index = 3
        }
        expect(kernel + ["inputs"], "but no 'other/0'") {
            $0.actors[1].kernels[0].inputs[2].argument = ArgumentName("other", 1)
        }
        expect(kernel + ["outputs"], "argument 'in/0' twice") {
            $0.actors[1].kernels[0].outputs[0].argument = ArgumentName("in", 0)
        }
        expect(kernel + ["outputs"], "but no 'out/0'") { $0.actors[1].kernels[0].outputs[0].argument.index = 1 }
        expect(kernel + ["variables"], "argument 'out/0' twice") {
            $0.actors[1].kernels[0].variables = [PlanVariable(ArgumentName("out"), Sample.small)]
        }
        expect(kernel + ["variables"], "but no 'w/0'") {
            $0.actors[1].kernels[0].variables = [PlanVariable(ArgumentName("w", 1), Sample.small)]
        }
        expect(kernel + ["inputs", "0", "argument", "index"], "has index -1") {
            $0.actors[1].kernels[0].inputs[0].argument.index = -1
        }
    }

    @Test func sizes() {
        func type(_ path: [String], _ part: String, _ type: BlobType) {
            expect(["inputs", "0", "type"] + path, part) { $0.inputs[0].type = type }
            expect(kernel + ["outputs", "0", "type"] + path, part) { $0.actors[1].kernels[0].outputs[0].type = type }
            expect(kernel + ["variables", "0", "type"] + path, part) {
                $0.actors[1].kernels[0].variables = [PlanVariable(ArgumentName("w"), type)]
            }
        }
        type(["shape"], "13 axes", BlobType(.uint8, Array(repeating: 1, count: 13)))
        type(["shape", "1"], "-1 elements along axis 1", BlobType(.uint8, [0, -1]))
        type([], "more than \(BlobType.mostBytes) bytes", BlobType(.uint8, [BlobType.mostBytes + 1]))
        type([], "more than", BlobType(.float64, [.max, .max]))
        type([], "more than", BlobType(.bytes(capacity: -1), [1]))
        type([], "more than", BlobType(.bytes(capacity: .max), [1]))
        #expect(error { $0.inputs[0].type = BlobType(.uint8, Array(repeating: 1, count: 12)) } == nil)
        expect(kernel + ["scratch"], "-1 bytes of scratch") { $0.actors[1].kernels[0].scratch = -1 }
        expect(kernel + ["scratch"], "bytes of scratch") { $0.actors[1].kernels[0].scratch = Limits.mostSlotSize + 1 }
        for slots in [0, -1, Limits.mostSlots + 1] {
            expect(["inputs", "0", "slots"], "asks for \(slots) slots") { $0.inputs[0].slots = slots }
            expect(kernel + ["outputs", "0", "slots"], "asks for \(slots) slots") {
                $0.actors[1].kernels[0].outputs[0].slots = slots
            }
        }
        #expect(error { $0.inputs[0].slots = Limits.mostSlots } == nil)
    }

    @Test func timesAndFirings() {
        for time in [0, PlanLimits.mostNanoseconds + 1] {
            expect(["interval"], "the interval is \(time) ns") { $0.interval = time }
            expect(["actors", "1", "duration"], "duration of actor 'add_n' is \(time) ns") {
                $0.actors[1].duration = time
            }
        }
        #expect(error { $0.interval = PlanLimits.mostNanoseconds } == nil)
        expect(["actors", "1", "firings"], "has inputs") { $0.actors[1].firings = 1 }
        expect(["actors", "2", "firings"], "fires 0 times") { $0.actors.append(Sample.actor("s", firings: 0)) }
        expect(["actors", "2", "firings"], "has inputs") {
            $0.actors.append(Sample.actor("s", firings: 1))
            $0.controls = [ControlEdge(before: "add_n", after: "s")]
        }
        #expect(error { $0.actors.append(Sample.actor("s", firings: 1)) } == nil)
    }

    @Test func counts() {
        for parallel in [0, -1, PlanLimits.mostParallel + 1] {
            expect(["actors", "1", "parallel"], "is there \(parallel) times") { $0.actors[1].parallel = parallel }
        }
        expect(["actors", "1", "nodes"], "is there 1 times and names 2 nodes") { $0.actors[1].nodes = ["n0", "n0"] }
        expect(["actors", "2", "nodes"], "is there 3 times and names 2 nodes") {
            $0.actors.append(Sample.actor("s", parallel: 3, nodes: ["n0", "n0"]))
        }
        expect(["actors"], "4100 actors with their parallel instances") { spec in
            spec.actors += (0..<16).map { Sample.actor("s\($0)", parallel: $0 == 0 ? 254 : 256) }
        }
        // Readers of one blob, the output's interface being one.
        func readers(_ count: Int) -> (inout PlanSpec) -> Void {
            { spec in
                spec.outputs = []
                spec.actors.append(Sample.actor("s", ["z"], parallel: count))
            }
        }
        #expect(error(readers(Limits.mostReaders - 1)) == nil)
        expect(
            ["actors", "0", "kernels", "0", "outputs", "0"], "blob 'z/0' has 129 readers; at most 128",
            readers(Limits.mostReaders))
    }

    @Test func aChannelsNameHoldsThoseOfPlanAndRegister() {
        func named(_ bytes: Int) -> (inout PlanSpec) -> Void {
            { spec in
                spec.name = String(repeating: "p", count: 100)
                spec.actors[0].name = String(repeating: "a", count: bytes)
                spec.actors[0].kernels[0].outputs[0].blob = String(repeating: "z", count: 50)
                spec.actors[1].kernels[0].inputs[2].blob = String(repeating: "z", count: 50)
                spec.outputs.removeFirst()
            }
        }
        #expect(error(named(76)) == nil)
        expect(["actors", "0", "kernels", "0", "outputs", "0"], "have 228 bytes together", named(77))
    }

    @Test func nodesThatAreNotThere() {
        func expectUnknown(_ path: [String], _ change: (inout PlanSpec) -> Void) {
            expect(path, "names node 'w', which is not there; there are: n0", code: .unknownNode, change)
            #expect(error(change)?.node == "w")
        }
        expectUnknown(["inputs", "0", "node"]) { $0.inputs[0].node = "w" }
        expectUnknown(["actors", "1", "nodes", "0"]) { $0.actors[1].nodes = ["w"] }
        expectUnknown(["outputs", "1", "node"]) { $0.outputs[1].node = "w" }
        expectUnknown(["budgets", "w"]) { $0.budgets = ["w": 1] }
        #expect(throws: PlanError.self) { try Compiler.compile(Sample.seed(), sites: []) }
        #expect(throws: PlanError.self) { try Compiler.compile(Sample.seed(), sites: Sample.oneNode + Sample.oneNode) }
    }

    @Test func errorsSayWhere() {
        let error = error { $0.inputs[1].slots = 0 }
        #expect(error?.description == "inputs.1.slots: input 'y' asks for 0 slots; give 1 to 1048576, or nothing")
    }
}
