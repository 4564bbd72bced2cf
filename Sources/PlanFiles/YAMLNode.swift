/// A YAML document, made of what a plan can be made of.
struct YAMLNode: Sendable {
    var content: Content
    /// Of a value, where it begins; of a mapping or list that has a key, where that begins.
    var position: Position
    /// Where it begins.
    var start: Position
    var path: KeyPath

    enum Content: Sendable {
        /// Plain: written without quotes, so that it may be a number, say.
        case scalar(String, isPlain: Bool)
        case list([YAMLNode])
        /// In the file's order; no key twice.
        case map([Entry])
    }

    struct Entry: Sendable {
        var key: String
        var position: Position
        var value: YAMLNode
    }

    var source: Source { Source(position: position, path: path) }

    /// What it is, as a message says it.
    var description: String {
        switch content {
        case .scalar: isNothing ? "nothing" : quoted(scalar ?? "")
        case .list: "a list"
        case .map: "a mapping"
        }
    }

    var scalar: String? {
        if case .scalar(let text, _) = content { text } else { nil }
    }

    var list: [YAMLNode]? {
        if case .list(let items) = content { items } else { nil }
    }

    /// Whether it is a value that is not there: no text at all, or null.
    var isNothing: Bool {
        if case .scalar(let text, isPlain: true) = content {
            ["", "~", "null", "Null", "NULL"].contains(text)
        } else {
            false
        }
    }

    subscript(key: String) -> Entry? {
        if case .map(let entries) = content { entries.first { $0.key == key } } else { nil }
    }
}
