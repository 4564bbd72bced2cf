internal import Planning

/// Makes a declaration of a document, and collects what is wrong with it.
///
/// What cannot be read is left away: the plan is good only if ``problems`` is empty.
final class PlanReader {
    typealias Problem = PlanFileError.Problem
    /// A path in the declaration, as ``PlanError`` has it.
    typealias Path = [String]

    private(set) var problems: [Problem]
    private(set) var places: [Path: Source] = [:]
    /// By the inputs' names.
    private(set) var examples: [String: PlanExample] = [:]

    init(_ problems: [Problem]) { self.problems = problems }

    func complain(_ source: Source, _ message: String) {
        let place = source.place
        problems.append(Problem(line: place.line, column: place.column, key: place.key, message: message))
    }

    /// Remembers what a part of the declaration is made of.
    func note(_ source: Source, _ path: Path) { places[path] = source }
}

extension PlanReader {
    func plan(_ root: YAMLNode) -> PlanSpec {
        note(root.source, [])
        var plan = PlanSpec("")
        let known = ["plan", "interval", "budgets", "inputs", "actors", "control", "outputs", "functions"]
        guard let fields = fields(root, "a plan", known) else { return plan }
        plan.name = text(fields.required("plan", "the plan's name"), ["name"]) ?? ""
        plan.interval = duration(fields["interval"], ["interval"])
        plan.budgets = budgets(fields["budgets"])
        plan.inputs = named(fields["inputs"], ["inputs"], "inputs by name") { self.input($0, $1, $2) }
        plan.actors = named(fields.required("actors", "who computes"), ["actors"], "actors by name") {
            self.actor($0, $1, $2)
        }
        plan.controls = items(fields["control"], ["controls"], "a list of {before: ACTOR, after: ACTOR}") {
            self.control($0, $1)
        }
        plan.outputs = named(fields["outputs"], ["outputs"], "outputs by name") { self.output($0, $1, $2) }
        plan.functions = named(fields["functions"], ["functions"], "functions by name") { self.function($0, $1, $2) }
        return plan
    }

    private func budgets(_ node: YAMLNode?) -> [String: UInt64] {
        guard let node, let entries = entries(node, "nodes by name, each with its budget, such as {a: 64MiB}") else {
            return [:]
        }
        note(node.source, ["budgets"])
        var budgets: [String: UInt64] = [:]
        for entry in entries { budgets[entry.key] = size(entry.value, ["budgets", entry.key]) }
        return budgets
    }

    private func input(_ name: String, _ node: YAMLNode, _ path: Path) -> PlanInput? {
        guard let fields = fields(node, "an input", Self.typeKeys + ["slots", "node", "example"]) else { return nil }
        let type = type(fields, path)
        if let type, let example = fields["example"] {
            var isText = false
            if case .bytes = type.element { isText = true }
            examples[name] = self.example(
                example, path + ["example"], isText: isText, shape: type.shape, isDynamic: type.isDynamic)
        }
        let home = text(fields["node"], path + ["node"])
        let slots = count(fields["slots"], path + ["slots"], from: 1)
        return type.map { PlanInput(name, $0, node: home, slots: slots) }
    }

    private func output(_ name: String, _ node: YAMLNode, _ path: Path) -> PlanOutput? {
        if node.scalar != nil { return text(node, path + ["blob"]).map { PlanOutput(name, blob: $0) } }
        guard let fields = fields(node, "an output (or the name of its blob)", ["blob", "index", "node"]) else {
            return nil
        }
        let blob = text(fields.required("blob", "the name of what is given out"), path + ["blob"])
        let index = count(fields["index"], path + ["index"], from: 0) ?? 0
        let home = text(fields["node"], path + ["node"])
        return blob.map { PlanOutput(name, blob: $0, index: index, node: home) }
    }

    private func control(_ node: YAMLNode, _ path: Path) -> ControlEdge? {
        guard let fields = fields(node, "an order", ["before", "after"]) else { return nil }
        let before = text(fields.required("before", "the actor that fires first"), path + ["before"])
        let after = text(fields.required("after", "the actor that waits for it"), path + ["after"])
        guard let before, let after else { return nil }
        return ControlEdge(before: before, after: after)
    }

    private func function(_ name: String, _ node: YAMLNode, _ path: Path) -> PlanFunction? {
        guard let fields = fields(node, "a function", ["inputs", "outputs"]) else { return nil }
        let inputs = texts(fields["inputs"], path + ["inputs"], "a list of inputs' names")
        let outputs = texts(fields["outputs"], path + ["outputs"], "a list of outputs' names")
        return PlanFunction(name, inputs: inputs ?? [], outputs: outputs ?? [])
    }
}
