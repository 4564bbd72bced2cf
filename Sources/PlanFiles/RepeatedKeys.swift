internal import Yams

/// Keys that stand twice in one mapping.
///
/// The parser gives up at the first one, and names only where it stood first. So that key gets a letter of its own put
/// before it, and the text is parsed again: now both are there, and whatever else is wrong.
struct RepeatedKeys {
    private(set) var text: String
    /// By the place in the text as it is now: which letter, and how many stand before it on that line.
    private var letters: [Position: Unicode.Scalar] = [:]
    private(set) var first: PlanFileError.Problem?

    /// Of the area for private use.
    private static let firstLetter: UInt32 = 0xe000
    /// Bytes that are parsed again in all.
    private static let mostBytes = 2 << 20

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
        // No more often than problems are told, and a large file not as often.
        let most = min(PlanFileError.mostProblems, Self.mostBytes / max(1, text.utf8.count))
        guard letters.count <= most, let letter = Unicode.Scalar(Self.firstLetter + UInt32(letters.count)) else {
            return false
        }
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
