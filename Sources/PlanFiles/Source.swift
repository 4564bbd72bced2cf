/// A place in a text: line and column from 1, columns in Unicode scalars.
struct Position: Hashable, Comparable, Sendable {
    var line: Int
    var column: Int

    static func < (a: Self, b: Self) -> Bool { (a.line, a.column) < (b.line, b.column) }
}

/// How a part of a file is reached from its root. A chain, so that a deep file does not hold every path in full.
indirect enum KeyPath: Hashable, Sendable {
    case root
    case key(String, of: KeyPath)
    case index(Int, of: KeyPath)

    var text: String {
        var steps: [String] = []
        var path = self
        while true {
            switch path {
            case .root: return steps.reversed().joined()
            case .key(let key, let parent):
                steps.append((parent == .root ? "" : ".") + shortened(key))
                path = parent
            case .index(let index, let parent):
                steps.append("[\(index)]")
                path = parent
            }
        }
    }
}

/// What a part of the plan was made of.
struct Source: Sendable {
    var position: Position
    var path: KeyPath

    var place: PlanFile.Place { .init(line: position.line, column: position.column, key: path.text) }
}

/// A text of the file's, as a message can show it: not longer than a line, and without control characters.
func shortened(_ text: String) -> String {
    let most = 60
    let head = text.unicodeScalars.prefix(most)
    let escaped = String(String.UnicodeScalarView(head)).debugDescription.dropFirst().dropLast()
    return escaped.replacing("\\\"", with: "\"") + (head.endIndex == text.unicodeScalars.endIndex ? "" : "…")
}

func quoted(_ text: String) -> String { "\"\(shortened(text))\"" }
