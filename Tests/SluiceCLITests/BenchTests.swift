import Testing
import sluice

struct BenchTests {
    @Test func casesAreNamedAsInThePeersTables() {
        let cases = [
            BenchCase(shape: .roundTrip, size: ByteSize(8), isRemote: false),
            BenchCase(shape: .fanOut(4), size: ByteSize(1 << 20), isRemote: false, isLoan: true),
            BenchCase(shape: .oneWay, size: ByteSize(64), isRemote: false),
            BenchCase(shape: .oneWay, size: ByteSize(16 << 20), isRemote: true, isEncrypted: true),
        ]
        #expect(cases.map(\.work) == ["W1", "W2", "W3", "W4"])
        #expect(cases.map(\.name) == ["rtt 8B", "fan-out 1MiB x4", "one-way 64B", "one-way 16MiB"])
        #expect(cases.map(\.peer) == ["sluice", "sluice loan", "sluice", "sluice tcp curve"])
        #expect(cases.map(\.slots) == [64, 4, 4096, 4])
    }

    @Test func everyShapeSaysWhereItsReadersAre() {
        let standing: [(BenchCase.Shape, String, String, Int, [Int])] = [
            (.spread(3), "W4", "spread 64B x3", 4, [1, 2, 3]), (.idle(3), "W6", "idle x3", 2, [0, 1, 0]),
            (.memory(7), "W7", "memory 7 x 4 x 64B", 2, [1]), (.creation, "W5", "create", 2, [1]),
            (.fanOut(2), "W4", "fan-out 64B x2", 2, [1, 1]),
        ]
        for (shape, work, name, nodes, readers) in standing {
            let measured = BenchCase(shape: shape, size: ByteSize(64), isRemote: true)
            #expect(measured.work == work && measured.name == name && measured.nodes == nodes)
            #expect((0..<measured.readers).map(measured.node(ofReader:)) == readers)
        }
        let crowded = BenchCase(shape: .roundTrip, size: ByteSize(8), isRemote: false, others: 1000)
        #expect(crowded.name == "rtt 8B beside 1000" && crowded.nodes == 1 && crowded.node(ofReader: 0) == 0)
    }

    @Test func gigabytesHaveFewSlots() {
        let slots = { BenchCase(shape: .oneWay, size: ByteSize($0), isRemote: false).slots }
        #expect([0, 1, 16 << 20, 256 << 20, 1 << 30].map(slots) == [4096, 4096, 4, 2, 2])
    }

    @Test func memoryIsToldApart() throws {
        let status = "Name:\tsluice\nVmRSS:\t 700 kB\nRssAnon:\t 100 kB\nRssFile:\t  200 kB\nRssShmem:\t  400 kB\n"
        let memory = try #require(ResidentMemory(status: status))
        #expect(memory == ResidentMemory(status: status))
        #expect(memory.all == 700 << 10 && memory.anonymous == 100 << 10 && memory.file == 200 << 10)
        #expect(memory.beyond(100 << 10) == 600 << 10)
        #expect(memory.beyond(1 << 30) == 300 << 10)
        #expect(ResidentMemory(status: "RssAnon: 1 kB") == nil)
        #expect(ResidentMemory(status: "") == nil)
    }

    @Test func creationHasTimesOfBothSides() {
        let made = CreationFigures(count: 9, p50: 1000, p90: 2000, p99: 3000, p999: 4000)
        let ready = CreationFigures(count: 9, p50: 5000, p90: 6000, p99: 7000, p999: 8000)
        let rows = BenchFindings.rows(
            of: BenchCase(shape: .creation, size: ByteSize(64), isRemote: false), made: made, ready: ready)
        #expect(rows.map(\.metric) == ["p50 us", "p90 us", "p99 us", "p99.9 us", "ready p50 us", "ready p99 us"])
        #expect(rows.map(\.value) == [1, 2, 3, 4, 5, 7])
    }

    static let stream = BenchCase(shape: .fanOut(2), size: ByteSize(1 << 20), isRemote: false)

    @Test func aStreamsRateIsThatOfItsSlowestReader() {
        let rows = BenchFindings.rows(
            of: Self.stream, source: SourceFigures(sent: 10, start: 1_000_000_000),
            sinks: [SinkFigures(got: 10, bad: 0, end: 2_000_000_000), SinkFigures(got: 10, bad: 0, end: 3_000_000_000)])
        #expect(
            rows.map(\.tabSeparated) == [
                "sluice\tW2\tfan-out 1MiB x2\tmsg/s\t5", "sluice\tW2\tfan-out 1MiB x2\tGB/s\t0.0104858",
                "sluice\tW2\tfan-out 1MiB x2\tlost\t0",
            ])
        #expect(rows.allSatisfy { !$0.isFault })
    }

    @Test func whatOnlyFilledMemoryIsNoSpeed() {
        let rows = BenchFindings.rows(
            of: Self.stream, source: SourceFigures(sent: 10, warm: 4, start: 1_000_000_000),
            sinks: [9, 10].map { SinkFigures(got: $0, bad: 0, end: 2_000_000_000) })
        #expect(rows.map(\.metric) == ["msg/s", "GB/s", "lost"])
        #expect(rows.map(\.value) == [5, 11 * 1_048_576 / 1e9, 1])
    }

    @Test func aLossAndATornValueAreFaults() {
        let rows = BenchFindings.rows(
            of: Self.stream, source: SourceFigures(sent: 10, start: 1),
            sinks: [SinkFigures(got: 9, bad: 1, end: 2), SinkFigures(got: 10, bad: 0, end: 2)])
        #expect(rows.filter(\.isFault).map { "\($0.metric) \($0.value)" } == ["lost 1.0", "corrupt 1.0"])
        let torn = BenchFindings.rows(
            of: BenchCase(shape: .roundTrip, size: ByteSize(8), isRemote: true),
            roundTrip: RoundTripFigures(count: 5, p50: 1500, p99: 9000, wrong: 2))
        #expect(torn.map(\.metric) == ["p50 us", "p90 us", "p99 us", "p99.9 us", "max us", "corrupt"])
        #expect(torn[0].value == 1.5)
    }

    @Test func whatValuesCostIsThatOfAllProcesses() {
        let rows = BenchFindings.rows(
            of: Self.stream, source: SourceFigures(sent: 1000, start: 0, cpu: 1_000_000),
            sinks: [1, 2].map { SinkFigures(got: 1000, bad: 0, end: 1, cpu: $0 * 1_000_000) }, cpu: 4_000_000)
        // 8 ms for 2,000 values of 1 MiB.
        #expect(rows.filter { $0.metric.hasPrefix("cpu") }.map(\.metric) == ["cpu s/M", "cpu s/GiB"])
        #expect(rows.filter { $0.metric.hasPrefix("cpu") }.map(\.value) == [4, 4e-6 * 1024])
    }

    @Test func theTableShowsMedians() {
        let rows = [3.0, 1, 2].map { BenchRow(Self.stream, "msg/s", $0) } + [BenchRow(Self.stream, "lost", 0)]
        #expect(
            BenchFindings.table(rows) == [
                "WORK  CASE             PEER    msg/s  lost", "W2    fan-out 1MiB x2  sluice  2      0",
            ])
        #expect(BenchFindings.median([1, 4]) == 2.5)
        #expect(BenchFindings.median([]) == nil)
    }
}
