extension Sharing {
    func slots(interval: UInt64) -> [Int] {
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
    func spans(of chain: [Int]) -> [UInt64] {
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
