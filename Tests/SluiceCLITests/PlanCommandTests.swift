import Foundation
import SluiceTesting
import Testing

/// `sluice plan` where it needs no cluster.
@Suite(.timeLimit(.minutes(1))) struct PlanCommandTests {
    /// A directory with files in it; gone at the end.
    struct Folder: ~Copyable {
        let path = NSTemporaryDirectory() + "/sluice-plans-\(UUID().uuidString)"

        init(_ files: [String: String]) throws {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            for (name, text) in files { try Data(text.utf8).write(to: URL(fileURLWithPath: file(name))) }
        }

        func file(_ name: String) -> String { path + "/" + name }

        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    func sluice(_ arguments: String..., input: String? = nil) async throws -> CommandLineTests.Outcome {
        try await CommandLineTests().run(try Executables.sluice(), arguments, input: input)
    }

    func json(_ text: String) throws -> Any { try JSONSerialization.jsonObject(with: Data(text.utf8)) }

    static let good = """
        plan: sums
        inputs:
          x: {dtype: float32, shape: [3, 3]}
        actors:
          double:
            node: a
            duration: 1.5ms
            kernels:
              - kernel: add_n
                in: {in: [x, x]}
                out: {out: {blob: y, dtype: float32, shape: [3, 3]}}
        outputs: {y: {blob: y, node: b}}
        """

    @Test(arguments: ["validate", "compile", "show"]) func helpTeaches(_ command: String) async throws {
        let help = try await sluice("plan", command, "--help")
        #expect(help.code == .code(0))
        #expect(help.output.contains("  sluice plan \(command) "))
        #expect(try await sluice("plan", "--help").output.contains("  \(command) "))
    }

    @Test func aPlanThatCanBe() async throws {
        let folder = try Folder(["good.yaml": Self.good])
        let outcome = try await sluice("plan", "validate", folder.file("good.yaml"))
        #expect(outcome.code == .code(0))
        #expect(outcome.errors.isEmpty)
        #expect(
            outcome.output
                == "\(folder.file("good.yaml")): plan sums, 3 actors, 2 registers, memory: a 512 B, b 256 B\n")
    }

    @Test func everythingWrongInEveryFile() async throws {
        let folder = try Folder([
            "good.yaml": Self.good,
            "typo.yaml": Self.good.replacing("kernels", with: "kernel").replacing("ms", with: ""),
            "graph.yaml": Self.good.replacing("[x, x]", with: "[x, q]"),
        ])
        let files = ["typo.yaml", "good.yaml", "missing.yaml", "graph.yaml"].map { folder.file($0) }
        let outcome = try await sluice("plan", "validate", files[0], files[1], files[2], files[3])
        #expect(outcome.code == .code(1))
        let lines = outcome.output.split(separator: "\n")
        try #require(lines.count == 6)
        #expect(lines[0].hasPrefix("\(files[0]):5:3: actors.double: \"kernels\" is missing"))
        #expect(lines[1].hasPrefix("\(files[0]):7:15: actors.double.duration: \"1.5\" has no unit"))
        #expect(
            lines[2].hasPrefix("\(files[0]):8:5: actors.double.kernel: an actor has no key \"kernel\"; did you mean"))
        #expect(lines[3].hasPrefix("\(files[1]): plan sums"))
        #expect(lines[4].hasPrefix("\(files[2]): system: open \(files[2]) failed"))
        #expect(lines[5].hasPrefix("\(files[3]):10:22: actors.double.kernels[0].in.in[1]: "))
    }

    @Test func verdictsAsJSON() async throws {
        let folder = try Folder(["good.yaml": Self.good, "bad.yaml": "plan: p\nactors: []"])
        let outcome = try await sluice(
            "plan", "validate", "--format", "json", folder.file("good.yaml"), folder.file("bad.yaml"), "/nowhere")
        #expect(outcome.code == .code(1))
        let verdicts = try #require(try json(outcome.output) as? [[String: Any]])
        try #require(verdicts.count == 3)
        #expect(verdicts.map { $0["isValid"] as? Bool } == [true, false, false])
        #expect(verdicts[0]["plan"] as? String == "sums")
        #expect((verdicts[0]["hash"] as? String)?.count == 16)
        let problem = try #require((verdicts[1]["problems"] as? [[String: Any]])?.first)
        #expect(problem["line"] as? Int == 2)
        #expect(problem["column"] as? Int == 1)
        #expect(problem["key"] as? String == "actors")
        #expect((verdicts[2]["error"] as? String)?.contains("/nowhere") == true)
    }

    @Test func nodesAreThoseThatAreGiven() async throws {
        let open = Self.good.replacing("    node: a\n", with: "").replacing(", node: b", with: "")
        let folder = try Folder(["good.yaml": Self.good, "open.yaml": open])
        let file = folder.file("good.yaml")
        let unknown = try await sluice("plan", "validate", file, "--node", "a")
        #expect(unknown.code == .code(1))
        #expect(unknown.output.hasPrefix("\(file):12:30: outputs.y.node: "))
        let small = try await sluice("plan", "validate", file, "--node", "a=100", "--node", "b=1KiB")
        #expect(small.code == .code(1))
        #expect(small.output.contains("node 'a' has 100 bytes"))
        let enough = try await sluice("plan", "validate", file, "--node", "a=1KiB", "--node", "b=1KiB", "--node", "c")
        #expect(enough.code == .code(0))
        let local = try await sluice("plan", "validate", folder.file("open.yaml"))
        #expect(local.output.contains("memory: local 512 B"))
    }

    @Test func aPlanComesFromStandardInput() async throws {
        let folder = try Folder(["good.yaml": Self.good])
        let outcome = try await sluice("plan", "validate", "-", input: folder.file("good.yaml"))
        #expect(outcome.code == .code(0))
        #expect(outcome.output.hasPrefix("standard input: plan sums"))
    }

    @Test func theCompiledPlanIsPrinted() async throws {
        let folder = try Folder(["good.yaml": Self.good])
        let outcome = try await sluice("plan", "compile", folder.file("good.yaml"))
        #expect(outcome.code == .code(0))
        let plan = try #require(try json(outcome.output) as? [String: Any])
        #expect((plan["registers"] as? [Any])?.count == 2)
        #expect((plan["spec"] as? [String: Any])?["name"] as? String == "sums")
        #expect(plan["interval"] as? Int == 1_500_000)
        let text = try await sluice("plan", "compile", folder.file("good.yaml"), "--format", "text")
        #expect(text.code == .code(0))
        for word in ["sums", plan["hash"] as? String ?? "?", "double/y", "in.x/x", "a:0"] {
            #expect(text.output.contains(word), "\(text.output)")
        }
    }

    @Test func aPlanIsDrawn() async throws {
        let folder = try Folder(["good.yaml": Self.good])
        let expected = ["text": "REGISTER", "mermaid": "flowchart", "dot": "digraph", "json": "\"registers\" : ["]
        for (format, word) in expected {
            let outcome = try await sluice("plan", "show", folder.file("good.yaml"), "--format", format)
            #expect(outcome.code == .code(0))
            #expect(outcome.errors.isEmpty)
            #expect(outcome.output.contains(word), "\(outcome.output)")
            #expect(outcome.output.contains("double"))
            #expect(outcome.output.hasSuffix("\n") && !outcome.output.hasSuffix("\n\n"))
        }
    }

    @Test(arguments: ["compile", "show"]) func whatCannotBeIsToldToStandardError(_ command: String) async throws {
        let folder = try Folder(["bad.yaml": "plan: p", "cycle.yaml": Self.good.replacing("[x, x]", with: "[x, q]")])
        for (file, place) in [("bad.yaml", ":1:1: \"actors\" is missing"), ("cycle.yaml", ":10:22: actors.double")] {
            let outcome = try await sluice("plan", command, folder.file(file))
            #expect(outcome.code == .code(1))
            #expect(outcome.output.isEmpty)
            #expect(outcome.errors.hasPrefix(folder.file(file) + place))
        }
        let missing = try await sluice("plan", command, "/nowhere/plan.yaml")
        #expect(missing.code == .code(1))
        #expect(missing.errors.contains("/nowhere/plan.yaml"))
    }

    @Test(arguments: [
        ["plan", "validate"], ["plan", "compile"], ["plan", "compile", "f", "g"], ["plan", "show"],
        ["plan", "nonsense"],
        ["plan", "validate", "f", "--node", "a=lots"], ["plan", "validate", "f", "--node", ""],
        ["plan", "validate", "f", "--node", "a", "--node", "a=1"], ["plan", "compile", "f", "--format", "xml"],
        ["plan", "validate", "f", "--format", "dot"], ["plan", "show", "f", "--format", "svg"],
    ]) func wrongUsageIs64(_ arguments: [String]) async throws {
        let outcome = try await CommandLineTests().run(try Executables.sluice(), arguments)
        #expect(outcome.code == .code(64))
        #expect(!outcome.errors.isEmpty)
    }
}
