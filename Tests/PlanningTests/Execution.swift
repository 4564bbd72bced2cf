import Planning
import SluiceModel

/// One legal execution of a plan, step by step, with a picture of every node's memory.
///
/// Actors take their inputs, write, publish, and then release; an agent sends a published value from its producer's memory,
/// fills the slot on the other node, and moves its cursor afterwards. Each ring waits for its own readers' cursors and, as the
/// guard edges say, for those of other rings. What happens next is drawn at random. The picture knows who has last written each
/// 64 bytes, and so sees whoever writes what somebody may still read, and whoever reads what is not theirs.
struct Execution {
    private struct Ring {
        var register: Int
        var slots: Int
        var node: Int
        var firstCell: Int
        var cells: Int
        var published = 0
        /// Cursors of those who read here; then all that its writer waits for.
        var cursors: [Int] = []
        var gates: [Int] = []
        /// Actors that read here, and agents that send from here.
        var actors: [Int] = []
        var transfers: [Int] = []
    }

    private struct Actor {
        var inputs: [(ring: Int, cursor: Int)] = []
        var outputs: [Int] = []
        /// Firings begun, and firings whose kernels are over.
        var begun = 0
        var over = 0
        var phase = 0
    }

    private struct Transfer {
        var source: Int
        var cursor: Int
        var target: Int
        var begun = 0
        var landed = 0
        var phase = 0
    }

    private var rings: [Ring] = []
    private var actors: [Actor]
    private var transfers: [Transfer] = []
    private var cursors: [Int] = []
    /// By node and cell: register × 1024 + sequence of whom it belongs to; -1: nobody.
    private var memory: [[Int]] = []
    private let takes: [Int]
    private(set) var problem: String?
    private let plan: CompiledPlan

    init(_ plan: CompiledPlan) {
        self.plan = plan
        actors = Array(repeating: Actor(), count: plan.actors.count)
        takes = plan.registers.map { $0.inPlaceOf ?? -1 }
        memory = plan.nodes.map { Array(repeating: -1, count: Int($0.blockBytes / 64)) }
        var ringAt: [[Int]] = []
        for r in plan.registers.indices { ringAt.append(addRings(r)) }
        for edge in plan.guards {
            let node = nodeNumber(edge.node)
            rings[ringAt[edge.register][node]].gates += rings[ringAt[edge.after][node]].cursors
        }
    }

    private func nodeNumber(_ name: String) -> Int { plan.nodes.firstIndex { $0.name == name }! }

    private mutating func addRings(_ r: Int) -> [Int] {
        var at = [Int](repeating: -1, count: plan.nodes.count)
        let register = plan.registers[r]
        guard register.kind == .channel else { return at }
        for place in register.places {
            let node = nodeNumber(place.node)
            at[node] = rings.count
            rings.append(
                Ring(
                    register: r, slots: register.slots, node: node, firstCell: Int(place.offset / 64),
                    cells: Int(register.stride / 64)))
        }
        let home = at[nodeNumber(register.places[0].node)]
        actors[register.producer].outputs.append(home)
        for consumer in register.consumers {
            let ring = at[nodeNumber(plan.actors[consumer].node)]
            actors[consumer].inputs.append((ring, cursors.count))
            rings[ring].cursors.append(cursors.count)
            rings[ring].actors.append(consumer)
            cursors.append(0)
        }
        for target in at where target >= 0 && target != home {
            rings[home].cursors.append(cursors.count)
            rings[home].transfers.append(transfers.count)
            transfers.append(Transfer(source: home, cursor: cursors.count, target: target))
            cursors.append(0)
        }
        for ring in at where ring >= 0 { rings[ring].gates = rings[ring].cursors }
        return at
    }
}

extension Execution {
    /// Lets everybody fire so often; says what went wrong, nil if nothing did.
    mutating func run(firings: Int, _ dice: inout Dice) -> String? {
        let count = actors.count + transfers.count
        var steps = actors.count * firings * 3 + transfers.count * firings * 3
        // Either anybody at any time, or some far ahead of others.
        let stubbornness = dice.pick([0, 50, 90, 99])
        var order = Array(0..<count)
        order.shuffle(using: &dice)
        var position = 0
        while steps > 0 {
            if !dice.chance(stubbornness) { position = dice.roll(count) }
            var tried = 0
            while tried < count, !step(order[position], firings) {
                position = position + 1 == count ? 0 : position + 1
                tried += 1
            }
            if let problem { return problem }
            if tried == count { return "nobody can go on, \(steps) steps before the end" }
            steps -= 1
        }
        return problem
    }

