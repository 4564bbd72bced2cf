internal import SluiceModel

/// A register that is being planned.
struct Draft {
    var name: String
    var kind: PlannedRegister.Kind
    var producer: Int
    /// Without the producer; ascending.
    var consumers: [Int] = []
    var blobs: [Int] = []
    var fields: [PlannedField] = []
    /// Slots that its author asks for.
    var slots: Int?
    /// Bytes of a slot by itself, a multiple of the alignment.
    var stride: UInt64
    var alignment = 64
    /// Where it lies: its producer's node, then its other readers' by number.
    var nodes: [Int] = []

    var isChannel: Bool { kind == .channel }
}

/// Registers by their place in a plan: those of each actor together, channels and memory of its own by their first field, then
/// control registers by who waits, then variables.
struct Drafts {
    var registers: [Draft] = []
    /// The register of each blob, and which of its fields the blob is.
    var register: [Int]
    var field: [Int]
    /// The first of a kernel's variables, the others follow; by actor and kernel.
    var variables: [[Int]]
}

/// Blobs become registers.
enum RegisterLayout {
    static func drafts(of graph: Graph, plan: String) throws(PlanError) -> Drafts {
        var drafts = Drafts(
            register: Array(repeating: 0, count: graph.blobs.count),
            field: Array(repeating: 0, count: graph.blobs.count),
            variables: Array(repeating: [], count: graph.instances.count))
        var made = [[Int]](repeating: [], count: graph.instances.count)
        for (b, blob) in graph.blobs.enumerated() { made[blob.producer].append(b) }
        var waiting = [[Int]](repeating: [], count: graph.instances.count)
        for control in graph.controls { waiting[control.before].append(control.after) }
        let alone = blobsAlone(graph)
        for i in graph.instances.indices {
            for group in groups(made[i], graph, alone) { drafts.add(group, graph) }
            for after in waiting[i].sorted() {
                let name = "\(graph.instances[i].name)/then/\(graph.instances[after].name)"
                drafts.registers.append(Draft(name: name, kind: .channel, producer: i, consumers: [after], stride: 64))
            }
            drafts.addVariables(of: i, graph)
        }
        try check(drafts, graph, plan: plan)
        return drafts
    }

    /// Blobs that take over memory, or whose memory is taken over: slot by slot, so each needs a register of its own.
    private static func blobsAlone(_ graph: Graph) -> [Bool] {
        var alone = [Bool](repeating: false, count: graph.blobs.count)
        for (b, blob) in graph.blobs.enumerated() {
            guard let hint = blob.hint else { continue }
            alone[b] = true
            alone[hint.blob] = true
        }
        return alone
    }

    private struct Sameness: Hashable {
        var consumers: [Int]
        var slots: Int?
    }

    /// Blobs that the same actors read, with as many slots, travel together, as far as a slot can hold them.
    private static func groups(_ blobs: [Int], _ graph: Graph, _ alone: [Bool]) -> [[Int]] {
        let sorted = blobs.sorted {
            (graph.blobs[$0].name, graph.blobs[$0].index) < (graph.blobs[$1].name, graph.blobs[$1].index)
        }
        var groups: [[Int]] = []
        var open: [Sameness: Int] = [:]
        for b in sorted {
            let blob = graph.blobs[b]
            let sameness = Sameness(consumers: blob.consumers, slots: blob.slots)
            if !alone[b], !blob.consumers.isEmpty, let group = open[sameness],
                layout(groups[group] + [b], graph).stride <= Limits.mostSlotSize
            {
                groups[group].append(b)
            } else {
                if !alone[b] { open[sameness] = groups.count }
                groups.append([b])
            }
        }
        return groups
    }

    /// Headers first, then bodies.
    fileprivate static func layout(_ blobs: [Int], _ graph: Graph) -> (
        fields: [PlannedField], stride: UInt64, alignment: Int
    ) {
        layout(
            blobs.map {
                PlannedField(
                    blob: graph.blobs[$0].name, index: graph.blobs[$0].index, type: graph.blobs[$0].type, header: 0,
                    body: 0)
            })
    }

    fileprivate static func layout(_ given: [PlannedField]) -> (fields: [PlannedField], stride: UInt64, alignment: Int)
    {
        var fields = given
        var (end, alignment) = (0, 64)
        for i in fields.indices {
            fields[i].header = end
            end += fields[i].type.headerBytes
        }
        for i in fields.indices {
            let type = fields[i].type
            alignment = max(alignment, type.alignment)
            fields[i].body = (end + type.alignment - 1) / type.alignment * type.alignment
            end = fields[i].body + type.capacity!
        }
        return (fields, Bytes.round(UInt64(end), to: alignment), alignment)
    }

    private static func check(_ drafts: Drafts, _ graph: Graph, plan: String) throws(PlanError) {
        try Validation.checkCount(drafts.registers.count, "registers", most: PlanLimits.mostRegisters, [])
        for draft in drafts.registers where draft.isChannel {
            let bytes = draft.name.utf8.count + plan.utf8.count
            guard bytes <= PlanLimits.mostChannelNameBytes else {
                throw .invalid(
                    draft.blobs.first.map { graph.blobs[$0].path } ?? ["controls"],
                    actor: graph.instances[draft.producer].name,
                    "the names of plan '\(plan)' and register '\(draft.name)' have \(bytes) bytes together; at most \(PlanLimits.mostChannelNameBytes) are allowed: make one shorter"
                )
            }
        }
    }

    /// Says where each register lies, once it is known who is where.
    static func place(_ drafts: inout Drafts, homes: [Int]) {
        for r in drafts.registers.indices {
            let home = homes[drafts.registers[r].producer]
            let others = Set(drafts.registers[r].consumers.map { homes[$0] }).subtracting([home])
            drafts.registers[r].nodes = [home] + others.sorted()
        }
    }
}

extension Drafts {
    fileprivate mutating func add(_ blobs: [Int], _ graph: Graph) {
        let first = graph.blobs[blobs[0]]
        let layout = RegisterLayout.layout(blobs, graph)
        for (field, blob) in blobs.enumerated() { (register[blob], self.field[blob]) = (registers.count, field) }
        registers.append(
            Draft(
                name: "\(graph.instances[first.producer].name)/\(first.name)",
                kind: first.consumers.isEmpty ? .own : .channel, producer: first.producer, consumers: first.consumers,
                blobs: blobs, fields: layout.fields, slots: first.slots, stride: layout.stride,
                alignment: layout.alignment))
    }

    fileprivate mutating func addVariables(of i: Int, _ graph: Graph) {
        for (k, kernel) in graph.instances[i].kernels.enumerated() {
            variables[i].append(registers.count)
            for variable in kernel.call.variables.sorted(by: { $0.argument < $1.argument }) {
                let field = PlannedField(
                    blob: variable.argument.name, index: variable.argument.index, type: variable.type, header: 0,
                    body: 0)
                let layout = RegisterLayout.layout([field])
                registers.append(
                    Draft(
                        name: "\(graph.instances[i].name)/variable/\(k)/\(variable.argument)", kind: .variable,
                        producer: i,
                        fields: layout.fields, slots: 1, stride: layout.stride, alignment: layout.alignment))
            }
        }
    }
}
