internal import Yams

/// From the parser's nodes to ours.
final class Conversion {
    typealias Problem = PlanFileError.Problem

    private(set) var problems: [Problem] = []
    private var count = 0
    private let repeated: RepeatedKeys

    init(_ repeated: RepeatedKeys) { self.repeated = repeated }

    func convert(_ root: Node) throws(Problem) -> YAMLNode { try convert(root, .root, depth: 0, key: nil) }

    private func convert(_ node: Node, _ path: KeyPath, depth: Int, key: Position?) throws(Problem) -> YAMLNode {
        let start = position(of: node)
        try admit(path, at: start, depth: depth)
        if node.anchor != nil { complain(start, path, "a plan has no anchors (&name); leave it away") }
        let isUntagged: Bool
        let content: YAMLNode.Content
        switch node {
        case .scalar(let scalar):
            isUntagged = Self.isUsual(scalar.tag, .str)
            content = .scalar(
                scalar.string, isPlain: scalar.style == .plain && scalar.tag.rawValue != Tag.Name.str.rawValue)
        case .sequence(let nodes):
            isUntagged = Self.isUsual(nodes.tag, .seq)
            var items: [YAMLNode] = []
            for (index, node) in nodes.enumerated() {
                items.append(try convert(node, .index(index, of: path), depth: depth + 1, key: nil))
            }
            content = .list(items)
        case .mapping(let mapping):
            isUntagged = Self.isUsual(mapping.tag, .map)
            content = .map(try entries(of: mapping, path, depth: depth))
        case .alias:
            throw Screening.alias(at: start)
        }
        if !isUntagged { complain(start, path, "a plan has no tags (!name); leave it away") }
        let isScalar = if case .scalar = content { true } else { false }
        return YAMLNode(content: content, position: isScalar ? start : key ?? start, start: start, path: path)
    }

    private func entries(of mapping: Node.Mapping, _ path: KeyPath, depth: Int) throws(Problem) -> [YAMLNode.Entry] {
        var entries: [YAMLNode.Entry] = []
        var places: [String: Position] = [:]
        for (key, value) in mapping {
            let place = position(of: key)
            try admit(path, at: place, depth: depth)
            if key.anchor != nil { complain(place, path, "a plan has no anchors (&name); leave it away") }
            guard case .scalar(let scalar) = key else {
                complain(place, path, "a key is a word, not \(key.sequence == nil ? "a mapping" : "a list")")
                continue
            }
            let mark = key.mark.map { Position(line: $0.line, column: $0.column) } ?? place
            let name = repeated.original(scalar.string, at: mark)
            let inside = KeyPath.key(name, of: path)
            if let first = places[name] {
                complain(
                    place, inside, "this key stands in line \(first.line), column \(first.column) already; keep one")
                continue
            }
            places[name] = place
            let node = try convert(value, inside, depth: depth + 1, key: place)
            entries.append(YAMLNode.Entry(key: name, position: place, value: node))
        }
        return entries
    }

    private func position(of node: Node) -> Position {
        guard let mark = node.mark else { return Position(line: 1, column: 1) }
        return repeated.original(Position(line: mark.line, column: mark.column))
    }

    private func admit(_ path: KeyPath, at position: Position, depth: Int) throws(Problem) {
        count += 1
        guard count <= PlanFile.mostNodes else {
            throw Problem(
                line: position.line, column: position.column, key: path.text,
                message: "the file has more than \(PlanFile.mostNodes) keys and values; a plan may not")
        }
        guard depth <= PlanFile.mostDepth else { throw Self.tooDeep(at: position, path) }
    }

    static func tooDeep(at position: Position, _ path: KeyPath) -> Problem {
        Problem(
            line: position.line, column: position.column, key: path.text,
            message: "this lies deeper than \(PlanFile.mostDepth) mappings and lists; nothing in a plan does")
    }

    private func complain(_ position: Position, _ path: KeyPath, _ message: String) {
        problems.append(Problem(line: position.line, column: position.column, key: path.text, message: message))
    }

    /// A tag that is not there, or says what is so anyway.
    private static func isUsual(_ tag: Tag, _ usual: Tag.Name) -> Bool {
        tag.rawValue == Tag.Name.implicit.rawValue || tag.rawValue == usual.rawValue
    }
}
