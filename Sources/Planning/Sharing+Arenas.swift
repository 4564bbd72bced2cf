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
                        Arena(
                            slots: slots[first], stride: strides[first], alignment: alignment, registers: registers))
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
                arena.stride % UInt64(draft.alignment) == 0,
                best == nil || arena.stride < arenas[best!].stride
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
    func isOver(_ earlier: Int, _ place: Int, before later: Int) -> Bool {
        let producer = sizing.drafts.registers[later].producer
        return readers[earlier][place].allSatisfy { sizing.ancestors.isBefore($0, producer) }
    }

    /// From the earlier one's writing to the later one's last reading.
    func joint(_ earlier: Int, _ later: Int, _ place: Int) -> UInt64 {
        lastEnds[later][place] - sizing.schedule.starts[sizing.drafts.registers[earlier].producer]
    }
}
