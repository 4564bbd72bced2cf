import SluicePlan

/// A graph of actors over rings that only count, in one thread: who goes next is drawn, and each step is as small as can be.
///
/// Slots have two halves, written one after the other, so that a reader that comes too early, or a writer that does, is seen.
struct Simulation {
    struct Ring {
        var slots: Int
        var producer: Int
        var readers: [Int]
        /// The ring whose memory it takes over; it has as many slots.
        var inPlaceOf: Int?
    }

    struct Net {
        var rings: [Ring]
        /// Firings of each actor; nil: until an input ends.
        var limits: [UInt64?]
        /// Values of sources that are failed ones.
        var fails: Set<UInt64> = []

        func inputs(_ actor: Int) -> [Int] { rings.indices.filter { rings[$0].readers.contains(actor) } }
        func outputs(_ actor: Int) -> [Int] { rings.indices.filter { rings[$0].producer == actor } }

        /// The ring in whose memory this one begins.
        func root(_ ring: Int) -> Int { rings[ring].inPlaceOf.map(root) ?? ring }

        /// Rings that lie in this one's memory, and it itself.
        func tenants(_ ring: Int) -> [Int] {
            [ring] + rings.indices.filter { rings[$0].inPlaceOf == ring }.flatMap(tenants)
        }
    }

    private struct Actor {
        var rule: FiringRule
        var jobs: [Job] = []
        var taken: [Int] = []
        var reason: FiringRule.Reason?
    }

    /// What is left to do of a firing.
    private enum Job {
        case write(ring: Int, half: Int, value: Int)
        case publish(Int)
        case release(Int)
        case fired
    }

    static let failed = -1
    let net: Net
    private var actors: [Actor]
    private var published: [UInt64]
    private var closed: [Bool]
    private var released: [[Int: UInt64]]
    private var memory: [[[Int]]]
    /// Read values, by ring and reader, and what went wrong.
    private(set) var read: [[Int: [Int]]]
    private(set) var wrongs: [String] = []
    /// Those that do not move.
    var idle: Set<Int> = []
    private(set) var mostUnread: [UInt64]

    init(_ net: Net) {
        self.net = net
        actors = net.limits.indices.map { actor in
            Actor(
                rule: FiringRule(
                    inputs: net.inputs(actor).count, outputs: net.outputs(actor).count, limit: net.limits[actor]))
        }
        published = net.rings.map { _ in 0 }
        mostUnread = published
        closed = net.rings.map { _ in false }
        released = net.rings.map { ring in Dictionary(uniqueKeysWithValues: ring.readers.map { ($0, 0) }) }
        memory = net.rings.map { Array(repeating: [0, 0], count: $0.slots) }
        read = net.rings.map { ring in Dictionary(uniqueKeysWithValues: ring.readers.map { ($0, []) }) }
    }

    var firings: [UInt64] { actors.map(\.rule.firings) }
    var reasons: [FiringRule.Reason?] { actors.map(\.reason) }

    /// Until nobody can go on.
    mutating func run(_ random: inout SeededRandom) {
        while true {
            let order = actors.indices.filter { !idle.contains($0) }.shuffled(using: &random)
            var hasMoved = false
            for actor in order where step(actor) {
                hasMoved = true
                // Some are quick, some are slow.
                if Bool.random(using: &random) { break }
            }
            if !hasMoved { return }
        }
    }

    /// - Returns: Whether there was something to do.
    private mutating func step(_ actor: Int) -> Bool {
        if actors[actor].reason != nil { return false }
        if !actors[actor].jobs.isEmpty {
            perform(actors[actor].jobs.removeFirst(), actor)
            return true
        }
        switch actors[actor].rule.next() {
        case .take(let input): return take(net.inputs(actor)[input], actor)
        case .reserve(let output):
            guard isFree(net.outputs(actor)[output]) else { return false }
            actors[actor].rule.tell(.reserved)
        case .fire(let number, let failedInput): plan(actor, number, failedInput)
        case .finish(let reason):
            actors[actor].reason = reason
            for ring in net.outputs(actor) { closed[ring] = true }
            for ring in net.inputs(actor) { released[ring][actor] = nil }
        }
        return true
    }

