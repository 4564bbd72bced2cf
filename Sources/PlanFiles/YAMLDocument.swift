internal import Yams

/// A text, taken apart: bounded, and without aliases.
struct YAMLDocument {
    typealias Problem = PlanFileError.Problem

    let root: YAMLNode
    /// What does not keep the rest from being read: keys that stand twice, anchors, tags.
    let problems: [Problem]

    init(_ text: String) throws(Problem) {
        let text = text.unicodeScalars.first == "\u{feff}" ? String(text.unicodeScalars.dropFirst()) : text
        try Screening.check(text)
        var repeated = RepeatedKeys(text)
        while true {
            guard let (root, problems) = try Self.parse(&repeated) else { continue }
            guard !root.isNothing else { throw Self.isEmpty }
            self.root = root
            self.problems = problems
            return
        }
    }

    /// Nil: a key was found twice, and both can be told apart now.
    private static func parse(_ repeated: inout RepeatedKeys) throws(Problem) -> (YAMLNode, [Problem])? {
        do {
            let parser = try Parser(yaml: repeated.text, resolver: .basic, encoding: .utf8)
            guard let node = try parser.singleRoot() else { throw isEmpty }
            let conversion = Conversion(repeated)
            // Nodes hold their anchors weakly: only while the parser lives is it seen which of them have one.
            let root = try withExtendedLifetime(parser) { try conversion.convert(node) }
            return (root, conversion.problems)
        } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
            if repeated.rename(at: context.mark, key: keys.first ?? "") { return nil }
            throw repeated.first ?? isEmpty
        } catch let error as YamlError {
            throw repeated.first ?? problem(error, in: repeated.text)
        } catch let problem as Problem {
            throw problem
        } catch { throw Problem(line: 1, column: 1, key: "", message: "\(error)") }
    }

    private static let isEmpty = Problem(
        line: 1, column: 1, key: "",
        message: "the file is empty; a plan has at least \"plan\", its name, and \"actors\"")
}

extension YAMLDocument {
    /// What the parser says, in words for an author.
    private static func problem(_ error: YamlError, in text: String) -> Problem {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
            if character(at: mark, in: text) == "\t" {
                return Problem(
                    line: mark.line, column: mark.column, key: "",
                    message: "a tab cannot indent in YAML; use spaces")
            }
            if problem.hasPrefix("exceeded max depth") {
                return Conversion.tooDeep(at: Position(line: mark.line, column: mark.column), .root)
            }
            let beginning = context.map { " \($0.text) that begins in line \($0.mark.line), column \($0.mark.column)" }
            return Problem(
                line: mark.line, column: mark.column, key: "",
                message: "this is not YAML: \(problem)\(beginning ?? "")")
        case .composer(_, let problem, let mark, _) where problem.contains("alias"):
            return Screening.alias(at: Position(line: mark.line, column: mark.column))
        case .composer(_, _, let mark, _):
            return Problem(
                line: mark.line, column: mark.column, key: "",
                message: "a second document begins here; a file holds one plan, without \"---\" in it")
        default: return Problem(line: 1, column: 1, key: "", message: "this is not YAML: \(error)")
        }
    }

    private static func character(at mark: Mark, in text: String) -> Unicode.Scalar? {
        var cursor = LineCursor()
        for scalar in text.unicodeScalars {
            if cursor.position == Position(line: mark.line, column: mark.column) { return scalar }
            cursor.pass(scalar)
        }
        return nil
    }
}

/// Keys that stand twice in one mapping.
///
/// The parser gives up at the first one, and names only where it stood first. So that key gets a letter of its own put
/// before it, and the text is parsed again: now both are there, and whatever else is wrong.
struct RepeatedKeys {
    private(set) var text: String
    /// By the place in the text as it is now: which letter, and how many stand before it on that line.
    private var letters: [Position: Unicode.Scalar] = [:]
    private(set) var first: PlanFileError.Problem?

    init(_ text: String) { self.text = text }

    /// Whether it can be told apart now.
    mutating func rename(at mark: Mark, key: String) -> Bool {
        let place = Position(line: mark.line, column: mark.column)
        if first == nil {
            let original = original(place)
            first = .init(
                line: original.line, column: original.column, key: shortened(key),
                message: "this key stands twice in its mapping; keep one")
        }
        // Of the area for private use; no more of them than problems are told.
        guard letters.count <= PlanFileError.mostProblems, let letter = Unicode.Scalar(0xe000 + UInt32(letters.count))
        else { return false }
        var cursor = LineCursor()
        var changed = String.UnicodeScalarView()
        var position: Position?
        for scalar in text.unicodeScalars {
            if position == nil, cursor.position >= place {
                // Within the quotes, if there are any.
                if cursor.position == place, scalar == "\"" || scalar == "'" {
                    position = Position(line: place.line, column: place.column + 1)
                    changed.append(scalar)
                    changed.append(letter)
                    cursor.pass(scalar)
                    continue
                }
                position = place
                changed.append(letter)
            }
            changed.append(scalar)
            cursor.pass(scalar)
        }
        guard let position else { return false }
        letters = Dictionary(
            uniqueKeysWithValues: letters.map { other, letter in
                let moves = other.line == position.line && other.column >= position.column
                return (moves ? Position(line: other.line, column: other.column + 1) : other, letter)
            })
        letters[position] = letter
        text = String(changed)
        return true
    }

    /// Where something stood before letters were put in.
    func original(_ place: Position) -> Position {
        let before = letters.keys.count { $0.line == place.line && $0.column < place.column }
        return Position(line: place.line, column: place.column - before)
    }

    /// A key as its author wrote it.
    func original(_ key: String, at place: Position) -> String {
        guard let first = key.unicodeScalars.first else { return key }
        let quoted = Position(line: place.line, column: place.column + 1)
        guard letters[place] == first || letters[quoted] == first else { return key }
        return String(key.unicodeScalars.dropFirst())
    }
}
