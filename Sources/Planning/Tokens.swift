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
        for edge in outermost(plan.guards) {
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

    /// Of registers in one memory, first to last, the wait of the first one's writer for the last one's readers.
    ///
    /// The others follow: who reads a register has fired before the next one is written, so the last one's readers of value k
    /// come after all others of that value, and the first one's writer before all other writers of value k + slots.
    static func outermost(_ guards: [GuardEdge]) -> [GuardEdge] {
        struct Place: Hashable {
            var node: String
            var register: Int
        }
        let earlier = Set(guards.map { Place(node: $0.node, register: $0.register) })
        let later = Set(guards.map { Place(node: $0.node, register: $0.after) })
        return guards.filter {
            !later.contains(Place(node: $0.node, register: $0.register))
                && !earlier.contains(Place(node: $0.node, register: $0.after))
        }
    }

    /// Who looks at its memory on a node: on its producer's also those elsewhere, since their values are sent from there.
    private static func readers(of register: PlannedRegister, on node: String, in plan: CompiledPlan) -> [Int] {
        guard !register.consumers.isEmpty else { return [register.producer] }
        if plan.actors[register.producer].node == node { return register.consumers }
        return register.consumers.filter { plan.actors[$0].node == node }
    }
}