    private mutating func take(_ ring: Int, _ actor: Int) -> Bool {
        let number = actors[actor].rule.firings
        if published[ring] > number {
            let halves = memory[net.root(ring)][Int(number % UInt64(net.rings[ring].slots))]
            if halves[0] != halves[1] { wrongs.append("ring \(ring) value \(number) is torn: \(halves)") }
            read[ring][actor]?.append(halves[0])
            actors[actor].taken.append(halves[0])
            actors[actor].rule.tell(.taken(failed: halves[0] == Self.failed))
            return true
        }
        guard closed[ring] else { return false }
        actors[actor].rule.tell(.ended(count: published[ring]))
        return true
    }

    /// Whether every reader of whatever lies in the slot's memory has released what was there.
    private func isFree(_ ring: Int) -> Bool {
        let next = published[ring]
        let slots = UInt64(net.rings[ring].slots)
        guard next >= slots else { return true }
        return net.tenants(ring).allSatisfy { tenant in released[tenant].values.allSatisfy { $0 > next - slots } }
    }

    private mutating func plan(_ actor: Int, _ number: UInt64, _ failedInput: Int?) {
        let inputs = actors[actor].taken
        if inputs.firstIndex(of: Self.failed) != failedInput {
            wrongs.append("actor \(actor) has not seen a failed value")
        }
        var jobs: [Job] = []
        for ring in net.outputs(actor) {
            let isFailed = failedInput != nil || (inputs.isEmpty && net.fails.contains(number))
            let value = isFailed ? Self.failed : Self.value(ring, number, inputs)
            jobs += [.write(ring: ring, half: 0, value: value), .write(ring: ring, half: 1, value: value)]
        }
        jobs += net.outputs(actor).map(Job.publish) + net.inputs(actor).map(Job.release) + [.fired]
        actors[actor].jobs = jobs
        actors[actor].taken = []
    }

    private mutating func perform(_ job: Job, _ actor: Int) {
        switch job {
        case .write(let ring, let half, let value):
            memory[net.root(ring)][Int(published[ring] % UInt64(net.rings[ring].slots))][half] = value
        case .publish(let ring):
            published[ring] += 1
            let unread = published[ring] - (released[ring].values.min() ?? published[ring])
            mostUnread[ring] = max(mostUnread[ring], unread)
        case .release(let ring): released[ring][actor, default: 0] += 1
        case .fired: actors[actor].rule.tell(.fired)
        }
    }

    static func value(_ ring: Int, _ number: UInt64, _ inputs: [Int]) -> Int {
        var hash = ring &* 31 &+ Int(number) &* 1009
        for input in inputs { hash = (hash &* 16_777_619) ^ input }
        return hash & 0xffff_ffff
    }
}

/// What must come of a graph, whoever goes first: each actor makes of the k-th values of its inputs its own k-th values.
/// Without turns, slots or memory, and without a rule.
struct Expectation {
    let net: Simulation.Net

    func firings(_ actor: Int) -> UInt64 {
        let inputs = net.inputs(actor).map { firings(net.rings[$0].producer) }
        return min(inputs.min() ?? .max, net.limits[actor] ?? .max)
    }

    func values(_ ring: Int) -> [Int] {
        let producer = net.rings[ring].producer
        let inputs = net.inputs(producer).map(values)
        return (0..<firings(producer)).map { number in
            let read = inputs.map { $0[Int(number)] }
            let isFailed = read.contains(Simulation.failed) || (read.isEmpty && net.fails.contains(number))
            return isFailed ? Simulation.failed : Simulation.value(ring, number, read)
        }
    }
}
