internal import Planning

extension PlanReader {
    func actor(_ name: String, _ node: YAMLNode, _ path: Path) -> PlanActor? {
        let known = ["node", "nodes", "parallel", "duration", "firings", "kernels"]
        guard let fields = fields(node, "an actor", known) else { return nil }
        var actor = PlanActor(name, kernels: [])
        if let nodes = fields["nodes"] {
            if fields["node"] != nil { complain(nodes.source, "\"node\" stands here, too; keep one of the two") }
            actor.nodes = texts(nodes, path + ["nodes"], "a list of nodes, one for each parallel instance") ?? []
        } else if let home = fields["node"], let name = text(home, path + ["nodes", "0"]) {
            note(home.source, path + ["nodes"])
            actor.nodes = [name]
        }
        actor.parallel = count(fields["parallel"], path + ["parallel"], from: 1) ?? max(1, actor.nodes.count)
        actor.duration = duration(fields["duration"], path + ["duration"])
        actor.firings = unsigned(fields["firings"], path + ["firings"])
        let kernels = fields.required("kernels", "a list of what it runs, in order")
        actor.kernels = items(kernels, path + ["kernels"], "a list of kernels, run in order") { self.kernel($0, $1) }
        return actor
    }

    private func kernel(_ node: YAMLNode, _ path: Path) -> KernelCall? {
        let known = ["kernel", "in", "out", "attributes", "scratch", "variables"]
        guard let fields = fields(node, "a kernel", known) else { return nil }
        let name = text(fields.required("kernel", "the name that workers know it by"), path + ["kernel"])
        var call = KernelCall(name ?? "")
        call.inputs = arguments(fields["in"], path + ["inputs"], "blobs by argument, such as {a: x, b: [y, z]}") {
            argument, node, path in
            self.text(node, path + ["blob"]).map { InputArgument(argument, blob: $0) }
        }
        call.outputs = arguments(fields["out"], path + ["outputs"], "blobs by argument") { argument, node, path in
            self.output(argument, node, path)
        }
        call.variables = arguments(fields["variables"], path + ["variables"], "blobs by argument") {
            argument, node, path in
            guard let fields = self.fields(node, "a variable", Self.typeKeys) else { return nil }
            return self.type(fields, path).map { PlanVariable(argument, $0) }
        }
        call.scratch = Int(size(fields["scratch"], path + ["scratch"], atMost: UInt64(Int.max)) ?? 0)
        call.attributes = attributes(fields["attributes"], path + ["attributes"])
        return call
    }

    private func output(_ argument: ArgumentName, _ node: YAMLNode, _ path: Path) -> OutputArgument? {
        guard let fields = fields(node, "what it makes", ["blob"] + Self.typeKeys + ["slots", "in-place"]) else {
            return nil
        }
        let blob = text(fields.required("blob", "what the made blob is called"), path + ["blob"])
        let type = type(fields, path)
        let slots = count(fields["slots"], path + ["slots"], from: 1)
        let inPlaceOf = fields["in-place"].flatMap { node in
            text(node, path + ["inPlaceOf"]).flatMap { argumentName($0, node.source) }
        }
        guard let blob, let type else { return nil }
        return OutputArgument(argument, blob: blob, type, slots: slots, inPlaceOf: inPlaceOf)
    }
}

extension PlanReader {
    /// What a kernel calls its arguments: `name`, `name/index`, or `name` with a list, which has the indices 0, 1 …
    private func arguments<Argument>(
        _ node: YAMLNode?, _ path: Path, _ expected: String,
        _ make: (ArgumentName, YAMLNode, Path) -> Argument?
    ) -> [Argument] {
        guard let node, let entries = entries(node, expected) else { return [] }
        note(node.source, path)
        var arguments: [Argument] = []
        var position = 0
        func add(_ name: ArgumentName, _ node: YAMLNode, _ source: Source) {
            let path = path + ["\(position)"]
            note(source, path)
            note(source, path + ["argument"])
            if let argument = make(name, node, path) { arguments.append(argument) }
            position += 1
        }
        for entry in entries {
            let source = Source(position: entry.position, path: entry.value.path)
            guard let name = argumentName(entry.key, source) else { continue }
            guard let list = entry.value.list else {
                add(name, entry.value, source)
                continue
            }
            if entry.key != name.name {
                complain(source, "a list has the indices 0, 1 … itself; write \(quoted(name.name)) without one")
            }
            for (index, node) in list.enumerated() { add(ArgumentName(name.name, index), node, node.source) }
        }
        return arguments
    }

    private func argumentName(_ text: String, _ source: Source) -> ArgumentName? {
        guard let slash = text.lastIndex(of: "/") else { return ArgumentName(text) }
        let digits = text[text.index(after: slash)...]
        guard digits.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }), let index = Int(digits) else {
            complain(source, "an argument is NAME or NAME/INDEX, such as in/0, not \(quoted(text))")
            return nil
        }
        return ArgumentName(String(text[..<slash]), index)
    }

    private func attributes(_ node: YAMLNode?, _ path: Path) -> [String: PlanAttribute] {
        guard let node, let entries = entries(node, "attributes by name") else { return [:] }
        note(node.source, path)
        var attributes: [String: PlanAttribute] = [:]
        for entry in entries {
            note(entry.value.source, path + [entry.key])
            attributes[entry.key] = attribute(entry.value)
        }
        return attributes
    }

    private func attribute(_ node: YAMLNode) -> PlanAttribute? {
        switch node.content {
        case .list(let items): return .list(items.compactMap { attribute($0) })
        case .map:
            complain(node.source, "an attribute is a number, a text, true, false, or a list of these; not a mapping")
            return nil
        case .scalar(let text, let isPlain):
            if !isPlain { return .text(text) }
            if node.isNothing {
                complain(node.source, "an attribute has a value: a number, a text, true, false, or a list of these")
                return nil
            }
            return plainAttribute(text, node.source)
        }
    }

    private func plainAttribute(_ text: String, _ source: Source) -> PlanAttribute? {
        if let flag = Plain.flag(text) { return .bool(flag) }
        switch Plain.number(text) {
        case .integer(let value): return .integer(value)
        case .number(let value): return .number(value)
        case .tooLarge:
            complain(source, "\(quoted(text)) does not fit into 64 bits; put it in quotes to make it a text")
            return nil
        case .notFinite:
            complain(source, "\(quoted(text)) is no finite number; put it in quotes to make it a text")
            return nil
        case nil: return .text(text)
        }
    }
}
