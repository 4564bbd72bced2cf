/// A stretch of a node's memory, slots × stride, for registers that are never live at once.
struct Arena {
    var slots: Int
    var stride: UInt64
    var alignment: Int
    var registers: [Int]

    var bytes: UInt64 { Bytes.multiply(stride, slots) }
}

/// Registers that share memory on a node.
///
/// Value k of a later register may be written where value k of an earlier one lay if, whenever the later one's producer fires,
/// all readers of the earlier one have. Value k + slots of the earlier one then has to wait for the readers of value k of the
/// later one: a guard edge. That costs no throughput as long as both lifetimes together are no longer than slots ×
/// interval: with every actor firing at its first start plus multiples of the interval, the guard never has to wait.
struct Sharing {
    let sizing: Sizing
    let inPlace: InPlace
    /// By register and place: who reads it there, and when the last of them ends first.
    let readers: [[[Int]]]
    let lastEnds: [[UInt64]]
    /// By chain: registers that hand one memory on.
    let members: [[Int]]
    /// By node.
    private(set) var atoms: [[Atom]]
    let fixed: [UInt64]

    /// Channels that lie at the same place of a node in any case: one alone, or several in place.
    struct Atom {
        /// Each with the number of its place there, the first of the chain first.
        var registers: [(register: Int, place: Int)]
    }

    init(_ sizing: Sizing, _ inPlace: InPlace) {
        (self.sizing, self.inPlace) = (sizing, inPlace)
        let registers = sizing.drafts.registers
        readers = registers.map { draft in
            draft.nodes.enumerated().map { place, node in
                // The agent reads its producer's memory for all other nodes.
                place == 0 ? draft.consumers : draft.consumers.filter { sizing.homes[$0] == node }
            }
        }
        let schedule = sizing.schedule
        lastEnds = zip(registers, readers).map { draft, readers in
            readers.map { $0.reduce(schedule.end(draft.producer)) { max($0, schedule.end($1)) } }
        }
        var members = [[Int]](repeating: [], count: registers.count)
        for (r, first) in inPlace.chain.enumerated() { members[first].append(r) }
        self.members = members
        fixed = Self.fixedBytes(sizing)
        atoms = []
        atoms = makeAtoms()
    }

    /// Memory that is nobody else's: between kernels, variables, scratch.
    private static func fixedBytes(_ sizing: Sizing) -> [UInt64] {
        var fixed = [UInt64](repeating: 0, count: sizing.ground.names.count)
        for draft in sizing.drafts.registers where !draft.isChannel {
            fixed[draft.nodes[0]] = Bytes.add(fixed[draft.nodes[0]], Bytes.multiply(draft.stride, draft.slots ?? 1))
        }
        for (i, instance) in sizing.graph.instances.enumerated() {
            for kernel in instance.kernels {
                let scratch = Bytes.round(UInt64(kernel.call.scratch), to: 64)
                fixed[sizing.homes[i]] = Bytes.add(fixed[sizing.homes[i]], scratch)
            }
        }
        return fixed
    }

    /// Larger slots first, so that smaller ones find them.
    private func makeAtoms() -> [[Atom]] {
        var atoms = [[Atom]](repeating: [], count: sizing.ground.names.count)
        // By register and node: the atom that it is in. An input is asked for before what takes it over: see the order below.
        var found: [[Int]: Int] = [:]
        for r in chainOrder() where sizing.drafts.registers[r].isChannel {
            for (place, node) in sizing.drafts.registers[r].nodes.enumerated() {
                if place == 0, let input = inPlace.takes[r], let atom = found[[input, node]] {
                    atoms[node][atom].registers.append((r, place))
                    found[[r, node]] = atom
                } else {
                    found[[r, node]] = atoms[node].count
                    atoms[node].append(Atom(registers: [(r, place)]))
                }
            }
        }
        for node in atoms.indices {
            atoms[node].sort { a, b in
                let (a, b) = (a.registers[0].register, b.registers[0].register)
                return (stride(b), a) < (stride(a), b)
            }
        }
        return atoms
    }

    /// All registers, each behind the one that it takes over.
    private func chainOrder() -> [Int] {
        var order: [Int] = []
        for list in members where !list.isEmpty {
            var depths: [(Int, Int)] = []
            for r in list {
                var (depth, here) = (0, r)
                while let next = inPlace.takes[here] { (depth, here) = (depth + 1, next) }
                depths.append((depth, r))
            }
            order += depths.sorted { $0 < $1 }.map(\.1)
        }
        return order
    }

    func stride(_ r: Int) -> UInt64 { sizing.drafts.registers[inPlace.chain[r]].stride }
}
