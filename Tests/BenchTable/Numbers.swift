internal import Foundation

/// Numbers for people and for programs.
package enum Numbers {
    /// Six significant digits.
    package static func exact(_ value: Double) -> String { String(format: "%.6g", value) }

    /// As short as it can be: 10, 0.1.
    package static func plain(_ value: Double) -> String { String(format: "%g", value) }

    /// Three significant digits, thousands apart: 0.231, 4.52, 1,835.
    package static func short(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        let magnitude = abs(value)
        if magnitude >= 100 {
            let digits = Array(String(format: "%.0f", magnitude))
            let grouped = digits.enumerated().map { position, digit in
                let isBoundary = position > 0 && (digits.count - position).isMultiple(of: 3)
                return isBoundary ? ",\(digit)" : "\(digit)"
            }
            return (value < 0 ? "-" : "") + grouped.joined()
        }
        let digits = magnitude >= 10 ? 1 : magnitude >= 1 || magnitude == 0 ? 2 : 3
        return String(format: "%.\(digits)f", value)
    }

    /// Cells in columns that are as wide as their widest, as Markdown shows them too.
    package static func markdown(_ head: [String], _ rows: [[String]]) -> [String] {
        let widths = head.indices.map { column in ([head] + rows).map { $0[column].count }.max() ?? 0 }
        let line = { (cells: [String]) in
            let padded = zip(cells, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            return "| " + padded.joined(separator: " | ") + " |"
        }
        return [line(head), "|" + widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "|") + "|"]
            + rows.map(line)
    }

    /// A number of bytes, as `sluice bench` names sizes: 8B, 64KiB.
    package static func bytes(_ count: Int) -> String {
        for (unit, shift) in [("GiB", 30), ("MiB", 20), ("KiB", 10)]
        where count >= 1 << shift && count.isMultiple(of: 1 << shift) {
            return "\(count >> shift)\(unit)"
        }
        return "\(count)B"
    }
}
