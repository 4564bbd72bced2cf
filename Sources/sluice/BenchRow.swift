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
    package static func rows(of measured: BenchCase, roundTrip: RoundTripFigures) -> [BenchRow] {
        [
            BenchRow(measured, "p50 us", Double(roundTrip.p50) / 1e3),
            BenchRow(measured, "p99 us", Double(roundTrip.p99) / 1e3),
        ] + (roundTrip.wrong == 0 ? [] : [BenchRow(measured, "corrupt", Double(roundTrip.wrong))])
    }

    package static func rows(of measured: BenchCase, source: SourceFigures, sinks: [SinkFigures]) -> [BenchRow] {
        let end = sinks.map(\.end).max() ?? source.start
        let seconds = Double(max(1, end - min(end, source.start))) / 1e9
        let got = sinks.map(\.got).reduce(0, +)
        var rows = [BenchRow(measured, "msg/s", Double(sinks.map(\.got).min() ?? 0) / seconds)]
        if measured.size.bytes >= 1 << 20 {
            rows.append(BenchRow(measured, "GB/s", Double(got) * Double(measured.size.bytes) / seconds / 1e9))
        }
        rows.append(BenchRow(measured, "lost", Double(source.sent) * Double(sinks.count) - Double(got)))
        let bad = sinks.map(\.bad).reduce(0, +)
        return bad == 0 ? rows : rows + [BenchRow(measured, "corrupt", Double(bad))]
    }

    /// Medians of all repetitions, one line for each case.
    package static func table(_ rows: [BenchRow]) -> [String] {
        let metrics = ["p50 us", "p99 us", "msg/s", "GB/s", "lost", "corrupt"].filter { metric in
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

/// What `bench-role ping` prints: nanoseconds.
package struct RoundTripFigures: Codable, Sendable {
    package var count: UInt64
    package var p50: UInt64
    package var p99: UInt64
    /// Replies whose first or last byte was not what had been sent.
    package var wrong: UInt64

    package init(count: UInt64, p50: UInt64, p99: UInt64, wrong: UInt64) {
        self.count = count
        self.p50 = p50
        self.p99 = p99
        self.wrong = wrong
    }
}

/// What `bench-role source` prints. Times are of CLOCK_MONOTONIC, which is one for all processes of a machine.
package struct SourceFigures: Codable, Sendable {
    package var sent: UInt64
    package var start: UInt64

    package init(sent: UInt64, start: UInt64) {
        self.sent = sent
        self.start = start
    }
}

/// What `bench-role sink` prints.
package struct SinkFigures: Codable, Sendable {
    package var got: UInt64
    /// Values out of order, repeated, or whose last byte did not fit the first.
    package var bad: UInt64
    package var end: UInt64

    package init(got: UInt64, bad: UInt64, end: UInt64) {
        self.got = got
        self.bad = bad
        self.end = end
    }
}
