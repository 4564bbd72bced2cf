import BenchTable
import Foundation
import Testing

struct ReportTests {
    static let machine = Machine(
        date: "2026-11-21T12:00:00Z", processor: "A processor", cores: 2, memoryGiB: 24, kernel: "Linux 6.18",
        swift: "Swift 6.3", libzmq: "4.3.4", commit: "abc")

    static func report(_ rows: [Row], absences: [Contender: String] = [:]) -> Report {
        var results = Results(rows)
        results.absences = absences
        return Report(
            machine: machine, settings: "deploy/bench", results: results, targets: Targets.judge(results),
            notes: ["a note"])
    }

    @Test func theTableJoinsAllByWork() throws {
        let comparison = Comparison(Results(Recorded.rows))
        let line = try #require(comparison.lines.first { $0.work == "W4" && $0.name == "rtt 8B" })
        #expect(line.ours == .value(90))
        #expect(line.floor == .value(23))
        #expect(line.peers == [.zmq: .value(86), .ray: .value(769)])
        #expect(try #require(line.overFloor) == 90.0 / 23)
        #expect(try #require(line.overBestPeer) == 90.0 / 86)
        let fanOut = try #require(comparison.lines.first { $0.name == "fan-out 1MiB x4" && $0.work == "W2" })
        #expect(fanOut.floor == .value(80))
        #expect(fanOut.overBestPeer == 90.0 / 35)
        let loan = try #require(comparison.lines.first { $0.name == "fan-out 1MiB x4, made in place" })
        #expect(loan.overBestPeer == 900.0 / 35)
        let encrypted = try #require(comparison.lines.first { $0.name == "rtt 8B, encrypted" })
        #expect(encrypted.overBestPeer == 1.5 && encrypted.overFloor == nil)
        #expect(comparison.peers == [.zmq, .iceoryx2, .vllm, .nats, .ray])
        // What was slowed by counting, and what is no speed at all.
        #expect(!comparison.lines.contains { $0.name.contains("x3") || $0.work > "W4" })
    }

    @Test func whatDroppedIsShownAsVoid() throws {
        let dropped = Row(Row.Key("vllm MessageQueue tcp", "W4", "fan-out 1MiB x4"), "lost", 7)
        let text = Comparison(Results(Recorded.rows + [dropped])).text
        let line = try #require(text.first { $0.contains("| W4   | fan-out 1MiB x4") })
        #expect(line.contains("void"))
        #expect(Set(text.map(\.count)).count == 1)
    }

    @Test func theTextSaysWhereAndWhatHolds() {
        let text = Self.report(Recorded.rows).text.joined(separator: "\n")
        for part in ["A processor, 2 cores", "commit abc", "libzmq 4.3.4", "| P15 |", "a note", "1.50 × libzmq: no"] {
            #expect(text.contains(part))
        }
    }

    @Test func jsonHasAnObjectForEachTarget() throws {
        let rows = Recorded.rows.filter { Contender($0.key.peer) != .vllm }
        let json = try Self.report(rows, absences: [.vllm: "not asked for"]).json
        let document = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        let targets = try #require(document["targets"] as? [[String: Any]])
        #expect(targets.map { $0["id"] as? String } == Targets.ids)
        for target in targets {
            for key in ["figure", "must", "reach"] { #expect((target[key] as? String)?.isEmpty == false) }
            if target["id"] as? String == "P4" {
                #expect(target["holds"] is NSNull)
                #expect(target["reason"] as? String == "vLLM: not asked for")
            } else {
                #expect(target["holds"] as? Bool == true)
                #expect(target["reason"] == nil)
            }
        }
        #expect((document["machine"] as? [String: Any])?["cores"] as? Int == 2)
        #expect((document["table"] as? [Any])?.isEmpty == false)
        #expect(
            (document["figures"] as? [Any])?.count
                == Set(rows.map { [$0.key.peer, $0.key.work, $0.key.name, $0.metric] }).count)
    }

    @Test func tabSeparatedIsEveryFigure() {
        #expect(Self.report(Recorded.rows).tabSeparated.compactMap { Row(tabSeparated: $0) } == Recorded.rows)
    }
}
