import Planning
import SluiceModel

/// The control registers by which those that share memory wait for each other, and the plan without them.
extension CompiledPlan {
    /// The same plan, for looking at what guard edges say by themselves.
    var withoutTokens: CompiledPlan {
        var plan = self
        let count = registers.firstIndex { $0.lag > 0 } ?? registers.count
        plan.registers = Array(registers[..<count])
        for index in plan.actors.indices {
            plan.actors[index].inputs.removeAll { $0 >= count }
            plan.actors[index].outputs.removeAll { $0 >= count }
        }
        return plan
    }

    /// Of the registers of one memory, the edge from the first to the last: the only one that tokens stand for.
    var outermostGuards: [GuardEdge] {
        guards.filter { edge in
            !guards.contains { $0.node == edge.node && ($0.after == edge.register || $0.register == edge.after) }
        }
    }

    /// What is wrong with them: every reader of the last one tells the writer of the first one, as many firings late as it has
    /// slots, and nobody else tells anybody.
    var problemsOfTokens: [String] {
        var expected: Set<[Int]> = []
        for edge in outermostGuards {
            let (register, after) = (registers[edge.register], registers[edge.after])
            let isHome = actors[after.producer].node == edge.node
            var readers = after.consumers.filter { isHome || actors[$0].node == edge.node }
            if after.consumers.isEmpty { readers = [after.producer] }
            for reader in readers { expected.insert([reader, register.producer, register.slots]) }
        }
        var problems: [String] = []
        var found: Set<[Int]> = []
        for (number, token) in registers.enumerated() where token.lag > 0 {
            let isRight =
                token.kind == .channel && token.fields.isEmpty && token.places.isEmpty && token.consumers.count == 1
                && token.lag == token.slots && actors[token.producer].outputs.contains(number)
                && actors[token.consumers[0]].inputs.contains(number)
            if !isRight { problems.append("\(token.name) is no token: \(token)") }
            if !found.insert([token.producer, token.consumers.first ?? -1, token.slots]).inserted {
                problems.append("\(token.name) is there twice")
            }
        }
        if found != expected { problems.append("tokens \(found) instead of \(expected)") }
        return problems
    }
}
