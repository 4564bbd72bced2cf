import Foundation
import SluiceModel
import SluiceTesting
import Testing

/// The executable itself, by what it prints and how it exits.
@Suite(.timeLimit(.minutes(1))) struct CommandLineTests {
    struct Outcome {
        var code: ChildProcess.Exit
        var output: String
        var errors: String
    }

    func sluice(_ arguments: String...) async throws -> Outcome {
        try await run(try Executables.sluice(), arguments)
    }

    func run(_ executable: String, _ arguments: [String], input: String? = nil) async throws -> Outcome {
        let tag = ClusterTag.make()
        let directory = try ClusterDirectory(tag)
        defer { directory.remove() }
        let child = try await ChildProcess.start(
            .init(
                label: "sluice", executable: executable, arguments: arguments, environment: ["COLUMNS": "200"],
                input: input, output: directory.file("out"), errors: directory.file("err")))
        let code = try await child.wait()
        return Outcome(code: code, output: child.output, errors: child.errors)
    }

    @Test func helpTeaches() async throws {
        let help = try await sluice("--help")
        #expect(help.code == .code(0))
        for text in ["sluice up --nodes 2", "EXIT CODES", "SLUICE_ADDRESS", "coordinator", "write", "bench"] {
            #expect(help.output.contains(text))
        }
        #expect(!help.output.contains("bench-role"))
    }

    @Test(arguments: ["coordinator", "agent", "up", "keygen", "write", "read", "plan", "status", "bench"])
    func everyCommandHasHelpWithAnExample(_ command: String) async throws {
        let help = try await sluice(command, "--help")
        #expect(help.code == .code(0))
        #expect(help.output.contains("  sluice \(command)"))
    }

    @Test(arguments: [
        ["nonsense"], ["write"], ["write", "news"], ["read", "news"], ["up", "--nodes", "0"], ["up", "--nodes", "65"],
        ["agent", "--control-port", "65536"], ["agent", "--log-level", "loud"], ["bench", "--local", "--remote"],
        ["bench", "--rtt", "8,x"], ["write", "", "--readers", "a"], ["write", "news", "--readers", "a,,b"],
        ["write", "news", "--readers", "a", "--slots", "0"], ["write", "news", "--readers", "a", "--slot-size", "0"],
        ["read", "a\nb", "--as", "bob"], ["read", "news", "--as", ""], ["status", "--address", "nowhere"],
        ["status", "--address", "unix://relative"], ["up", "--nodes", "x"], ["bench", "--fan-out", "0"],
        ["status", "--format", "xml"], ["bench", "--idle", "0"], ["bench", "--memory", "1x"],
        ["bench", "--beside", "1024"], ["bench", "--idle", "1", "--address", "unix:///nowhere"],
    ]) func wrongUsageIs64(_ arguments: [String]) async throws {
        let outcome = try await run(try Executables.sluice(), arguments)
        #expect(outcome.code == .code(64))
        #expect(!outcome.errors.isEmpty)
    }

    @Test(arguments: ["unix:///nowhere/agent.sock", "tcp://127.0.0.1:9"])
    func noAgentIs3(_ address: String) async throws {
        for command in [
            ["status"], ["read", "news", "--as", "bob"], ["write", "news", "--readers", "bob", "/dev/null"],
        ] {
            let outcome = try await run(try Executables.sluice(), command + ["--address", address])
            #expect(outcome.code == .code(3))
            #expect(outcome.errors.contains(address.hasPrefix("unix") ? "/nowhere/agent.sock" : "127.0.0.1:9"))
        }
    }

    @Test func aFileThatIsNotThereIs1() async throws {
        let outcome = try await sluice("write", "news", "--readers", "bob", "/nowhere/file")
        #expect(outcome.code == .code(1))
        #expect(outcome.errors.contains("/nowhere/file"))
    }

    /// The bytes of a name must arrive unrepaired; they come through xargs because a Swift string cannot hold them.
    @Test func argumentsThatAreNotUTF8AreRefused() async throws {
        let file = NSTemporaryDirectory() + "/sluice-arguments-\(getpid())"
        defer { try? FileManager.default.removeItem(atPath: file) }
        try Data([0x6e, 0xff, 0x73]).write(to: URL(fileURLWithPath: file))
        let outcome = try await run(
            "xargs", ["-0", try Executables.sluice(), "read", "--as", "bob"], input: file)
        #expect(outcome.code == .code(123))
        #expect(outcome.errors.contains("argument 4 is not UTF-8"))
    }
}
