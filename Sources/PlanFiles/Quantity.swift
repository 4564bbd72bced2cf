/// Durations and sizes, as people write them: 1.5ms, 64MiB.
struct Quantity: Sendable {
    struct Unit: Sendable {
        var name: String
        var factor: UInt64
    }

    /// Ascending; the first is what is counted.
    var units: [Unit]
    /// Other spellings.
    var synonyms: [String: String]
    /// Whether a number alone counts the first unit; otherwise only 0 can go without.
    var isUnitOptional: Bool
    /// What is expected, for messages.
    var expected: String

    /// Nanoseconds.
    static let duration = Quantity(
        units: [
            Unit(name: "ns", factor: 1), Unit(name: "us", factor: 1000), Unit(name: "ms", factor: 1_000_000),
            Unit(name: "s", factor: 1_000_000_000), Unit(name: "min", factor: 60_000_000_000),
            Unit(name: "h", factor: 3_600_000_000_000),
        ],
        synonyms: ["µs": "us", "μs": "us"], isUnitOptional: false,
        expected: "a duration such as 1.5ms; units are ns, us, ms, s, min and h")

    /// Bytes.
    static let size = Quantity(
        units: [
            Unit(name: "B", factor: 1), Unit(name: "KiB", factor: 1 << 10), Unit(name: "MiB", factor: 1 << 20),
            Unit(name: "GiB", factor: 1 << 30), Unit(name: "TiB", factor: 1 << 40),
        ],
        synonyms: ["b": "B", "k": "KiB", "K": "KiB", "M": "MiB", "G": "GiB", "T": "TiB"], isUnitOptional: true,
        expected: "a size such as 64MiB; units are B, KiB, MiB, GiB and TiB, or none for bytes")

    /// What keeps a text from being one.
    struct Complaint: Error { var message: String }

    func parse(_ text: String) throws(Complaint) -> UInt64 {
        let number = text.unicodeScalars.prefix { "0"..."9" ~= $0 || $0 == "." }
        let unit = String(text.unicodeScalars.dropFirst(number.count))
        guard let decimal = Decimal(String(number)) else {
            throw Complaint(message: "expected \(expected), not \(quoted(text))")
        }
        let factor = try factor(unit, of: text, isZero: decimal.digits == 0)
        guard let value = decimal.times(factor) else {
            throw Complaint(message: "\(quoted(text)) is more than fits into 64 bits of \(units[0].name)")
        }
        guard value.isExact else {
            throw Complaint(message: "\(quoted(text)) is no whole number of \(units[0].name)")
        }
        return value.whole
    }

    private func factor(_ unit: String, of text: String, isZero: Bool) throws(Complaint) -> UInt64 {
        if unit.isEmpty {
            if isUnitOptional || isZero { return 1 }
            throw Complaint(message: "\(quoted(text)) has no unit; expected \(expected)")
        }
        let name = synonyms[unit] ?? unit
        if let found = units.first(where: { $0.name == name }) { return found.factor }
        let hint = nearest(to: unit, among: units.map(\.name)).map { " (did you mean \($0)?)" } ?? ""
        throw Complaint(message: "\(quoted(text)) has an unknown unit, \(quoted(unit))\(hint); expected \(expected)")
    }

    /// Exact, in the largest unit that the value reaches; of sizes, the largest that it is a multiple of.
    func text(_ value: UInt64) -> String {
        if isUnitOptional {
            let unit = units.last { value >= $0.factor && value.isMultiple(of: $0.factor) }
            return unit.map { $0.factor == 1 ? "\(value)" : "\(value / $0.factor)\($0.name)" } ?? "\(value)"
        }
        // Others than powers of ten do not always have an end.
        let unit = units.last { value >= $0.factor && ($0.factor <= 1_000_000_000 || value.isMultiple(of: $0.factor)) }
        guard let unit else { return "0\(units[0].name)" }
        return "\(value / unit.factor)\(Self.fraction(value % unit.factor, of: unit.factor))\(unit.name)"
    }

    private static func fraction(_ rest: UInt64, of factor: UInt64) -> String {
        if rest == 0 { return "" }
        let places = "\(factor)".count - 1
        let digits = "\(rest)"
        let padded = String(repeating: "0", count: places - digits.count) + digits
        return "." + String(padded.reversed().drop { $0 == "0" }.reversed())
    }
}

/// Digits with a point: `digits` / 10 to the `places`.
private struct Decimal {
    var digits: UInt64
    var divisor: UInt64

    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard 1...2 ~= parts.count, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        var fraction = parts.count == 2 ? String(parts[1]) : ""
        while fraction.hasSuffix("0") { fraction.removeLast() }
        guard fraction.count <= 18, let digits = UInt64(parts[0] + fraction) else { return nil }
        self.digits = digits
        divisor = (0..<fraction.count).reduce(1) { power, _ in power * 10 }
    }

    func times(_ factor: UInt64) -> (whole: UInt64, isExact: Bool)? {
        let product = digits.multipliedFullWidth(by: factor)
        guard product.high < divisor else { return nil }
        let (quotient, remainder) = divisor.dividingFullWidth(product)
        return (quotient, remainder == 0)
    }
}
