/// Whether every actor can fire.
///
/// What waits for what is a marked graph (Commoner, Holt, Even, Pnueli 1971): an edge forward, a blob's or a control edge,
/// carries no token at first; its edge back carries as many as it has slots, and so does a guard edge. Such a graph is live
/// exactly if every cycle carries a token: if there is no cycle of forward edges alone.
enum Liveness {
    /// All instances, each behind those that it waits for.
    static func order(of graph: Graph) throws(PlanError) -> [Int] {
        let successors = graph.successors
        var waiting = [Int](repeating: 0, count: successors.count)
        for list in successors { for next in list { waiting[next] += 1 } }
        var order = waiting.indices.filter { waiting[$0] == 0 }
        var next = 0
        while next < order.count {
            for successor in successors[order[next]] {
                waiting[successor] -= 1
                if waiting[successor] == 0 { order.append(successor) }
            }
            next += 1
        }
        guard order.count == successors.count else { throw refusal(cycle(successors, waiting), graph) }
        return order
    }

    /// One cycle among those that still wait, beginning with its smallest number.
    private static func cycle(_ successors: [[Int]], _ waiting: [Int]) -> [Int] {
        var before = [Int?](repeating: nil, count: successors.count)
        for (i, list) in successors.enumerated() where waiting[i] > 0 {
            for next in list where waiting[next] > 0 && before[next] == nil { before[next] = i }
        }
        // Whoever waits is waited for by one that waits: going back must come round.
        var place = [Int?](repeating: nil, count: successors.count)
        var walk: [Int] = []
        var here = waiting.firstIndex { $0 > 0 }!
        while place[here] == nil {
            place[here] = walk.count
            walk.append(here)
            here = before[here]!
        }
        let cycle = Array(walk[place[here]!...].reversed())
        let first = cycle.indices.min { cycle[$0] < cycle[$1] }!
        return Array(cycle[first...] + cycle[..<first])
    }

    private static func refusal(_ cycle: [Int], _ graph: Graph) -> PlanError {
        let names = cycle.map { graph.instances[$0].name }
        let drawn = (names + [names[0]]).joined(separator: " → ")
        return PlanError(
            .cyclicWait,
            "these actors wait for one another and could never fire: \(drawn); take out one of these edges",
            path: ["actors"], actor: names[0], cycle: names)
    }
}
