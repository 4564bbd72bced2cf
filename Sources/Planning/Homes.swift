/// Who is on which node.
///
/// What its author says holds. Of the others, in the order in which they fire: an actor goes where most bytes of its inputs
/// come from, among the nodes that still have room for one slot of each register that it brings along (among all, if none
/// has); with no inputs from anywhere yet, where the fewest actors are; and among equals to the first by name. Then inputs go
/// to their first reader, outputs to their producer, and what tells an end to the first that it waits for.
struct Homes {
    private let graph: Graph
    private let drafts: Drafts
    private let ground: Ground
    private var homes: [Int?]
    private var actors: [Int]
    private var bytes: [UInt64]
    private var produced: [[Int]]
    private var consumed: [[Int]]
    /// Where each register lies already.
    private var places: [Set<Int>]

    static func find(for graph: Graph, order: [Int], drafts: Drafts, on ground: Ground) -> [Int] {
        var homes = Homes(graph, drafts, ground)
        for (i, instance) in graph.instances.enumerated() {
            if let node = instance.node { homes.settle(i, on: ground.numbers[node]!) }
        }
        for i in order where homes.homes[i] == nil && !graph.instances[i].isInterface {
            homes.settle(i, on: homes.best(for: i))
        }
        for i in graph.instances.indices where homes.homes[i] == nil { homes.settle(i, on: homes.beside(i)) }
        return homes.homes.map { $0! }
    }

    private init(_ graph: Graph, _ drafts: Drafts, _ ground: Ground) {
        (self.graph, self.drafts, self.ground) = (graph, drafts, ground)
        homes = Array(repeating: nil, count: graph.instances.count)
        actors = Array(repeating: 0, count: ground.names.count)
        bytes = Array(repeating: 0, count: ground.names.count)
        produced = Array(repeating: [], count: graph.instances.count)
        consumed = produced
        places = Array(repeating: [], count: drafts.registers.count)
        for (r, draft) in drafts.registers.enumerated() {
            produced[draft.producer].append(r)
            for consumer in draft.consumers { consumed[consumer].append(r) }
        }
    }

    private mutating func settle(_ i: Int, on node: Int) {
        homes[i] = node
        if !graph.instances[i].isInterface { actors[node] += 1 }
        bytes[node] = Bytes.add(bytes[node], load(of: i, on: node))
        for r in produced[i] + consumed[i] { places[r].insert(node) }
    }

    /// Bytes that it brings along.
    private func load(of i: Int, on node: Int) -> UInt64 {
        var load: UInt64 = 0
        for kernel in graph.instances[i].kernels {
            load = Bytes.add(load, Bytes.round(UInt64(kernel.call.scratch), to: 64))
        }
        for r in produced[i] + consumed[i] where !places[r].contains(node) {
            load = Bytes.add(load, Bytes.multiply(drafts.registers[r].stride, drafts.registers[r].slots ?? 1))
        }
        return load
    }

    private func best(for i: Int) -> Int {
        var inputs = [UInt64](repeating: 0, count: ground.names.count)
        for r in consumed[i] {
            guard let node = homes[drafts.registers[r].producer] else { continue }
            inputs[node] = Bytes.add(inputs[node], drafts.registers[r].stride)
        }
        let all = Array(ground.names.indices)
        let roomy = all.filter { Bytes.add(bytes[$0], load(of: i, on: $0)) <= ground.budgets[$0] }
        let candidates = roomy.isEmpty ? all : roomy
        let most = candidates.map { inputs[$0] }.max()!
        // The first of the smallest: by name.
        return most > 0
            ? candidates.first { inputs[$0] == most }! : candidates.min { (actors[$0], $0) < (actors[$1], $1) }!
    }

    /// An interface's: inputs come before outputs.
    private func beside(_ i: Int) -> Int {
        switch graph.instances[i].role {
        case .input:
            let readers = produced[i].flatMap { drafts.registers[$0].consumers }.sorted()
            return readers.lazy.compactMap { homes[$0] }.first ?? best(for: i)
        case .output, .end, .kernels:
            // Data before control: registers of a producer are in that order, and an output has data of one producer only.
            let before = consumed[i].sorted { isControl($0, $1) }
            return before.lazy.compactMap { homes[drafts.registers[$0].producer] }.first ?? best(for: i)
        }
    }

    private func isControl(_ a: Int, _ b: Int) -> Bool {
        (drafts.registers[a].fields.isEmpty ? 1 : 0, a) < (drafts.registers[b].fields.isEmpty ? 1 : 0, b)
    }
}
