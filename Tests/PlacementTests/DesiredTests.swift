import Placement
import SluiceModel
import Testing
import Wire

@Suite struct DesiredTests {
    @Test func changesAreChainedFromTheWholeSet() {
        var desk = Desk()
        let first = desk.join("a").registered!.desired
        desk.join("b")
        var version = first.version
        var updates = desk.take("a").updates
        desk.act("w", on: "b", life: 1)
        desk.act("r", on: "a", life: 2)
        desk.say(.createChannel(spec(1, writer: "w", readers: ["r"]), timeout: .zero), from: "b")
        updates += desk.take("a").updates
        for update in updates {
            #expect(update.base == version)
            #expect(update.version == version + 1)
            version = update.version
        }
        #expect(desk.placement.nodes[node("a")]?.version == version)
    }

    @Test func anAgentThatMissedAChangeGetsTheWholeSet() {
        var desk = Desk()
        desk.join("a")
        desk.join("b")
        _ = desk.take("a")
        let version = desk.placement.nodes[node("a")]!.version
        func beat(_ desired: UInt64) -> [DesiredUpdate] {
            desk.say(.heartbeat(Heartbeat(desired: desired, sessions: [])), from: "a").updates
        }
        // It may not have arrived yet when the first heartbeat was sent …
        #expect(beat(version - 1).isEmpty)
        // … but it has by the next.
        let whole = beat(version - 1)
        #expect(whole.map(\.base) == [0])
        #expect(whole.first?.peers.map(\.node) == [node("b")])
        #expect(beat(whole.first!.version).isEmpty)
        #expect(beat(whole.first!.version).isEmpty)
        // A version that was never given out comes from another life.
        #expect(beat(whole.first!.version + 100).map(\.base) == [0])
    }

    @Test func oneCauseIsOneUpdatePerNode() {
        var desk = Desk()
        for name in ["a", "b"] { desk.join(name) }
        desk.act("w", on: "a", life: 1)
        desk.act("r", on: "b", life: 2)
        for id in 1...1000 as ClosedRange<UInt64> {
            desk.say(.createChannel(spec(id, "c\(id)", readers: ["r"]), timeout: .zero), from: "a")
            desk.say(.referenceReady(ChannelID(rawValue: id)), from: "b")
        }
        _ = desk.take("a")
        _ = desk.take("b")
        desk.say(.leave, from: "a")
        let updates = desk.take("b").updates
        #expect(updates.count == 1)
        #expect(updates.first?.references.count == 1000)
        #expect(updates.first?.lostPeers == [node("a")])
    }

    @Test func aChangeCostsByTheChangeNotByTheTotal() {
        var desk = Desk()
        for name in ["a", "b"] { desk.join(name) }
        desk.act("w", on: "a", life: 1)
        desk.act("r", on: "b", life: 2)
        for id in 1...2000 as ClosedRange<UInt64> {
            desk.say(.createChannel(spec(id, "c\(id)", readers: ["r"]), timeout: .zero), from: "a")
            let b = desk.take("b").updates
            #expect(b.reduce(0) { $0 + $1.references.count } == (id == 1 ? b.last!.references.count : 1))
            desk.say(.referenceReady(ChannelID(rawValue: id)), from: "b")
            #expect(desk.take("a").updates.last?.writers.count == 1)
        }
    }

    @Test func withoutAConnectionNothingIsSentAndTheWholeSetFollows() {
        var desk = Desk()
        for name in ["a", "b"] { desk.join(name) }
        desk.act("w", on: "a", life: 1)
        desk.act("r", on: "b", life: 2)
        desk.unroutable("b")
        _ = desk.take("b")
        desk.say(.createChannel(spec(1, readers: ["r"]), timeout: .zero), from: "a")
        #expect(desk.take("b").isEmpty)
        let whole = desk.join("b", on: "b2", incarnation: 1, actors: [report("r", life: 2)]).registered!.desired
        #expect(whole.references.map(\.spec.id.rawValue) == [1])
        desk.say(.referenceReady(ChannelID(rawValue: 1)), from: "b2")
        #expect(desk.take("a").created?.rawValue == 1)
    }
}
