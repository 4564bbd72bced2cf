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
            if problem.hasPrefix("Maximum nesting level") {
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
