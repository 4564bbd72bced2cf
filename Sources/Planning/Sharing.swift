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
    private let sizing: Sizing
    private let inPlace: InPlace
    /// By register and place: who reads it there, and when the last of them ends first.
    private let readers: [[[Int]]]
    private let lastEnds: [[UInt64]]
    /// By chain: registers that hand one memory on.
    private let members: [[Int]]
    /// By node.
    private var atoms: [[Atom]]
    private let fixed: [UInt64]

    /// Channels that lie at the same place of a node in any case: one alone, or several in place.
    private struct Atom {
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

    private func stride(_ r: Int) -> UInt64 { sizing.drafts.registers[inPlace.chain[r]].stride }
}

extension Sharing {
    /// Slots for an interval, and who shares with whom.
    func arrange(interval: UInt64) -> Sizing.Choice {
        let slots = slots(interval: interval)
        var strides = sizing.drafts.registers.indices.map { stride($0) }
        var (arenas, bytes) = ([[Arena]](), [UInt64]())
        for (node, list) in atoms.enumerated() {
            var here: [Arena] = []
            // By arena, its atoms.
            var residents: [[Atom]] = []
            for atom in list {
                let first = atom.registers[0].register
                let alignment = sizing.drafts.registers[first].alignment
                if let found = home(for: atom, among: here, residents, slots: slots[first], strides[first], interval) {
                    here[found].registers += atom.registers.map(\.register)
                    here[found].alignment = max(here[found].alignment, alignment)
                    residents[found].append(atom)
                    for r in members[inPlace.chain[first]] { strides[r] = here[found].stride }
                } else {
                    let registers = atom.registers.map(\.register)
                    here.append(
                        Arena(slots: slots[first], stride: strides[first], alignment: alignment, registers: registers))
                    residents.append([atom])
                }
            }
            bytes.append(here.reduce(fixed[node]) { Bytes.add($0, $1.bytes) })
            arenas.append(here)
        }
        return Sizing.Choice(
            inPlace: inPlace, interval: interval, slots: slots, strides: strides, arenas: arenas, bytes: bytes)
    }

    /// The arena that wastes least.
    private func home(
        for atom: Atom, among arenas: [Arena], _ residents: [[Atom]], slots: Int, _ stride: UInt64, _ interval: UInt64
    ) -> Int? {
        let first = atom.registers[0].register
        let draft = sizing.drafts.registers[first]
        // A stride holds on every node: one that lies elsewhere, too, would grow there.
        let mayGrow = members[inPlace.chain[first]].allSatisfy { sizing.drafts.registers[$0].nodes == [draft.nodes[0]] }
        var best: Int?
        for (a, arena) in arenas.enumerated() {
            guard arena.slots == slots, arena.stride == stride || (mayGrow && arena.stride > stride),
                arena.stride % UInt64(draft.alignment) == 0, best == nil || arena.stride < arenas[best!].stride
            else { continue }
            if residents[a].allSatisfy({ canShare($0, atom, slots: slots, interval) }) { best = a }
        }
        return best
    }

    private func canShare(_ a: Atom, _ b: Atom, slots: Int, _ interval: UInt64) -> Bool {
        for x in a.registers {
            for y in b.registers {
                let joint: UInt64
                if isOver(x.register, x.place, before: y.register) {
                    joint = self.joint(x.register, y.register, y.place)
                } else if isOver(y.register, y.place, before: x.register) {
                    joint = self.joint(y.register, x.register, x.place)
                } else {
                    return false
                }
                guard Schedule.slots(for: joint, interval: interval) <= slots else { return false }
            }
        }
        return true
    }

    /// Whether every reader of `earlier` at a place has fired whenever the producer of `later` fires.
    private func isOver(_ earlier: Int, _ place: Int, before later: Int) -> Bool {
        let producer = sizing.drafts.registers[later].producer
        return readers[earlier][place].allSatisfy { sizing.ancestors.isBefore($0, producer) }
    }

    /// From the earlier one's writing to the later one's last reading.
    private func joint(_ earlier: Int, _ later: Int, _ place: Int) -> UInt64 {
        lastEnds[later][place] - sizing.schedule.starts[sizing.drafts.registers[earlier].producer]
    }

    private func slots(interval: UInt64) -> [Int] {
        var slots = sizing.drafts.registers.map { $0.isChannel ? 1 : $0.slots ?? 1 }
        for (first, list) in members.enumerated() where !list.isEmpty && sizing.drafts.registers[first].isChannel {
            var count = 1
            if let asked = inPlace.slots[first] {
                count = asked
            } else {
                for span in spans(of: list) { count = max(count, Schedule.slots(for: span, interval: interval)) }
            }
            for r in list { slots[r] = count }
        }
        return slots
    }

    /// How long values of a chain's memory live: each register's own, and each with those that take it over.
    private func spans(of chain: [Int]) -> [UInt64] {
        var spans = chain.map { sizing.schedule.span(from: sizing.drafts.registers[$0].producer, to: readers[$0][0]) }
        for r in chain {
            let node = sizing.drafts.registers[r].nodes[0]
            var here = r
            while let input = inPlace.takes[here], sizing.drafts.registers[here].nodes[0] == node {
                spans.append(joint(input, r, 0))
                here = input
            }
        }
        return spans
    }
}

extension Sharing {
    /// Longer intervals at which some register needs a slot fewer, or two can share that could not; ascending. With more than
    /// can be tried they are thinned out evenly; the last one always remains.
    func longerIntervals() -> [UInt64] {
        var spans: Set<UInt64> = []
        for list in members where !list.isEmpty { spans.formUnion(self.spans(of: list)) }
        for node in atoms {
            for (n, a) in node.enumerated() {
                for b in node[n...] { spans.formUnion(joints(a, b)) }
            }
        }
        var intervals: Set<UInt64> = []
        let now = sizing.schedule.interval
        for span in Self.thin(spans.sorted()) where span > now {
            for slots in 1...min((span + now - 1) / now, UInt64(PlanLimits.mostIntervals)) {
                intervals.insert((span + slots - 1) / slots)
            }
        }
        return Self.thin(intervals.filter { $0 > now }.sorted())
    }

    private func joints(_ a: Atom, _ b: Atom) -> [UInt64] {
        var joints: [UInt64] = []
        for x in a.registers {
            for y in b.registers {
                if isOver(x.register, x.place, before: y.register) {
                    joints.append(joint(x.register, y.register, y.place))
                } else if isOver(y.register, y.place, before: x.register) {
                    joints.append(joint(y.register, x.register, x.place))
                }
            }
        }
        return joints
    }

    private static func thin(_ list: [UInt64]) -> [UInt64] {
        let step = (list.count + PlanLimits.mostIntervals - 1) / PlanLimits.mostIntervals
        return step <= 1 ? list : list.indices.filter { (list.count - 1 - $0) % step == 0 }.map { list[$0] }
    }

    /// Whether `register` is the one of two that share memory on a node that is written first.
    func isEarlier(_ register: Int, than other: Int, on node: Int) -> Bool {
        var here = other
        while let input = inPlace.takes[here] {
            if input == register { return true }
            here = input
        }
        let place = sizing.drafts.registers[register].nodes.firstIndex(of: node)!
        return isOver(register, place, before: other)
    }
}
