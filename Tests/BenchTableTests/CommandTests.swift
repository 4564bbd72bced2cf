import BenchTable
import Foundation
import SluiceModel
import SluiceTesting
import Testing

/// The programs themselves, as `deploy/bench` runs them.
@Suite(.timeLimit(.minutes(1))) struct CommandTests {
    private func run(_ program: String, _ arguments: [String]) async throws -> (exit: ChildProcess.Exit, output: String)
    {
        let directory = try ClusterDirectory(ClusterTag.make())
        defer { directory.remove() }
        let child = try await ChildProcess.start(
            .init(
                label: program, executable: try Executables.find(program), arguments: arguments,
                environment: ["COLUMNS": "200"], output: directory.file("out"), errors: directory.file("err")))
        let exit = try await child.wait(within: .seconds(50))
        return (exit, child.output)
    }

    @Test func helpTeaches() async throws {
        let help = try await run("BenchTable", ["--help"])
        #expect(help.exit == .code(0))
        for text in ["deploy/bench --quick", "--only", "--peers", "--curves", "--format"] {
            #expect(help.output.contains(text))
        }
    }

    @Test(arguments: [["--only", "P16"], ["--peers", "nobody"], ["--repetitions", "0"], ["--format", "xml"]])
    func wrongUsageIs64(_ arguments: [String]) async throws {
        #expect(try await run("BenchTable", arguments).exit == .code(64))
    }

    @Test func aTinyRunIsWholeJSON() async throws {
        let found = try await run(
            "BenchTable",
            [
                "--format", "json", "--only", "P1,P2", "--seconds", "0.02", "--repetitions", "2", "--peers", "none",
                "--quick",
            ])
        #expect(found.exit == .code(0))
        let document = try #require(try JSONSerialization.jsonObject(with: Data(found.output.utf8)) as? [String: Any])
        let targets = try #require(document["targets"] as? [[String: Any]])
        #expect(targets.map { $0["id"] as? String } == Targets.ids)
        // How fast it is says nothing here; that it was measured does.
        #expect(targets[0]["holds"] is Bool && targets[1]["holds"] is Bool)
        #expect(targets[5]["holds"] is NSNull && (targets[5]["reason"] as? String)?.isEmpty == false)
    }

    private func rows(_ program: String, _ arguments: [String]) async throws -> [Row] {
        let found = try await run(program, arguments)
        #expect(found.exit == .code(0))
        return found.output.split(separator: "\n").compactMap { Row(tabSeparated: String($0)) }
    }

    @Test func theFloorHasAFigureForEachOfItsWorks() async throws {
        let rows = try await rows("FloorPeer", ["0.02"])
        let works = Set(rows.map { "\($0.key.work)\t\($0.key.name)" })
        let listed = try await run("FloorPeer", ["--list"]).output.split(separator: "\n").map(String.init)
        #expect(works == Set(listed))
        #expect(!rows.contains { $0.isFault })
        #expect(rows.allSatisfy { Contender($0.key.peer) == .floor })
    }

    @Test(arguments: [[], ["--curve"]]) func libzmqHasAFigureForEachOfItsWorks(mode: [String]) async throws {
        let rows = try await rows("ZeroMQPeer", mode + ["0.02"])
        let works = Set(rows.map { "\($0.key.work)\t\($0.key.name)" })
        let listed = try await run("ZeroMQPeer", mode + ["--list"]).output.split(separator: "\n").map(String.init)
        #expect(works == Set(listed))
        #expect(!rows.contains { $0.isFault })
        #expect(rows.allSatisfy { Variant($0.key.peer) == (mode.isEmpty ? .plain : .curve) })
    }

    @Test func aWorkThatIsNotThereIsWrongUsage() async throws {
        #expect(try await run("FloorPeer", ["0.1", "W9"]).exit == .code(64))
        #expect(try await run("ZeroMQPeer", ["nonsense"]).exit == .code(64))
    }
}
