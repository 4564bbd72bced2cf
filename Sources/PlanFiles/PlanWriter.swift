public import Planning
internal import SluiceModel

extension PlanFile {
    /// A declaration as a plan file, which reads as the same declaration.
    ///
    /// Only what no compiler takes cannot be said in a file: two things of one name, a number that is negative or not finite.
    public static func text(of spec: PlanSpec) -> String {
        var writer = PlanWriter()
        writer.write(spec)
        return writer.lines.joined(separator: "\n") + "\n"
    }

    /// A duration as plan files have it: 1.5ms.
    public static func text(duration nanoseconds: UInt64) -> String { Quantity.duration.text(nanoseconds) }
}

/// Lines of a plan file: what is small stands on one line.
struct PlanWriter {
    private(set) var lines: [String] = []

    private mutating func add(_ depth: Int, _ line: String) {
        lines.append(String(repeating: "  ", count: depth) + line)
    }

    mutating func write(_ spec: PlanSpec) {
        add(0, "plan: \(YAMLText.of(spec.name))")
        if let interval = spec.interval { add(0, "interval: \(Quantity.duration.text(interval))") }
        section("budgets", spec.budgets.sorted { $0.key < $1.key }) { ($0.key, Quantity.size.text($0.value)) }
        section("inputs", spec.inputs) { ($0.name, Self.flow(Self.input($0))) }
        add(0, spec.actors.isEmpty ? "actors: {}" : "actors:")
        for actor in spec.actors { write(actor) }
        if !spec.controls.isEmpty { add(0, "control:") }
        for edge in spec.controls {
            add(1, "- " + Self.flow([("before", YAMLText.of(edge.before)), ("after", YAMLText.of(edge.after))]))
        }
        section("outputs", spec.outputs) { ($0.name, Self.output($0)) }
        section("functions", spec.functions) { function in
            let inputs = ("inputs", Self.list(function.inputs))
            return (function.name, Self.flow([inputs, ("outputs", Self.list(function.outputs))]))
        }
    }

    private mutating func section<Thing>(_ key: String, _ things: [Thing], _ line: (Thing) -> (String, String)) {
        if things.isEmpty { return }
        add(0, "\(key):")
        for thing in things {
            let (name, value) = line(thing)
            add(1, "\(YAMLText.of(name)): \(value)")
        }
    }

    private mutating func write(_ actor: PlanActor) {
        add(1, "\(YAMLText.of(actor.name)):")
        switch actor.nodes.count {
        case 0: break
        case 1: add(2, "node: \(YAMLText.of(actor.nodes[0]))")
        default: add(2, "nodes: \(Self.list(actor.nodes))")
        }
        if actor.parallel != max(1, actor.nodes.count) { add(2, "parallel: \(actor.parallel)") }
        if let firings = actor.firings { add(2, "firings: \(firings)") }
        if let duration = actor.duration { add(2, "duration: \(Quantity.duration.text(duration))") }
        add(2, actor.kernels.isEmpty ? "kernels: []" : "kernels:")
        for kernel in actor.kernels { write(kernel) }
    }

    private mutating func write(_ call: KernelCall) {
        add(3, "- kernel: \(YAMLText.of(call.kernel))")
        let inputs = Self.grouped(call.inputs, by: \.argument) { YAMLText.of($0.blob) }
        if !inputs.isEmpty { add(4, "in: \(Self.flow(inputs))") }
        arguments("out", Self.grouped(call.outputs, by: \.argument) { Self.flow(Self.output($0)) })
        arguments("variables", Self.grouped(call.variables, by: \.argument) { Self.flow(Self.type($0.type)) })
        if call.scratch != 0 {
            add(4, "scratch: \(call.scratch < 0 ? "\(call.scratch)" : Quantity.size.text(UInt64(call.scratch)))")
        }
        let attributes = call.attributes.sorted { $0.key < $1.key }
        if !attributes.isEmpty {
            add(4, "attributes: \(Self.flow(attributes.map { (YAMLText.of($0.key), YAMLText.of($0.value)) }))")
        }
    }

    private mutating func arguments(_ key: String, _ entries: [(String, String)]) {
        if entries.isEmpty { return }
        add(4, "\(key):")
        for (argument, value) in entries { add(5, "\(argument): \(value)") }
    }
}

extension PlanWriter {
    private static func flow(_ entries: [(String, String)]) -> String {
        "{" + entries.map { "\($0): \($1)" }.joined(separator: ", ") + "}"
    }

    private static func list(_ texts: [String]) -> String {
        "[" + texts.map { YAMLText.of($0) }.joined(separator: ", ") + "]"
    }

    private static func input(_ input: PlanInput) -> [(String, String)] {
        var entries = type(input.type)
        if let slots = input.slots { entries.append(("slots", "\(slots)")) }
        if let node = input.node { entries.append(("node", YAMLText.of(node))) }
        return entries
    }

    private static func output(_ output: PlanOutput) -> String {
        if output.index == 0, output.node == nil { return YAMLText.of(output.blob) }
        var entries = [("blob", YAMLText.of(output.blob))]
        if output.index != 0 { entries.append(("index", "\(output.index)")) }
        if let node = output.node { entries.append(("node", YAMLText.of(node))) }
        return flow(entries)
    }

    private static func output(_ output: OutputArgument) -> [(String, String)] {
        var entries = [("blob", YAMLText.of(output.blob))] + type(output.type)
        if let slots = output.slots { entries.append(("slots", "\(slots)")) }
        if let argument = output.inPlaceOf { entries.append(("in-place", YAMLText.of(argument.description))) }
        return entries
    }

    private static func type(_ type: BlobType) -> [(String, String)] {
        var entries: [(String, String)] = []
        switch type.element {
        case .scalar(let scalar): entries.append(("dtype", "\(scalar)"))
        case .bytes(let capacity):
            entries.append(("bytes", capacity < 0 ? "\(capacity)" : Quantity.size.text(UInt64(capacity))))
        }
        entries.append(("shape", "\(type.shape)"))
        if type.device != .cpu { entries.append(("device", YAMLText.of(DeviceName.text(type.device)))) }
        if type.isDynamic { entries.append(("dynamic", "true")) }
        return entries
    }

    /// Arguments with their values: those that repeat with the indices 0, 1 … one behind the other become a list.
    private static func grouped<Argument>(
        _ arguments: [Argument], by name: KeyPathOf<Argument>, _ value: (Argument) -> String
    ) -> [(String, String)] {
        var entries: [(String, String)] = []
        var rest = arguments[...]
        while let first = rest.first {
            let argument = name(first)
            let run = Array(rest.enumerated().prefix { name($1) == ArgumentName(argument.name, $0) }.map(\.element))
            let count = arguments.count { name($0).name == argument.name }
            if run.count > 1, !argument.name.contains("/") {
                entries.append((YAMLText.of(argument.name), "[\(run.map(value).joined(separator: ", "))]"))
                rest = rest.dropFirst(run.count)
            } else {
                let isAlone = argument.index == 0 && count == 1 && !argument.name.contains("/")
                entries.append((YAMLText.of(isAlone ? argument.name : argument.description), value(first)))
                rest = rest.dropFirst()
            }
        }
        return entries
    }

    private typealias KeyPathOf<Argument> = (Argument) -> ArgumentName
}
