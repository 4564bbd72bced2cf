/// What a text is checked for before the YAML parser sees it: what that would take too long over, or say badly.
enum Screening {
    typealias Problem = PlanFileError.Problem

    static func decode(_ bytes: some Collection<UInt8>) throws(Problem) -> String {
        guard bytes.count <= PlanFile.mostBytes else { throw tooLong(bytes.count) }
        if bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff]) {
            throw Problem(line: 1, column: 1, key: "", message: "the file is UTF-16; save it as UTF-8")
        }
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        let position = positionOfFirstBadByte(bytes)
        throw Problem(
            line: position.line, column: position.column, key: "", message: "this is not UTF-8; save the file as UTF-8")
    }

    static func check(_ text: String) throws(Problem) {
        let count = text.utf8.count
        guard count <= PlanFile.mostBytes else { throw tooLong(count) }
        var cursor = LineCursor()
        for scalar in text.unicodeScalars {
            guard isAllowed(scalar) else {
                throw Problem(
                    line: cursor.position.line, column: cursor.position.column, key: "",
                    message:
                        "the character U+\(hexadecimal(scalar)) cannot stand in YAML; between double quotes it can be "
                        + "written as an escape")
            }
            cursor.pass(scalar)
        }
        if let position = firstAlias(in: text) { throw alias(at: position) }
    }

    /// A bound on what a reader must do: aliases can make a few lines stand for billions.
    static func alias(at position: Position) -> Problem {
        Problem(
            line: position.line, column: position.column, key: "",
            message:
                "a plan has no aliases (*name); write out what it stands for, or, if it is a text, \"\\x2a\" for the star"
        )
    }

    private static func tooLong(_ count: Int) -> Problem {
        Problem(
            line: 1, column: 1, key: "",
            message: "the file has \(count) bytes; a plan may have \(PlanFile.mostBytes) at most")
    }

    private static func hexadecimal(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    }

    /// What YAML lets stand in a text.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0a, 0x0d, 0x20...0x7e, 0x85, 0xa0...0xd7ff, 0xe000...0xfefe, 0xff00...0xfffd, 0x10000...0x10ffff:
            true
        default: false
        }
    }

    private static func positionOfFirstBadByte(_ bytes: some Collection<UInt8>) -> Position {
        var cursor = LineCursor()
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        while case .scalarValue(let scalar) = decoder.decode(&iterator) { cursor.pass(scalar) }
        return cursor.position
    }
}

extension Screening {
    /// Where something stands that YAML could take for the alias of an anchor of this text.
    ///
    /// This does not know quotes and comments, which an attacker could make it misread: it finds every alias, and more.
    /// What is none needs both `&name` and `*name`.
    private static func firstAlias(in text: String) -> Position? {
        let anchors = Set(marked(by: "&", in: text).map(\.name))
        if anchors.isEmpty { return nil }
        return marked(by: "*", in: text).first { anchors.contains($0.name) }?.position
    }

    /// The names that follow a mark where a token can begin.
    private static func marked(by mark: Unicode.Scalar, in text: String) -> [(name: Substring, position: Position)] {
        var found: [(name: Substring, position: Position)] = []
        var cursor = LineCursor()
        var previous: Unicode.Scalar = " "
        let scalars = text.unicodeScalars
        for index in scalars.indices {
            let scalar = scalars[index]
            if scalar == mark, !isWord(previous) {
                let name = scalars[scalars.index(after: index)...].prefix(while: isWord)
                if !name.isEmpty { found.append((Substring(name), cursor.position)) }
            }
            previous = scalar
            cursor.pass(scalar)
        }
        return found
    }

    static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", "-": true
        default: false
        }
    }
}

/// Counts lines and columns as YAML does.
struct LineCursor {
    private(set) var position = Position(line: 1, column: 1)
    private var followsReturn = false

    mutating func pass(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "\n" where followsReturn: followsReturn = false
        case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}":
            position = Position(line: position.line + 1, column: 1)
            followsReturn = scalar == "\r"
        default:
            position.column += 1
            followsReturn = false
        }
    }
}
