/// What a plain value means: YAML's core schema, which is JSON's and a little more.
enum Plain {
    enum Number: Hashable {
        case integer(Int)
        case number(Double)
        case tooLarge
        case notFinite
    }

    /// Nil: it is a text. (`yes`, `on` and the like are texts.)
    static func flag(_ text: String) -> Bool? {
        switch text {
        case "true", "True", "TRUE": true
        case "false", "False", "FALSE": false
        default: nil
        }
    }

    /// Nil: it is a text.
    static func number(_ text: String) -> Number? {
        if [".inf", ".Inf", ".INF"].contains(text.trimmingSign) || [".nan", ".NaN", ".NAN"].contains(text) {
            return .notFinite
        }
        if text.hasPrefix("0x") { return hexadecimal(text.dropFirst(2)) }
        let unsigned = text.trimmingSign
        var digits = unsigned.utf8[...]
        let whole = digits.skipDigits()
        var fraction = 0
        var isInteger = true
        if digits.first == UInt8(ascii: ".") {
            digits.removeFirst()
            fraction = digits.skipDigits()
            isInteger = false
        }
        guard whole + fraction > 0 else { return nil }
        if digits.first == UInt8(ascii: "e") || digits.first == UInt8(ascii: "E") {
            digits.removeFirst()
            if digits.first == UInt8(ascii: "-") || digits.first == UInt8(ascii: "+") { digits.removeFirst() }
            guard digits.skipDigits() > 0 else { return nil }
            isInteger = false
        }
        guard digits.isEmpty else { return nil }
        if isInteger { return Int(text).map(Number.integer) ?? .tooLarge }
        guard let value = Double(text), value.isFinite else { return .notFinite }
        return .number(value)
    }

    private static func hexadecimal(_ digits: Substring) -> Number? {
        guard !digits.isEmpty, digits.utf8.allSatisfy({ Unicode.Scalar($0).properties.isASCIIHexDigit }) else {
            return nil
        }
        return Int(digits, radix: 16).map(Number.integer) ?? .tooLarge
    }
}

extension String {
    fileprivate var trimmingSign: Substring { hasPrefix("-") || hasPrefix("+") ? dropFirst() : self[...] }
}

extension Substring.UTF8View {
    /// How many there were.
    fileprivate mutating func skipDigits() -> Int {
        let before = count
        self = drop { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        return before - count
    }
}
