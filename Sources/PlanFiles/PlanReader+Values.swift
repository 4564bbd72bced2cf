internal import Planning
internal import SluiceModel

/// A mapping whose keys are known.
struct Fields {
    let node: YAMLNode
    let known: [String]
    let reader: PlanReader

    /// What stands at a key; nil if it is not there.
    subscript(key: String) -> YAMLNode? { node[key]?.value }

    /// What stands at a key that must be there; it is told if it is not.
    func required(_ key: String, _ meaning: String) -> YAMLNode? {
        if let value = self[key] { return value }
        reader.complain(node.source, "\"\(key)\" is missing: \(meaning)")
        return nil
    }
}

extension PlanReader {
    /// A mapping with known keys; others are told.
    func fields(_ node: YAMLNode, _ noun: String, _ known: [String]) -> Fields? {
        guard let entries = entries(node, "\(noun), a mapping with the keys \(Self.list(known, "and"))") else {
            return nil
        }
        for entry in entries where !known.contains(entry.key) {
            let hint = nearest(to: entry.key, among: known).map { "did you mean \"\($0)\"? " } ?? ""
            complain(
                Source(position: entry.position, path: entry.value.path),
                "\(noun) has no key \(quoted(entry.key)); \(hint)possible are \(Self.list(known, "and"))")
        }
        return Fields(node: node, known: known, reader: self)
    }

    /// Things by name, in the file's order.
    func named<Thing>(
        _ node: YAMLNode?, _ path: Path, _ expected: String, _ make: (String, YAMLNode, Path) -> Thing?
    ) -> [Thing] {
        guard let node, let entries = entries(node, "\(expected): a mapping") else { return [] }
        note(node.source, path)
        return entries.enumerated().compactMap { index, entry in
            let path = path + ["\(index)"]
            let source = Source(position: entry.position, path: entry.value.path)
            note(source, path)
            note(source, path + ["name"])
            return make(entry.key, entry.value, path)
        }
    }

    /// Things in a list.
    func items<Thing>(
        _ node: YAMLNode?, _ path: Path, _ expected: String, _ make: (YAMLNode, Path) -> Thing?
    ) -> [Thing] {
        guard let node else { return [] }
        guard let list = node.list else {
            expect(expected, node)
            return []
        }
        note(node.source, path)
        return list.enumerated().compactMap { index, item in
            note(item.source, path + ["\(index)"])
            return make(item, path + ["\(index)"])
        }
    }

    func entries(_ node: YAMLNode, _ expected: String) -> [YAMLNode.Entry]? {
        if case .map(let entries) = node.content { return entries }
        expect(expected, node)
        return nil
    }

    func expect(_ expected: String, _ node: YAMLNode) {
        complain(node.source, "expected \(expected), not \(node.description)")
    }

    static func list(_ words: [String], _ last: String) -> String {
        words.count < 2 ? words.joined() : "\(words.dropLast().joined(separator: ", ")) \(last) \(words.last ?? "")"
    }
}

extension PlanReader {
    func text(_ node: YAMLNode?, _ path: Path, _ expected: String = "a name") -> String? {
        guard let node else { return nil }
        note(node.source, path)
        guard let text = node.scalar, !node.isNothing else {
            expect(expected, node)
            return nil
        }
        return text
    }

    func texts(_ node: YAMLNode?, _ path: Path, _ expected: String) -> [String]? {
        guard node != nil else { return nil }
        return items(node, path, expected) { self.text($0, $1) }
    }

    func count(_ node: YAMLNode?, _ path: Path, from least: Int) -> Int? {
        unsigned(node, path, from: UInt64(least), through: UInt64(Int.max)).map { Int($0) }
    }

    func unsigned(
        _ node: YAMLNode?, _ path: Path, from least: UInt64 = 0, through most: UInt64 = .max
    ) -> UInt64? {
        guard let node else { return nil }
        note(node.source, path)
        guard case .scalar(let text, isPlain: true) = node.content, let value = UInt64(text), least...most ~= value
        else {
            expect("a whole number from \(least)\(most == .max ? "" : " to \(most)")", node)
            return nil
        }
        return value
    }

    func flag(_ node: YAMLNode?, _ path: Path) -> Bool? {
        guard let node else { return nil }
        note(node.source, path)
        guard case .scalar(let text, isPlain: true) = node.content, let value = Plain.flag(text) else {
            expect("true or false", node)
            return nil
        }
        return value
    }

    func duration(_ node: YAMLNode?, _ path: Path) -> UInt64? { quantity(node, path, .duration) }

    func size(_ node: YAMLNode?, _ path: Path, atMost most: UInt64 = .max) -> UInt64? {
        guard let size = quantity(node, path, .size), let node else { return nil }
        if size <= most { return size }
        complain(node.source, "\(node.description) is too much; at most \(most) bytes can be counted here")
        return nil
    }

    private func quantity(_ node: YAMLNode?, _ path: Path, _ quantity: Quantity) -> UInt64? {
        guard let node else { return nil }
        note(node.source, path)
        guard let text = node.scalar, !node.isNothing else {
            expect(quantity.expected, node)
            return nil
        }
        do { return try quantity.parse(text) } catch {
            complain(node.source, error.message)
            return nil
        }
    }
}
