internal import ArgumentParser
internal import Foundation

/// A number of bytes, as people write it: 64, 64B, 64KiB, 1MiB, 2G (binary units, with or without "iB").
package struct ByteSize: Hashable, Sendable, ExpressibleByArgument, CustomStringConvertible {
    package let bytes: Int

    package init(_ bytes: Int) { self.bytes = bytes }

    package init?(argument: String) {
        let digits = argument.prefix(while: \.isNumber)
        guard let number = Int(digits), let shift = Self.shift(argument.dropFirst(digits.count)) else { return nil }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: 1 << shift)
        guard !overflow else { return nil }
        self.bytes = bytes
    }

    private static func shift(_ unit: Substring) -> Int? {
        switch unit.lowercased() {
        case "", "b": 0
        case "k", "kib": 10
        case "m", "mib": 20
        case "g", "gib": 30
        case "t", "tib": 40
        default: nil
        }
    }

    /// Exact, as the peers' tables name sizes: 8B, 1KiB, 16MiB.
    package var description: String {
        for (unit, shift) in [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)]
        where bytes >= 1 << shift && bytes.isMultiple(of: 1 << shift) {
            return "\(bytes >> shift)\(unit)"
        }
        return "\(bytes)B"
    }

    package var defaultValueDescription: String { description }

    /// Rounded, for people: 12.3 MiB.
    package static func rounded(_ bytes: UInt64) -> String {
        for (unit, shift) in [("TiB", 40.0), ("GiB", 30), ("MiB", 20), ("KiB", 10)] where Double(bytes) >= exp2(shift) {
            return "\(fixed(Double(bytes) / exp2(shift), 1)) \(unit)"
        }
        return "\(bytes) B"
    }
}
