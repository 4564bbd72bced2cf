/// What all drawings of a plan have in common.
struct Drawing {
    let plan: CompiledPlan
    let live: [String: EdgeLoad]
    /// Blobs that have several producers.
    private let parallel: Set<String>

    init(plan: CompiledPlan, live: [String: EdgeLoad]) {
        self.plan = plan
        self.live = live
        parallel = Set(plan.registers.flatMap { $0.fields.filter { $0.index > 0 }.map(\.blob) })
    }

    /// A line between two actors.
    struct Edge {
        var from: Int
        var to: Int
        var label: String
        var isDotted: Bool
    }

    /// One for each consumer of each channel, then one for each that a guard edge makes a producer wait for.
    var edges: [Edge] {
        var edges: [Edge] = []
        // Those with a lag are the guard edges themselves.
        for register in plan.registers where register.kind == .channel && register.lag == 0 {
            for consumer in register.consumers {
                let name = plan.actors[consumer].name
                let load = live[register.name].map { " (\($0.text(for: name)))" } ?? ""
                edges.append(
                    Edge(
                        from: register.producer, to: consumer, label: label(register) + load,
                        isDotted: register.fields.isEmpty))
            }
        }
        for edge in plan.guards {
            let (register, after) = (plan.registers[edge.register], plan.registers[edge.after])
            for reader in readers(of: after, on: edge.node) where reader != register.producer {
                edges.append(
                    Edge(
                        from: reader, to: register.producer, label: "\(register.name) after \(after.name)",
                        isDotted: true))
            }
        }
        return edges
    }

    private func label(_ register: PlannedRegister) -> String {
        if register.fields.isEmpty { return "\(register.slots) slots" }
        let fields = register.fields.map(name).joined(separator: ", ")
        return "\(fields): \(register.slots) × \(register.stride) B"
    }

    /// A blob with its index, where it is one of several.
    func name(_ field: PlannedField) -> String {
        parallel.contains(field.blob) ? "\(field.blob)/\(field.index)" : field.blob
    }

    private func readers(of register: PlannedRegister, on node: String) -> [Int] {
        register.places[0].node == node
            ? register.consumers : register.consumers.filter { plan.actors[$0].node == node }
    }

    /// By node, in the nodes' order.
    var actors: [(node: String, actors: [Int])] {
        plan.nodes.map { node in (node.name, plan.actors.indices.filter { plan.actors[$0].node == node.name }) }
    }

    /// An actor in two lines: its name, and what it runs.
    func lines(_ actor: PlannedActor) -> [String] {
        actor.kernels.isEmpty ? [actor.name] : [actor.name, actor.kernels.map(\.kernel).joined(separator: ", ")]
    }
}
