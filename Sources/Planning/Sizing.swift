/// How many slots each register has, and which of them share memory, so that each node's budget is kept.
struct Sizing {
    let graph: Graph
    let drafts: Drafts
    let homes: [Int]
    let schedule: Schedule
    let ancestors: Ancestors
    let ground: Ground

    /// What was decided.
    struct Choice {
        var inPlace: InPlace
        var interval: UInt64
        /// By register.
        var slots: [Int]
        var strides: [UInt64]
        /// By node: stretches for channels.
        var arenas: [[Arena]]
        /// By node.
        var bytes: [UInt64]
        var notes: [String] = []
    }

    /// The declared interval or, if the budget is too small for it, the smallest that fits, with as few slots as it needs; and
    /// if there is none, the same without memory that is taken over, which ties slot counts to one another.
    func choose(_ inPlace: InPlace) throws(PlanError) -> Choice {
        var least: Choice?
        let isTied = inPlace.takes.contains { $0 != nil }
        for attempt in isTied ? [inPlace, InPlace(none: drafts)] : [inPlace] {
            let sharing = Sharing(self, attempt)
            var choice = sharing.arrange(interval: schedule.interval)
            let first = choice
            if fits(choice) { return choice.noting(inPlace.notes, isTied: isTied, attempt) }
            for interval in sharing.longerIntervals() {
                if least == nil || shortage(choice) < shortage(least!) { least = choice }
                choice = sharing.arrange(interval: interval)
                if fits(choice) {
                    choice.notes.append(lengthened(interval, first))
                    return choice.noting(inPlace.notes, isTied: isTied, attempt)
                }
            }
            if least == nil || shortage(choice) < shortage(least!) { least = choice }
        }
        throw refusal(least!)
    }

    private func fits(_ choice: Choice) -> Bool {
        choice.bytes.indices.allSatisfy { choice.bytes[$0] <= ground.budgets[$0] }
    }

    private func shortage(_ choice: Choice) -> UInt64 {
        choice.bytes.indices.reduce(0) { Bytes.add($0, lack(choice, $1)) }
    }

    private func lack(_ choice: Choice, _ node: Int) -> UInt64 {
        choice.bytes[node] > ground.budgets[node] ? choice.bytes[node] - ground.budgets[node] : 0
    }

    private func lengthened(_ interval: UInt64, _ first: Choice) -> String {
        let node = first.bytes.indices.first { lack(first, $0) > 0 }!
        let unit = schedule.isTimed ? "ns" : "firings' time"
        let why =
            "node \(ground.names[node]) has \(ground.budgets[node]) bytes and the plan would need \(first.bytes[node])"
        return "interval lengthened from \(schedule.interval) to \(interval) \(unit) because \(why)"
    }

    private func refusal(_ choice: Choice) -> PlanError {
        let node = choice.bytes.indices.max { (lack(choice, $0), $1) < (lack(choice, $1), $0) }!
        let (name, needed, available) = (ground.names[node], choice.bytes[node], ground.budgets[node])
        return PlanError(
            .overBudget,
            "node '\(name)' has \(available) bytes for the plan, which needs \(needed) there even with the fewest slots: \(needed - available) too few; give it more, ask for fewer slots, or place actors elsewhere",
            path: ["budgets", name], node: name, needed: needed, available: available)
    }
}

extension Sizing.Choice {
    fileprivate func noting(_ notes: [String], isTied: Bool, _ attempt: InPlace) -> Self {
        var choice = self
        choice.notes = notes + choice.notes
        if isTied, attempt.takes.allSatisfy({ $0 == nil }) {
            choice.notes.append(
                "no blob takes over an input's memory: the budget is too small for the slots that it ties")
        }
        return choice
    }
}
