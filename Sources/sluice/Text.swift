internal import Foundation

/// A number with so many digits after the point.
package func fixed(_ value: Double, _ digits: Int) -> String {
    let scale = pow(10, Double(digits))
    let scaled = (abs(value) * scale).rounded()
    let whole = UInt64(scaled / scale)
    let sign = value < 0 ? "-" : ""
    guard digits > 0 else { return sign + "\(whole)" }
    let rest = String(UInt64(scaled) - whole * UInt64(scale))
    return sign + "\(whole)." + String(repeating: "0", count: digits - rest.count) + rest
}

/// Rows in columns that are as wide as their widest cell; no trailing blanks.
package struct Table {
    private var rows: [[String]]

    package init(_ head: [String]) { rows = [head] }

    package mutating func add(_ row: [String]) { rows.append(row) }

    var isEmpty: Bool { rows.count == 1 }

    package var lines: [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: max(0, $1 - $0.count)) }
            return cells.joined(separator: "  ").trimmingCharacters(in: .whitespaces)
        }
    }
}
