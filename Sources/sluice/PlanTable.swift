package import Planning
internal import PlanFiles

/// `sluice plan compile` for people.
package struct PlanTable {
    package let plan: CompiledPlan

    package init(plan: CompiledPlan) { self.plan = plan }

    package var lines: [String] {
        var lines = ["plan \(plan.spec.name), hash \(plan.hash)\(interval)", ""] + nodes.lines
        lines += [""] + actors.lines
        if !plan.registers.isEmpty { lines += [""] + registers.lines }
        if !plan.guards.isEmpty { lines += [""] + plan.guards.map(describe) }
        if !plan.functions.isEmpty { lines += [""] + plan.functions.map(describe) }
        if !plan.notes.isEmpty { lines += [""] + plan.notes.map { "note: \($0)" } }
        return lines
    }

    private var interval: String {
        plan.interval == 0 ? "" : ", a firing every \(PlanFile.text(duration: plan.interval))"
    }

    private var nodes: Table {
        var table = Table(["NODE", "MEMORY", "WITHOUT SHARING"])
        for node in plan.nodes {
            table.add([node.name, ByteSize.rounded(node.blockBytes), ByteSize.rounded(node.unsharedBytes)])
        }
        return table
    }

    private var actors: Table {
        var table = Table(["ACTOR", "NODE", "DURATION", "KERNELS", "READS", "MAKES"])
        for actor in plan.actors {
            let kernels = actor.kernels.map(\.kernel)
            table.add([
                actor.name, actor.node, actor.duration == 0 ? "-" : PlanFile.text(duration: actor.duration),
                Self.list(kernels), Self.list(actor.inputs.map(name)), Self.list(actor.outputs.map(name)),
            ])
        }
        return table
    }

    private var registers: Table {
        var table = Table(["REGISTER", "KIND", "SLOTS", "BYTES EACH", "AT", "BLOBS"])
        for register in plan.registers {
            // Every slot lies where it lies for good: slot i is i times the bytes further on.
            let places = register.places.map { "\($0.node)+\($0.offset)" }
            let blobs = register.fields.map { field in
                let name = isParallel(field) ? "\(field.blob).\(field.index)" : field.blob
                return "\(name) \(field.type) at \(field.body)"
            }
            table.add([
                register.name, "\(register.kind)", "\(register.slots)", "\(register.stride)", Self.list(places),
                blobs.isEmpty ? "-" : blobs.joined(separator: "; "),
            ])
        }
        return table
    }

    private func isParallel(_ field: PlannedField) -> Bool {
        plan.registers.contains { $0.fields.contains { $0.blob == field.blob && $0.index != field.index } }
    }

    private func name(_ register: Int) -> String { plan.registers[register].name }

    private func describe(_ edge: GuardEdge) -> String {
        "on \(edge.node), \(name(edge.register)) lies in the memory of \(name(edge.after)), and waits until that is read"
    }

    private func describe(_ function: PlanFunction) -> String {
        "function \(function.name): \(Self.list(function.inputs)) → \(Self.list(function.outputs))"
    }

    private static func list(_ words: [String]) -> String { words.isEmpty ? "-" : words.joined(separator: ", ") }
}
