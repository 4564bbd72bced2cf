import BenchTable
import Testing

struct TargetTests {
    struct Change: Sendable, CustomStringConvertible {
        var id: String
        var peer: String
        var work: String
        var name: String
        var metric: String
        /// What just holds, and what just fails.
        var good: Double
        var bad: Double

        var key: Row.Key { Row.Key(peer, work, name) }
        var description: String { "\(id) \(name) of \(peer)" }
    }

    /// Each bound of each target, from both sides.
    static let changes = [
        Change(id: "P1", peer: "sluice", work: "W1", name: "rtt 8B", metric: "p50 us", good: 1.74, bad: 1.76),
        Change(id: "P2", peer: "sluice futex", work: "W1", name: "rtt 8B", metric: "p50 us", good: 18.1, bad: 18.3),
        Change(id: "P3", peer: "sluice", work: "W1", name: "rtt 1MiB", metric: "p50 us", good: 186, bad: 188),
        Change(
            id: "P4", peer: "vllm MessageQueue shm", work: "W2", name: "fan-out 1MiB x4", metric: "GB/s", good: 35,
            bad: 37),
        Change(id: "P4", peer: "sluice", work: "W2", name: "fan-out 1MiB x4", metric: "GB/s", good: 73, bad: 71),
        Change(id: "P4", peer: "sluice loan", work: "W2", name: "fan-out 1MiB x4", metric: "GB/s", good: 71, bad: 69),
        Change(id: "P5", peer: "sluice", work: "W3", name: "one-way 64B", metric: "msg/s", good: 8.7e6, bad: 8.5e6),
        Change(id: "P6", peer: "sluice tcp", work: "W4", name: "rtt 8B", metric: "p50 us", good: 111, bad: 113),
        Change(id: "P7", peer: "sluice tcp", work: "W4", name: "rtt 1MiB", metric: "p50 us", good: 831, bad: 833),
        Change(id: "P8", peer: "sluice tcp", work: "W4", name: "one-way 1MiB", metric: "GB/s", good: 2.38, bad: 2.37),
        Change(id: "P8", peer: "sluice tcp", work: "W4", name: "one-way 16MiB", metric: "GB/s", good: 1.91, bad: 1.89),
        Change(
            id: "P9", peer: "sluice tcp", work: "W4", name: "fan-out 1MiB x4", metric: "GB/s", good: 9.76, bad: 9.74),
        Change(
            id: "P10", peer: "sluice tcp", work: "W4", name: "one-way 64B", metric: "msg/s", good: 4.1e6, bad: 3.9e6),
        Change(id: "P11", peer: "sluice tcp", work: "W6", name: "idle x10", metric: "cpu %", good: 1, bad: 1.01),
        Change(
            id: "P12", peer: "sluice", work: "W2", name: "fan-out 64B x16", metric: "cpu s/M", good: 0.149, bad: 0.151),
        Change(id: "P12", peer: "sluice", work: "W2", name: "fan-out 1MiB x16", metric: "cpu s/M", good: 89, bad: 91),
        Change(
            id: "P12", peer: "sluice tcp", work: "W4", name: "fan-out 1MiB x16", metric: "cpu s/M", good: 449, bad: 451),
        Change(id: "P12", peer: "sluice", work: "W1", name: "rtt 8B beside 1000", metric: "p50 us", good: 1, bad: 1.01),
        Change(
            id: "P12", peer: "sluice tcp", work: "W4", name: "rtt 8B beside 1000", metric: "p50 us", good: 107, bad: 109
        ),
        Change(id: "P13", peer: "sluice", work: "W5", name: "create", metric: "p50 us", good: 1999, bad: 2001),
        Change(id: "P13", peer: "sluice tcp", work: "W5", name: "create", metric: "p50 us", good: 4999, bad: 5001),
        Change(
            id: "P14", peer: "sluice loan", work: "W2", name: "fan-out 1MiB x3", metric: "copies", good: 0.01, bad: 1),
        Change(
            id: "P14", peer: "sluice tcp loan", work: "W4", name: "fan-out 1MiB x3", metric: "copies", good: 1.05,
            bad: 2),
        Change(
            id: "P15", peer: "sluice tcp", work: "W7", name: "memory 100 x 4 x 1MiB", metric: "beyond at rest MiB",
            good: 30, bad: 31),
    ]

    @Test func allHoldInAGoodRun() {
        let targets = Targets.judge(Results(Recorded.rows))
        #expect(targets.map(\.id) == Targets.ids)
        for target in targets {
            #expect(target.holds == true, "\(target.id): \(target.figure); \(target.reason ?? "")")
            #expect(target.reason == nil)
        }
    }

    @Test(arguments: changes) func eachBoundDecides(_ change: Change) throws {
        for (value, holds) in [(change.good, true), (change.bad, false)] {
            let targets = Recorded.targets(Recorded.rows(change.key, change.metric, value))
            #expect(try #require(targets[change.id]).holds == holds)
        }
    }

    @Test(arguments: changes) func whatIsMissingIsNotKnown(_ change: Change) throws {
        let target = try #require(Recorded.targets(Recorded.rows(change.key, change.metric, nil))[change.id])
        #expect(target.holds == nil)
        #expect(target.reason?.isEmpty == false)
    }

    @Test(arguments: changes) func whatIsVoidIsNotKnown(_ change: Change) throws {
        let target = try #require(Recorded.targets(Recorded.rows + [Row(change.key, "lost", 1)])[change.id])
        #expect(target.holds == nil)
        #expect(target.reason?.contains("void") == true)
    }

    @Test func aTargetIsOnlyAskedForWhatItNeeds() {
        let changed = Set(Self.changes.map(\.id))
        #expect(changed == Set(Targets.ids))
    }

    @Test func whatFailsDecidesAlsoWhereAPeerIsMissing() throws {
        var results = Results(
            Recorded.rows(Row.Key("sluice loan", "W2", "fan-out 1MiB x4"), "GB/s", 10)
                .filter { Contender($0.key.peer) != .vllm })
        results.absences[.vllm] = "not asked for"
        let failing = try #require(Targets.judge(results).first { $0.id == "P4" })
        #expect(failing.holds == false)
        #expect(failing.reason == nil)

        var unknown = Results(Recorded.rows.filter { Contender($0.key.peer) != .vllm })
        unknown.absences[.vllm] = "not asked for"
        let target = try #require(Targets.judge(unknown).first { $0.id == "P4" })
        #expect(target.holds == nil)
        #expect(target.reason == "vLLM: not asked for")
    }

    @Test func whatIsEncryptedIsJudgedApart() throws {
        let target = try #require(Recorded.targets(Recorded.rows)["P6"])
        #expect(target.holds == true)
        #expect(target.holdsEncrypted == false)
        #expect(target.encryptedFigure == "1.50 × libzmq")
        #expect(try #require(Recorded.targets(Recorded.rows)["P7"]).holdsEncrypted == nil)
    }

    @Test func theReachIsJudgedToo() throws {
        let targets = Recorded.targets(Recorded.rows)
        #expect(targets["P1"]?.reaches == true)
        #expect(targets["P15"]?.reaches == false)
        #expect(targets["P9"]?.reaches == false)
        let copies = Recorded.rows(Row.Key("sluice tcp", "W4", "fan-out 1MiB x4"), "tcp copies", 4)
        #expect(try #require(Recorded.targets(copies)["P9"]).holds == true)
    }
}
