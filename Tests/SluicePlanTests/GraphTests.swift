import SluicePlan
import Testing

/// Whole graphs, driven by the rule of each actor.
@Suite("Graphs of actors") struct GraphTests {
    private typealias Net = Simulation.Net

    /// Actors that each read some rings of earlier ones; the first ones are sources.
    private static func net(_ random: inout SeededRandom) -> Net {
        let count = Int.random(in: 1...7, using: &random)
        var net = Net(rings: [], limits: [])
        for actor in 0..<count {
            let earlier = net.rings.indices.shuffled(using: &random)
            let inputs = earlier.prefix(actor == 0 ? 0 : Int.random(in: 0...3, using: &random))
            for ring in inputs { net.rings[ring].readers.append(actor) }
            net.limits.append(inputs.isEmpty ? UInt64.random(in: 0...12, using: &random) : nil)
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                net.rings.append(.init(slots: Int.random(in: 1...4, using: &random), producer: actor, readers: []))
            }
        }
        for number in 0..<12 where Int.random(in: 0..<8, using: &random) == 0 { net.fails.insert(UInt64(number)) }
        share(&net, &random)
        return net
    }

    /// Lets some outputs take over the memory of an input that nobody else reads.
    private static func share(_ net: inout Net, _ random: inout SeededRandom) {
        for ring in net.rings.indices where Bool.random(using: &random) {
            let actor = net.rings[ring].producer
            let free = net.inputs(actor).first { input in
                net.rings[input].readers == [actor] && !net.rings.contains { $0.inPlaceOf == input }
            }
            guard let free else { continue }
            net.rings[ring].inPlaceOf = free
            net.rings[ring].slots = net.rings[free].slots
        }
        // What takes over has as many slots as what it takes over, all along.
        for ring in net.rings.indices { net.rings[ring].slots = net.rings[net.root(ring)].slots }
    }

    @Test(arguments: 0..<400) func r6EveryValueOfEveryGraphIsWholeAndEveryActorEnds(seed: Int) throws {
        var random = SeededRandom(UInt64(seed))
        let net = Self.net(&random)
        let expected = Expectation(net: net)
        for _ in 0..<3 {
            var simulation = Simulation(net)
            simulation.run(&random)
            #expect(simulation.wrongs == [])
            #expect(simulation.firings == net.limits.indices.map(expected.firings))
            for ring in net.rings.indices {
                let values = expected.values(ring)
                for reader in net.rings[ring].readers {
                    // One that has ended before its other inputs did may have taken one more of this.
                    let fired = Int(expected.firings(reader))
                    let read = try #require(simulation.read[ring][reader])
                    #expect(fired...fired + 1 ~= read.count && values.starts(with: read))
                }
                #expect(simulation.mostUnread[ring] <= UInt64(net.rings[ring].slots))
            }
            for actor in net.limits.indices {
                let reason = try #require(simulation.reasons[actor], "actor \(actor) has not ended")
                switch reason {
                case .limit: #expect(net.limits[actor] != nil)
                case .inputEnded(let input):
                    let ring = net.inputs(actor)[input]
                    #expect(expected.firings(net.rings[ring].producer) == expected.firings(actor))
                default: Issue.record("actor \(actor): \(reason)")
                }
            }
        }
    }

    @Test(arguments: 1...5) func r5AProducerStallsAfterExactlyItsSlots(slots: Int) {
        let net = Net(rings: [.init(slots: slots, producer: 0, readers: [1])], limits: [100, nil])
        var random = SeededRandom(1)
        var simulation = Simulation(net)
        simulation.idle = [1]
        simulation.run(&random)
        #expect(simulation.firings == [UInt64(slots), 0])
        // The consumer goes on, and so does the producer.
        simulation.idle = []
        simulation.run(&random)
        #expect(simulation.firings == [100, 100])
        #expect(simulation.mostUnread == [UInt64(slots)])
    }

    @Test func r5TheSlowestConsumerGatesAndNoneDoesNot() {
        let net = Net(
            rings: [
                .init(slots: 3, producer: 0, readers: [1, 2]), .init(slots: 2, producer: 1, readers: []),
            ], limits: [50, nil, nil])
        var random = SeededRandom(2)
        var simulation = Simulation(net)
        simulation.idle = [2]
        simulation.run(&random)
        #expect(simulation.firings == [3, 3, 0])
        simulation.idle = []
        simulation.run(&random)
        #expect(simulation.firings == [50, 50, 50])
        #expect(simulation.reasons == [.limit, .inputEnded(0), .inputEnded(0)])
    }

    @Test func r4AJoinWaitsForItsLastInput() {
        let net = Net(
            rings: [.init(slots: 2, producer: 0, readers: [2]), .init(slots: 2, producer: 1, readers: [2])],
            limits: [10, 10, nil])
        var random = SeededRandom(3)
        var simulation = Simulation(net)
        simulation.idle = [1]
        simulation.run(&random)
        // One value is held by the join, one more lies in the other slot.
        #expect(simulation.firings == [2, 0, 0])
        simulation.idle = []
        simulation.run(&random)
        #expect(simulation.firings == [10, 10, 10])
    }

    @Test(arguments: 1...3) func r7AnInputGoesBackOnlyWhenWhatTookItOverIsReleased(slots: Int) {
        // 0 → x → 1 → y, in x's memory → 2.
        let net = Net(
            rings: [
                .init(slots: slots, producer: 0, readers: [1]),
                .init(slots: slots, producer: 1, readers: [2], inPlaceOf: 0),
            ], limits: [20, nil, nil])
        var random = SeededRandom(4)
        var simulation = Simulation(net)
        simulation.idle = [2]
        simulation.run(&random)
        #expect(simulation.firings == [UInt64(slots), UInt64(slots), 0])
        simulation.idle = []
        simulation.run(&random)
        #expect(simulation.firings == [20, 20, 20])
        #expect(simulation.read[1][2] == Expectation(net: net).values(1))
        #expect(simulation.wrongs == [])
    }

    @Test(arguments: 1...3) func aGuardKeepsTheNextRoundFromWhatIsStillRead(slots: Int) {
        // 0 → x → 1 → y → 2 → z, in x's memory → 3: x is over when z begins, but its next round is not.
        let net = Net(
            rings: [
                .init(slots: slots, producer: 0, readers: [1]), .init(slots: 4, producer: 1, readers: [2]),
                .init(slots: slots, producer: 2, readers: [3], inPlaceOf: 0),
            ], limits: [20, nil, nil, nil])
        for seed in 0..<20 {
            var random = SeededRandom(UInt64(seed))
            var simulation = Simulation(net)
            simulation.idle = [3]
            simulation.run(&random)
            #expect(simulation.firings == [UInt64(slots), UInt64(slots), UInt64(slots), 0])
            simulation.idle = []
            simulation.run(&random)
            #expect(simulation.firings == [20, 20, 20, 20])
            #expect(simulation.read[2][3] == Expectation(net: net).values(2))
            #expect(simulation.wrongs == [])
        }
    }

    @Test func r9ASourceThatEndsDrainsTheGraph() {
        // Values are in flight all along a chain when its source has ended already.
        let length = 6
        let net = Net(
            rings: (0..<length).map { .init(slots: 2, producer: $0, readers: [$0 + 1]) },
            limits: [7] + Array(repeating: nil, count: length))
        for seed in 0..<50 {
            var random = SeededRandom(UInt64(seed))
            var simulation = Simulation(net)
            simulation.idle = [length]
            simulation.run(&random)
            simulation.idle = []
            simulation.run(&random)
            #expect(simulation.firings == Array(repeating: 7, count: length + 1))
            #expect(simulation.reasons == [.limit] + Array(repeating: .inputEnded(0), count: length))
        }
    }

    @Test func r9WithoutAnyValueTheEndIsPassedOn() {
        let net = Net(
            rings: [.init(slots: 1, producer: 0, readers: [1]), .init(slots: 1, producer: 1, readers: [2])],
            limits: [0, nil, nil])
        var random = SeededRandom(5)
        var simulation = Simulation(net)
        simulation.run(&random)
        #expect(simulation.firings == [0, 0, 0])
        #expect(simulation.reasons == [.limit, .inputEnded(0), .inputEnded(0)])
    }
}
