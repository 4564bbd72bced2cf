import PlanFiles
import Planning
import Testing

/// Many problems in one file; and those of the compiler.
struct ErrorCollectionTests {
    @Test func allProblemsAreTold() {
        let text = """
            plan: p
            interval: 5
            inputs:
              x: {dtype: float23, shape: [3]}
              x: {dtype: float32, shape: [3]}
              x: {dtype: float32, shape: 3}
            actors:
              "a": {kernels: [], kernels: [], nodes: x}
              a: {kernels: []}
            """
        let found = problems(text).map { "\($0.line):\($0.column) \($0.key)" }
        #expect(
            found == [
                "2:11 interval", "4:14 inputs.x.dtype", "5:3 inputs.x", "6:3 inputs.x", "8:22 actors.a.kernels",
                "8:42 actors.a.nodes", "9:3 actors.a",
            ])
    }

    @Test(arguments: [19, 20, 21, 500]) func notMoreThanTwentyAreTold(_ count: Int) throws {
        let text = "plan: p\nactors: {}\n" + (0..<count).map { "x\($0): 1\n" }.joined()
        guard case .failure(let error) = read(text) else {
            Issue.record("that is no plan")
            return
        }
        #expect(error.problems.count == min(count, 20))
        #expect(error.isCutShort == (count > 20))
        #expect(error.problems.map(\.line) == Array(3..<3 + min(count, 20)))
        #expect(error.description.hasSuffix("test.yaml: and more; these are the first 20") == (count > 20))
    }

    @Test func manyRepeatedKeysEnd() {
        let text = "plan: p\nactors: {}\n" + (0..<200).map { "x\($0 / 2): 1\n" }.joined()
        #expect(!problems(text).isEmpty)
        let one = "plan: p\nactors: {" + (0..<300).map { _ in "a: {}" }.joined(separator: ", ") + "}"
        #expect(problems(one).allSatisfy { $0.line == 2 })
        #expect(!problems(one).isEmpty)
    }

    @Test func aLineNamesFilePlaceAndKey() {
        guard case .failure(let error) = read("plan: p\nactors: {a: {node: b}}") else {
            Issue.record("that is no plan")
            return
        }
        #expect(
            error.description == "test.yaml:2:10: actors.a: \"kernels\" is missing: a list of what it runs, in order")
    }

    /// A message is for a terminal: it is one line, not long, and cannot steer it.
    @Test func whatAFileSaysIsShownSafely() {
        let text = "plan: p\nactors: {}\n\"\\e[2J\(String(repeating: "x", count: 900))\": 1"
        let found = problems(text)
        #expect(found.count == 1)
        #expect(found.allSatisfy { !$0.message.unicodeScalars.contains { $0.value < 0x20 } })
        #expect(found.allSatisfy { $0.message.utf8.count < 400 && $0.key.utf8.count < 100 })
    }
}

/// Every path of the declaration has its place.
struct PlaceTests {
    static let text = PlanFileTests.complete

    @Test(
        arguments: [
            ("", 1, 1, ""), ("name", 1, 7, "plan"), ("interval", 2, 11, "interval"), ("budgets.b", 3, 24, "budgets.b"),
            ("inputs.1", 6, 3, "inputs.y"), ("inputs.1.name", 6, 3, "inputs.y"),
            ("inputs.1.slots", 6, 60, "inputs.y.slots"),
            ("inputs.1.node", 6, 69, "inputs.y.node"), ("inputs.0.type", 5, 3, "inputs.x"),
            ("inputs.0.type.shape", 5, 23, "inputs.x.shape"), ("inputs.0.type.shape.1", 5, 34, "inputs.x.shape[1]"),
            ("inputs.0.type.element", 5, 14, "inputs.x.dtype"), ("inputs.2.type.device", 7, 43, "inputs.words.device"),
            ("actors.0", 9, 3, "actors.matmul"), ("actors.0.nodes", 10, 11, "actors.matmul.node"),
            ("actors.0.nodes.0", 10, 11, "actors.matmul.node"), ("actors.0.duration", 11, 15, "actors.matmul.duration"),
            ("actors.0.kernels.0", 14, 9, "actors.matmul.kernels[0]"),
            ("actors.0.kernels.0.kernel", 14, 17, "actors.matmul.kernels[0].kernel"),
            ("actors.0.kernels.0.inputs", 15, 9, "actors.matmul.kernels[0].in"),
            ("actors.0.kernels.0.inputs.1", 15, 20, "actors.matmul.kernels[0].in.b"),
            ("actors.0.kernels.0.inputs.1.blob", 15, 23, "actors.matmul.kernels[0].in.b"),
            ("actors.1.nodes.1", 18, 16, "actors.add_n.nodes[1]"),
            ("actors.1.kernels.0.inputs.2", 21, 25, "actors.add_n.kernels[0].in.in[2]"),
            ("actors.1.kernels.0.inputs.3.blob", 21, 38, "actors.add_n.kernels[0].in.other/2"),
            ("actors.1.kernels.0.outputs.0.inPlaceOf", 23, 67, "actors.add_n.kernels[0].out.out.in-place"),
            ("actors.1.kernels.0.outputs.2.blob", 24, 61, "actors.add_n.kernels[0].out.more[1].blob"),
            ("actors.1.kernels.0.attributes.list", 25, 67, "actors.add_n.kernels[0].attributes.list"),
            ("actors.1.kernels.0.scratch", 26, 18, "actors.add_n.kernels[0].scratch"),
            ("actors.1.kernels.0.variables.0.type.shape", 27, 43, "actors.add_n.kernels[0].variables.sum.shape"),
            ("actors.2.parallel", 28, 21, "actors.third.parallel"), ("controls.0.after", 29, 35, "control[0].after"),
            ("outputs.0.blob", 30, 14, "outputs.z"), ("outputs.1.index", 30, 46, "outputs.a.index"),
            ("functions.0.inputs.1", 31, 34, "functions.matmul.inputs[1]"),
            ("functions.9.inputs.1", 31, 1, "functions"), ("nonsense", 1, 1, ""),
        ] as [(String, Int, Int, String)])
    func everyPathHasAPlace(_ path: String, _ line: Int, _ column: Int, _ key: String) throws {
        let file = try PlanFile.read(text: Self.text, named: "f.yaml")
        let place = file.place(of: path.split(separator: ".").map(String.init))
        #expect((place.line, place.column, place.key) == (line, column, key))
    }

    @Test func whatTheCompilerSaysHasALine() throws {
        let file = try PlanFile.read(text: Self.text, named: "f.yaml")
        let error = PlanError(.invalid, "no such blob", path: ["actors", "1", "kernels", "0", "inputs", "2", "blob"])
        #expect(
            file.locating(error).description
                == "f.yaml:21:25: actors.add_n.kernels[0].in.in[2]: no such blob")
    }
}
