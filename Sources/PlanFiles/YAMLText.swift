internal import Planning

/// Values as YAML writes them.
enum YAMLText {
    /// Without quotes where nobody could take it for anything but a text.
    static func of(_ text: String) -> String { isPlain(text) ? text : quoted(text) }

    static func of(_ attribute: PlanAttribute) -> String {
        switch attribute {
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): number(value)
        case .text(let text): of(text)
        case .list(let items): "[" + items.map { of($0) }.joined(separator: ", ") + "]"
        }
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return ".nan" }
        if value.isInfinite { return value < 0 ? "-.inf" : ".inf" }
        return "\(value)"
    }

    /// In double quotes, which JSON has, too.
    static func quoted(_ text: String) -> String {
        var result = "\""
        var previous: Unicode.Scalar = " "
        for scalar in text.unicodeScalars {
            // What could be taken for an alias; see Screening.
            result += scalar == "*" && !Screening.isWord(previous) ? "\\u002a" : escaped(scalar)
            previous = scalar
        }
        return result + "\""
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar.value {
        case 0x22: "\\\""
        case 0x5c: "\\\\"
        case 0x0a: "\\n"
        case 0x09: "\\t"
        case 0x00...0x1f, 0x7f...0xa0, 0x2028, 0x2029, 0xfeff, 0xfffe, 0xffff: "\\u" + hexadecimal(scalar)
        default: String(scalar)
        }
    }

    private static func hexadecimal(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        return String(repeating: "0", count: 4 - digits.utf8.count) + digits
    }

    /// A letter or `_`, then letters, digits and `_ . / -`; and no word that some YAML takes for something else.
    private static func isPlain(_ text: String) -> Bool {
        let words: Set = ["true", "false", "null", "yes", "no", "on", "off"]
        guard let first = text.unicodeScalars.first, isLetter(first), !words.contains(text.lowercased()) else {
            return false
        }
        return text.unicodeScalars.allSatisfy { isLetter($0) || "0"..."9" ~= $0 || "./-:".unicodeScalars.contains($0) }
            && !text.hasSuffix(":")
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        "a"..."z" ~= scalar || "A"..."Z" ~= scalar || scalar == "_"
    }
}
