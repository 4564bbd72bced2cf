/// Control registers that keep registers which share memory apart.
///
/// Value k + slots of a register may be written when everybody who reads the other one's value k has read it: so each of
/// those readers tells the writer, and the writer waits, from its firing number `slots` on. They have no payload, and no
/// place in a block.
enum Tokens {
    private struct Wait: Hashable {
        var reader: Int
        var writer: Int
        var slots: Int
    }

    static func add(to plan: inout CompiledPlan) {
        var known: Set<Wait> = []
        for edge in plan.guards {
            let writer = plan.registers[edge.register].producer
            let slots = plan.registers[edge.register].slots
            for reader in readers(of: plan.registers[edge.after], on: edge.node, in: plan) where reader != writer {
                guard known.insert(Wait(reader: reader, writer: writer, slots: slots)).inserted else { continue }
                let number = plan.registers.count
                plan.registers.append(
                    PlannedRegister(
                        name: "guard.\(number)", kind: .channel, producer: reader, consumers: [writer], fields: [],
                        slots: slots, stride: 64, places: [], inPlaceOf: nil, lifetime: 0, lag: slots))
                plan.actors[reader].outputs.append(number)
                plan.actors[writer].inputs.append(number)
            }
        }
    }

    /// Who looks at its memory on a node: on its producer's also those elsewhere, since their values are sent from there.
    private static func readers(of register: PlannedRegister, on node: String, in plan: CompiledPlan) -> [Int] {
        guard !register.consumers.isEmpty else { return [register.producer] }
        if plan.actors[register.producer].node == node { return register.consumers }
        return register.consumers.filter { plan.actors[$0].node == node }
    }
}
