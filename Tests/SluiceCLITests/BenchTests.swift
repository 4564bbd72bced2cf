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
