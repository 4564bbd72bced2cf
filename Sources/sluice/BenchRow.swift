internal import Foundation

/// One figure, as one line of `peer, work, case, metric, value`.
package struct BenchRow: Hashable, Sendable {
    package var peer: String
    package var work: String
    package var name: String
    package var metric: String
    package var value: Double

    package init(_ measured: BenchCase, _ metric: String, _ value: Double) {
        peer = measured.peer
        work = measured.work
        name = measured.name
        self.metric = metric
        self.value = value
    }

    package var tabSeparated: String {
        [peer, work, name, metric, String(format: "%.6g", value)].joined(separator: "\t")
    }

    /// A loss or a torn value voids the measurement that it belongs to.
    package var isFault: Bool { (metric == "lost" || metric == "corrupt") && value != 0 }
}

/// What one measurement's processes have found.
package enum BenchFindings {
    /// `cpu`: of every other process that the values passed through, nanoseconds; nil if that is not known.
    package static func rows(of measured: BenchCase, roundTrip: RoundTripFigures, cpu: UInt64? = nil) -> [BenchRow] {
        [
            BenchRow(measured, "p50 us", Double(roundTrip.p50) / 1e3),
            BenchRow(measured, "p90 us", Double(roundTrip.p90) / 1e3),
            BenchRow(measured, "p99 us", Double(roundTrip.p99) / 1e3),
            BenchRow(measured, "p99.9 us", Double(roundTrip.p999) / 1e3),
            BenchRow(measured, "max us", Double(roundTrip.most) / 1e3),
        ] + costs(of: measured, values: roundTrip.count, cpu: cpu.map { $0 + roundTrip.cpu })
            + (roundTrip.wrong == 0 ? [] : [BenchRow(measured, "corrupt", Double(roundTrip.wrong))])
    }

    /// `made`: until the writer may write; `ready`: until the reader has the first value.
    package static func rows(of measured: BenchCase, made: CreationFigures, ready: CreationFigures) -> [BenchRow] {
        let microseconds = { (metric: String, value: UInt64) in BenchRow(measured, metric, Double(value) / 1e3) }
        return [
            microseconds("p50 us", made.p50), microseconds("p90 us", made.p90), microseconds("p99 us", made.p99),
            microseconds("p99.9 us", made.p999), microseconds("ready p50 us", ready.p50),
            microseconds("ready p99 us", ready.p99),
        ]
    }

    /// CPU seconds of all processes together, for a million values, and for a GiB of large ones.
    private static func costs(of measured: BenchCase, values: UInt64, cpu: UInt64?) -> [BenchRow] {
        guard let cpu, values > 0 else { return [] }
        let seconds = Double(cpu) / 1e9 / Double(values)
        let perMillion = BenchRow(measured, "cpu s/M", seconds * 1e6)
        guard measured.size.bytes >= 1 << 20 else { return [perMillion] }
        return [perMillion, BenchRow(measured, "cpu s/GiB", seconds * Double(1 << 30) / Double(measured.size.bytes))]
    }

    package static func rows(
        of measured: BenchCase, source: SourceFigures, sinks: [SinkFigures], cpu: UInt64? = nil
    ) -> [BenchRow] {
        let end = sinks.map(\.end).max() ?? source.start
        let seconds = Double(max(1, end - min(end, source.start))) / 1e9
        let got = sinks.map(\.got).reduce(0, +)
        let timely = sinks.map { $0.got - min($0.got, source.warm) }
        var rows = [BenchRow(measured, "msg/s", Double(timely.min() ?? 0) / seconds)]
        if measured.size.bytes >= 1 << 20 {
            let bytes = Double(timely.reduce(0, +)) * Double(measured.size.bytes)
            rows.append(BenchRow(measured, "GB/s", bytes / seconds / 1e9))
        }
        let used = cpu.map { $0 + source.cpu + sinks.map(\.cpu).reduce(0, +) }
        rows += costs(of: measured, values: got, cpu: used)
        rows.append(BenchRow(measured, "lost", Double(source.sent) * Double(sinks.count) - Double(got)))
        let bad = sinks.map(\.bad).reduce(0, +)
        return bad == 0 ? rows : rows + [BenchRow(measured, "corrupt", Double(bad))]
    }

    /// Medians of all repetitions, one line for each case.
    package static func table(_ rows: [BenchRow]) -> [String] {
        let metrics = [
            "p50 us", "p90 us", "p99 us", "p99.9 us", "max us", "ready p50 us", "ready p99 us", "msg/s", "GB/s",
            "cpu s/M", "cpu s/GiB", "tcp copies", "copies", "cpu %", "rss MiB", "beyond rings MiB",
            "beyond at rest MiB",
            "allocated MiB",
            "lost", "corrupt",
        ].filter { metric in
            rows.contains { $0.metric == metric }
        }
        var table = Table(["WORK", "CASE", "PEER"] + metrics)
        var seen = Set<[String]>()
        for row in rows where seen.insert([row.work, row.name, row.peer]).inserted {
            let same = rows.filter { $0.work == row.work && $0.name == row.name && $0.peer == row.peer }
            let cells = metrics.map { metric in
                median(same.filter { $0.metric == metric }.map(\.value)).map(shown) ?? "-"
            }
            table.add([row.work, row.name, row.peer] + cells)
        }
        return table.lines
    }

    package static func median(_ values: [Double]) -> Double? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }

    private static func shown(_ value: Double) -> String {
        fixed(value, value == value.rounded() ? 0 : value < 10 ? 2 : value < 1000 ? 1 : 0)
    }
}
