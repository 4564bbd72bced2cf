internal import Planning

extension PlanFile {
    /// The text with other durations, and otherwise as its author wrote it: only these values change, or come new before
    /// their actor's `kernels`.
    ///
    /// - Parameter durations: By actor, nanoseconds.
    /// - Throws: ``PlanFileError`` if the file has no such actor, or writes it in a way that cannot be changed in place.
    public func setting(durations: [String: UInt64]) throws(PlanFileError) -> String {
        let changed: String
        do { changed = try Self.edit(text, durations) } catch { throw PlanFileError(file: name, problems: [error]) }
        var expected = spec
        for index in expected.actors.indices {
            if let duration = durations[expected.actors[index].name] { expected.actors[index].duration = duration }
        }
        // Nobody's file is spoilt: what has been edited says what it should, or nothing is.
        guard try Self.read(text: changed, named: name).spec == expected else {
            throw PlanFileError(file: name, problems: [Self.cannotEdit(place(of: []), "the file")])
        }
        return changed
    }

    private static func edit(_ text: String, _ durations: [String: UInt64]) throws(PlanFileError.Problem) -> String {
        let mark: Unicode.Scalar = "\u{feff}"
        let hasMark = text.unicodeScalars.first == mark
        let document = try YAMLDocument(text)
        var editor = TextEditor(hasMark ? String(text.unicodeScalars.dropFirst()) : text)
        for (actor, duration) in durations.sorted(by: { $0.key < $1.key }) {
            guard let entry = document.root["actors"]?.value[actor] else {
                let known = document.root["actors"].map { actors in actors.value.keys } ?? []
                throw .init(
                    line: document.root.position.line, column: document.root.position.column, key: "actors",
                    message:
                        "there is no actor \(quoted(actor)); there are \(known.map(quoted).joined(separator: ", "))")
            }
            try editor.set(duration, of: entry)
        }
        return (hasMark ? "\u{feff}" : "") + editor.result
    }

    fileprivate static func cannotEdit(_ place: Place, _ what: String) -> PlanFileError.Problem {
        .init(
            line: place.line, column: place.column, key: place.key,
            message:
                "\(what) is written in a way that cannot be changed in place; write \"duration: 1ms\" on a line of "
                + "its own")
    }
}

extension YAMLNode {
    fileprivate var keys: [String] {
        if case .map(let entries) = content { entries.map(\.key) } else { [] }
    }
}

/// Replaces and inserts at places of a text, which all mean the text as it was.
private struct TextEditor {
    private let scalars: [Unicode.Scalar]
    private var offsets: [Position: Int] = [:]
    private var edits: [(range: Range<Int>, text: String)] = []

    init(_ text: String) {
        scalars = Array(text.unicodeScalars)
        var cursor = LineCursor()
        for (offset, scalar) in scalars.enumerated() {
            if offsets[cursor.position] == nil { offsets[cursor.position] = offset }
            cursor.pass(scalar)
        }
    }

    mutating func set(_ duration: UInt64, of actor: YAMLNode.Entry) throws(PlanFileError.Problem) {
        let value = Quantity.duration.text(duration)
        if let old = actor.value["duration"]?.value {
            guard let text = old.scalar, let offset = offsets[old.start], let range = range(of: text, at: offset) else {
                throw PlanFile.cannotEdit(old.source.place, "this duration")
            }
            edits.append((range, value))
        } else {
            try insert(value, in: actor)
        }
    }

    /// The text itself, within quotes if there are any.
    private func range(of text: String, at offset: Int) -> Range<Int>? {
        let isQuoted = scalars[offset] == "\"" || scalars[offset] == "'"
        let start = isQuoted ? offset + 1 : offset
        let count = text.unicodeScalars.count
        guard scalars[start...].prefix(count).elementsEqual(text.unicodeScalars) else { return nil }
        return start..<start + count
    }

    private mutating func insert(_ value: String, in actor: YAMLNode.Entry) throws(PlanFileError.Problem) {
        guard let kernels = actor.value["kernels"], let offset = offsets[kernels.position],
            let opening = offsets[actor.value.start]
        else { throw PlanFile.cannotEdit(actor.value.source.place, "this actor") }
        if scalars[opening] == "{" {
            let isQuoted = scalars[offset] == "\""
            edits.append((offset..<offset, isQuoted ? "\"duration\": \"\(value)\", " : "duration: \(value), "))
            return
        }
        // In a block, the key has its line to itself.
        let indent = kernels.position.column - 1
        guard offset >= indent, scalars[(offset - indent)..<offset].allSatisfy({ $0 == " " }) else {
            throw PlanFile.cannotEdit(actor.value.source.place, "this actor")
        }
        let lineEnd = scalars.first { $0 == "\n" || $0 == "\r" } == "\r" ? "\r\n" : "\n"
        edits.append((offset..<offset, "duration: \(value)\(lineEnd)\(String(repeating: " ", count: indent))"))
    }

    var result: String {
        var changed = String.UnicodeScalarView()
        var end = 0
        for edit in edits.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
            changed.append(contentsOf: scalars[end..<edit.range.lowerBound])
            changed.append(contentsOf: edit.text.unicodeScalars)
            end = edit.range.upperBound
        }
        changed.append(contentsOf: scalars[end...])
        return String(changed)
    }
}
