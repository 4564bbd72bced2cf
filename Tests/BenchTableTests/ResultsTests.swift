import BenchTable
import Testing

struct ResultsTests {
    static let key = Row.Key("zmq-c PUSH tcp", "W4", "one-way 1MiB")

    @Test func aLineIsAFigureOrNothing() {
        let row = Row(tabSeparated: "zmq-c PUSH tcp\tW4\tone-way 1MiB\tGB/s\t2.5", run: 3)
        #expect(row == Row(Self.key, "GB/s", 2.5, run: 3))
        #expect(row?.tabSeparated == "zmq-c PUSH tcp\tW4\tone-way 1MiB\tGB/s\t2.5")
        for line in ["", "a\tb\tc\td", "a\tb\tc\td\te", "a\tb\tc\td\t1\t2", "measuring"] {
            #expect(Row(tabSeparated: line) == nil)
        }
    }

    @Test func mediansAreOfAllRuns() {
        let results = Results([3, 1, 2].map { Row(Self.key, "GB/s", $0) })
        #expect(results.median(Self.key, "GB/s") == 2)
        #expect(Results([1, 4].map { Row(Self.key, "GB/s", $0) }).median(Self.key, "GB/s") == 2.5)
        #expect(results.median(Self.key, "msg/s") == nil)
        #expect(results.all(Self.key, "GB/s") == [3, 1, 2])
    }

    @Test(arguments: ["lost", "corrupt"]) func oneFaultVoidsAllRuns(metric: String) {
        let good = [Row(Self.key, "GB/s", 9), Row(Self.key, "GB/s", 9), Row(Self.key, metric, 0)]
        #expect(!Results(good).isVoid(Self.key))
        let results = Results(good + [Row(Self.key, metric, 1)])
        #expect(results.isVoid(Self.key))
        let reading = results.best(.zmq, .plain, "W4", "one-way 1MiB", "GB/s")
        #expect(reading.reason?.contains("void") == true)
        #expect(results.bestPeer(.plain, "W4", "one-way 1MiB", "GB/s").value == nil)
    }

    @Test func theBestWayOfEachCounts() {
        let results = Results(Recorded.rows)
        #expect(results.best(.iceoryx2, .plain, "W2", "fan-out 1MiB x4", "GB/s") == .value(35))
        let twoWays = Results([41, 125].map { Row(Row.Key("ray \($0)", "W1", "rtt 8B"), "p50 us", $0) })
        #expect(twoWays.best(.ray, .plain, "W1", "rtt 8B", "p50 us") == .value(41))
        #expect(results.best(.floor, .plain, "W1", "rtt 8B", "p50 us") == .value(0.7))
        #expect(results.best(.floor, .futex, "W1", "rtt 8B", "p50 us") == .value(14))
        #expect(results.bestPeer(.plain, "W4", "fan-out 1MiB x4", "GB/s") == .value(3.9))
        #expect(results.bestPeer(.curve, "W4", "rtt 8B", "p50 us") == .value(100))
        #expect(results.bestPeer(.plain, "W4", "rtt 8B", "p50 us") == .value(86))
    }

    @Test func whoDidNotRunSaysWhy() {
        var results = Results()
        results.absences[.vllm] = "not installed"
        #expect(results.best(.vllm, .plain, "W1", "rtt 8B", "p50 us") == .missing("vLLM: not installed"))
        #expect(results.best(.zmq, .plain, "W1", "rtt 8B", "p50 us").reason?.contains("was not measured") == true)
    }

    @Test(arguments: [
        ("sluice tcp curve", Contender.ours, Variant.curve), ("sluice loan", .ours, .loan),
        ("sluice futex", .ours, .futex), ("floor shm futex", .floor, .futex),
        ("floor memcpy, one core", .floor, .plain), ("zmq-c PAIR tcp curve", .zmq, .curve),
        ("iceoryx2-py poll", .iceoryx2, .plain), ("zenoh-py tcp batching", .zenoh, .plain),
        ("vllm MessageQueue shm", .vllm, .plain), ("nats-c windowed", .nats, .plain),
        ("nats-py plain", .natspy, .plain), ("ray buffered10 numpy", .ray, .plain),
    ]) func peersAreKnownByTheirNames(peer: String, contender: Contender, variant: Variant) {
        #expect(Contender(peer) == contender)
        #expect(Variant(peer) == variant)
        #expect(Contender("somebody else") == nil)
    }

    @Test func numbersAreShort() {
        #expect(
            [0.2314, 4.523, 45.23, 452.3, 1_234_567, 0].map(Numbers.short) == [
                "0.231", "4.52", "45.2", "452", "1,234,567", "0.00",
            ])
        #expect(
            [0, 8, 1024, 1025, 16 << 20, 1 << 30].map(Numbers.bytes) == ["0B", "8B", "1KiB", "1025B", "16MiB", "1GiB"])
    }
}