    private mutating func step(_ i: Int, _ firings: Int) -> Bool {
        i < actors.count ? stepActor(i, firings) : stepTransfer(i - actors.count, firings)
    }

    private mutating func stepActor(_ i: Int, _ firings: Int) -> Bool {
        let k = actors[i].begun
        switch actors[i].phase {
        case 0:
            if k == firings { return false }
            for input in actors[i].inputs where rings[input.ring].published <= k { return false }
            for output in actors[i].outputs where !isFree(output, k) { return false }
            for input in actors[i].inputs { expect(input.ring, k, by: i) }
            for output in actors[i].outputs { claim(output, k, by: i) }
            actors[i].phase = 1
        case 1:
            for input in actors[i].inputs { expect(input.ring, k, by: i) }
            for output in actors[i].outputs {
                expect(output, k, by: i)
                rings[output].published += 1
            }
            actors[i].over += 1
            actors[i].phase = 2
        default:
            for input in actors[i].inputs { cursors[input.cursor] += 1 }
            actors[i].begun += 1
            actors[i].phase = 0
        }
        return true
    }

    private mutating func stepTransfer(_ t: Int, _ firings: Int) -> Bool {
        let (source, target, k) = (transfers[t].source, transfers[t].target, transfers[t].begun)
        switch transfers[t].phase {
        case 0:
            if k == firings || rings[source].published <= k || !isFree(target, k) { return false }
            expect(source, k, by: nil)
            claim(target, k, by: nil)
            transfers[t].phase = 1
        case 1:
            expect(source, k, by: nil)
            transfers[t].landed += 1
            rings[target].published += 1
            transfers[t].phase = 2
        default:
            cursors[transfers[t].cursor] += 1
            transfers[t].begun += 1
            transfers[t].phase = 0
        }
        return true
    }

    private func isFree(_ ring: Int, _ k: Int) -> Bool {
        let released = k - rings[ring].slots
        if released < 0 { return true }
        for gate in rings[ring].gates where cursors[gate] <= released { return false }
        return true
    }
}

extension Execution {
    private func cells(_ ring: Int, _ k: Int) -> Range<Int> {
        let first = rings[ring].firstCell + k % rings[ring].slots * rings[ring].cells
        return first..<(first + rings[ring].cells)
    }

    /// Takes a slot for writing.
    private mutating func claim(_ ring: Int, _ k: Int, by actor: Int?) {
        let (node, mine) = (rings[ring].node, rings[ring].register << 10 | k)
        var last = -1
        for cell in cells(ring, k) {
            let owner = memory[node][cell]
            if owner >= 0, owner != last {
                last = owner
                if mayBeInUse(owner >> 10, owner & 1023, node, k, rings[ring].register, writer: actor) {
                    problem =
                        "value \(k) of \(plan.registers[rings[ring].register].name) is written over value \(owner & 1023) of \(plan.registers[owner >> 10].name) on \(plan.nodes[node].name), which is still in use"
                }
            }
            memory[node][cell] = mine
        }
    }

    /// Whether somebody may still write or read a value on a node.
    private func mayBeInUse(_ register: Int, _ j: Int, _ node: Int, _ k: Int, _ by: Int, writer: Int?) -> Bool {
        for ring in rings where ring.register == register && ring.node == node {
            if ring.published <= j { return true }
            for transfer in ring.transfers where transfers[transfer].landed <= j { return true }
            for actor in ring.actors where actors[actor].over <= j {
                // In place: whoever reads it is the one that writes now.
                if actor == writer, takes[by] == register, j == k { continue }
                return true
            }
        }
        return false
    }

    /// Reads, or goes on writing, a value that must be there; one's own output may lie in its place already.
    private mutating func expect(_ ring: Int, _ k: Int, by actor: Int?) {
        let (node, register) = (rings[ring].node, rings[ring].register)
        for cell in cells(ring, k) {
            let owner = memory[node][cell]
            if owner == register << 10 | k { continue }
            if owner >= 0, takes[owner >> 10] == register, owner & 1023 == k,
                plan.registers[owner >> 10].producer == actor
            {
                continue
            }
            problem =
                "value \(k) of \(plan.registers[register].name) on \(plan.nodes[node].name) is gone while it is in use: \(owner < 0 ? "nothing" : "value \(owner & 1023) of \(plan.registers[owner >> 10].name)") is there"
            return
        }
    }
}
