import Foundation
import PlanFiles
import Planning
import Testing

/// What the compiler refuses is shown where it stands in the file.
struct CompilerErrorTests {
    /// Line 5 begins the actors; `one` makes z of x, `two` makes a of z.
    static let good = """
        plan: p
        budgets: {n: 1MiB}
        inputs:
          x: {dtype: float32, shape: [3, 3]}
        actors:
          one:
            node: n
            kernels:
              - kernel: k
                in: {in: x}
                out: {out: {blob: z, dtype: float32, shape: [3, 3]}}
          two:
            kernels:
              - kernel: k
                in: {in: [z, x]}
                out: {out: {blob: a, dtype: float32, shape: [3, 3], in-place: in/0}}
        control: [{before: one, after: two}]
        outputs: {a: a, z: {blob: z, node: n}}
        functions: {f: {inputs: [x], outputs: [a, z]}}
        """

    func refusal(_ text: String, sites: [Compiler.Site] = [.init("n", budget: 1 << 30)]) throws -> PlanFileError? {
        let file = try PlanFile.read(text: text, named: "f.yaml")
        do throws(PlanError) {
            _ = try Compiler.compile(file.spec, sites: sites)
            return nil
        } catch { return file.locating(error) }
    }

    @Test func theGoodOneCompiles() throws { #expect(try refusal(Self.good) == nil) }

    @Test(
        arguments: [
            ("in: {in: x}", "in: {in: q}", 10, 18, "actors.one.kernels[0].in.in"),
            ("[z, x]", "[z, q]", 15, 22, "actors.two.kernels[0].in.in[1]"),
            ("blob: a,", "blob: z,", 16, 27, "actors.two.kernels[0].out.out.blob"),
            ("blob: a,", "blob: a/b,", 16, 27, "actors.two.kernels[0].out.out.blob"),
            ("in-place: in/0", "in-place: in/7", 16, 71, "actors.two.kernels[0].out.out.in-place"),
            ("kernel: k\n        in: {in: [", "kernel: ''\n        in: {in: [", 14, 17, "actors.two.kernels[0].kernel"),
            ("node: n\n", "node: m\n", 7, 11, "actors.one.node"),
            (
                "  x: {dtype: float32, shape: [3, 3]}", "  x: {dtype: float32, shape: [3, 3], node: m}", 4, 44,
                "inputs.x.node"
            ),
            (
                "  x: {dtype: float32, shape: [3, 3]}", "  x: {dtype: float32, shape: [3, 3], slots: 99999999}", 4, 45,
                "inputs.x.slots"
            ),
            ("after: two", "after: tow", 17, 32, "control[0].after"),
            ("before: one", "before: noe", 17, 20, "control[0].before"),
            ("z: {blob: z,", "z: {blob: y,", 18, 27, "outputs.z.blob"),
            ("blob: z, node: n}", "blob: z, index: 3}", 18, 37, "outputs.z.index"),
            ("{inputs: [x]", "{inputs: [w]", 19, 26, "functions.f.inputs[0]"),
            ("outputs: [a, z]", "outputs: [a, w]", 19, 43, "functions.f.outputs[1]"),
            ("  one:\n    node: n\n", "  one:\n    node: n\n    firings: 5\n", 8, 14, "actors.one.firings"),
            ("plan: p", "plan: a/b", 1, 7, "plan"), ("  two:", "  two/2:", 12, 3, "actors.two/2"),
            ("budgets: {n: 1MiB}", "budgets: {n: 100}", 2, 14, "budgets.n"),
            ("budgets: {n: 1MiB}", "budgets: {m: 1MiB}", 2, 14, "budgets.m"),
            ("shape: [3, 3], in", "shape: [9223372036854775807, 3], in", 16, 15, "actors.two.kernels[0].out.out"),
        ] as [(String, String, Int, Int, String)])
    func refusalsHavePlaces(_ old: String, _ new: String, _ line: Int, _ column: Int, _ key: String) throws {
        #expect(Self.good.contains(old))
        let problem = try #require(try refusal(Self.good.replacing(old, with: new))?.problems.first)
        #expect(problem.key.hasPrefix(key), "\(problem)")
        #expect((problem.line, problem.column) == (line, column), "\(problem)")
    }

    @Test func aCyclicWaitHasALine() throws {
        let text = """
            plan: p
            actors:
              one: {kernels: [{kernel: k, in: {in: b}, out: {out: {blob: a, dtype: int8, shape: []}}}]}
              two: {kernels: [{kernel: k, in: {in: a}, out: {out: {blob: b, dtype: int8, shape: []}}}]}
            """
        let problem = try #require(try refusal(text)?.problems.first)
        #expect([3: "actors.one", 4: "actors.two"][problem.line] == problem.key)
        #expect(problem.column == 3)
    }

    static let plans = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("deploy/plans")

    @Test func theExamplesCompile() throws {
        func read(_ name: String) throws -> PlanFile {
            try PlanFile.read(bytes: try Data(contentsOf: Self.plans.appendingPathComponent(name)), named: name)
        }
        let functions = try Compiler.compile(try read("two-functions.yaml").spec, sites: [.init("a", budget: 1 << 20)])
        #expect(functions.functions == [PlanFunction("two-functions", inputs: ["x", "y"], outputs: ["z", "a"])])
        let pipeline = try Compiler.compile(
            try read("pipeline.yaml").spec, sites: ["a", "b", "c"].map { .init($0, budget: 1 << 30) })
        #expect(pipeline.interval == 4_000_000)
        #expect(pipeline.registers.filter { $0.kind == .channel }.map(\.slots) == [3, 2, 2])
        #expect(pipeline.nodes.map(\.name) == ["a", "b", "c"])
    }
}
