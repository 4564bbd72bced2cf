import Placement
import SluiceModel
import Testing
import Wire

/// A coordinator ends, another begins, with its rows or without.
@Suite struct RestartTests {
    private let id = ChannelID(rawValue: 1)

    private func running() -> Desk {
        var desk = Desk(epoch: 1)
        for name in ["a", "b"] { desk.join(name) }
        desk.act("w", on: "a", life: 1)
        desk.act("r0", on: "a", life: 2)
        desk.act("r1", on: "b", life: 3)
        desk.say(.createChannel(spec(1, readers: ["r0", "r1"]), timeout: .zero), from: "a")
        desk.say(.referenceReady(id), from: "b")
        return desk
    }

    private var spec1: ChannelSpec { spec(1, readers: ["r0", "r1"]) }

    private func rejoin(_ desk: inout Desk, _ name: String, channels: Bool = true) -> DesiredUpdate? {
        let isA = name == "a"
        return desk.join(
            name, incarnation: 1, epoch: 1,
            actors: isA ? [report("w", life: 1), report("r0", life: 2)] : [report("r1", life: 3)],
            writers: isA && channels
                ? [WriterReport(spec: spec1, end: nil, readerNodes: [node("a"), node("b")])] : [],
            references: !isA && channels ? [ReferenceReport(spec: spec1, published: 9, writerNode: node("a"))] : []
        ).registered?.desired
    }

    private static let stores = ["all", "no channels", "nothing"]

    private func restarted(_ store: String) -> Desk {
        var rows = running().rows.rows
        if store != "all" { rows.channels = [] }
        if store == "nothing" { rows = StoredRows() }
        return Desk(epoch: 2, rows: rows)
    }

    @Test(arguments: stores) func aRunningChannelDoesNotNotice(store: String) {
        for order in [["a", "b"], ["b", "a"]] {
            var desk = restarted(store)
            for name in order {
                let whole = rejoin(&desk, name)!
                if name == "a" {
                    #expect(
                        whole.writers == [
                            DesiredWriter(
                                channel: id, readerNodes: [node("a"), node("b")], destinations: [node("b")])
                        ])
                } else {
                    #expect(
                        whole.references == [
                            DesiredReference(spec: spec1, writerNode: node("a"), readers: [1], end: nil)
                        ])
                }
            }
            desk.pass(milliseconds: 90_000, hearing: order)
            for update in desk.take("a").updates {
                #expect(update.removedWriters.isEmpty && update.writers.allSatisfy { $0.destinations == [node("b")] })
            }
            for update in desk.take("b").updates {
                #expect(update.removedReferences.isEmpty && update.references.allSatisfy { $0.end == nil })
            }
            #expect(desk.placement.channels[id]?.isOpen == true)
            #expect(desk.placement.nodes[node("a")]?.incarnation == 1)
            #expect(desk.placement.actors[Desk.actor("r1")]?.incarnation == 1)
            // And it is as good as before.
            #expect(desk.say(.resolveReader(channel("c"), Desk.actor("r1"), timeout: .zero), from: "b").resolved != nil)
            desk.say(.endChannel(id, ChannelEnd(final: 10, reason: .closed)), from: "a")
            #expect(desk.take("b").updates.last?.references.first?.end?.final == 10)
            desk.say(.channelDrained(id), from: "a")
            desk.say(.referenceDrained(id), from: "b")
            #expect(desk.placement.channels.isEmpty && desk.rows.channels.isEmpty)
        }
    }

    @Test(arguments: stores) func aNodeThatDoesNotComeBackIsLostAfterAWholeLease(store: String) {
        var desk = restarted(store)
        _ = rejoin(&desk, "a")
        desk.pass(milliseconds: 59_000, hearing: ["a"])
        #expect(desk.take("a").updates.allSatisfy { $0.writers.isEmpty })
        desk.pass(milliseconds: 2_000, hearing: ["a"])
        #expect(desk.take("a").updates.last?.writers.first?.destinations == [])
        #expect(desk.placement.channels[id]?.places[1].node == nil)
    }

    @Test(arguments: stores) func aWriterThatDoesNotComeBackIsLostAfterAWholeLease(store: String) {
        var desk = restarted(store)
        _ = rejoin(&desk, "b")
        desk.pass(milliseconds: 59_000, hearing: ["b"])
        #expect(desk.placement.channels[id]?.isOpen == true)
        desk.pass(milliseconds: 2_000, hearing: ["b"])
        #expect(desk.take("b").updates.last?.references.first?.end == ChannelEnd(final: .max, reason: .nodeLost))
    }

    @Test func aReaderThatDiedMeanwhileIsNoDestinationAfterAMoment() {
        var desk = restarted("nothing")
        _ = rejoin(&desk, "a")
        desk.join("b", incarnation: 1)
        desk.pass(milliseconds: 2000, hearing: ["a", "b"])
        #expect(desk.take("a").updates.last { !$0.writers.isEmpty }?.writers.first?.destinations == [])
    }

    @Test func aReferenceWhoseWriterNobodyKnowsIsKeptForTheWriter() {
        var desk = Desk(epoch: 2)
        desk.join(
            "b", incarnation: 1, actors: [report("r1", life: 3)],
            references: [ReferenceReport(spec: spec1, published: 9)])
        #expect(desk.placement.channels.isEmpty)
        desk.join(
            "a", incarnation: 1, actors: [report("w", life: 1), report("r0", life: 2)],
            writers: [WriterReport(spec: spec1, end: nil)])
        #expect(desk.take("b").updates.last?.references.map(\.spec) == [spec1])
        #expect(desk.placement.channels[id]?.references[node("b")]?.isReady == true)
    }

    @Test func incarnationsGoOnWhereTheAgentsWere() {
        var desk = Desk(epoch: 2)
        #expect(desk.join("a", life: 1, incarnation: 7).registered?.incarnation == 7)
        #expect(desk.join("a", on: "z", life: 2, incarnation: 3).refused?.code == .fenced)
    }

    @Test func aNameIsHeldForAMomentForWhoHadIt() {
        var rows = running().rows.rows
        rows.channels = []
        var desk = Desk(epoch: 2, rows: rows)
        #expect(desk.join("a", on: "x", life: 99).isEmpty)
        // It comes back.
        #expect(desk.join("a", incarnation: 1).registered?.incarnation == 1)
        #expect(desk.take("x").refused?.code == .nameTaken)
        // Another time it does not.
        desk = Desk(epoch: 2, rows: rows)
        desk.join("a", on: "x", life: 99)
        desk.pass(milliseconds: 1000)
        #expect(desk.take("x").registered?.incarnation == 2)
    }

    @Test func whatHadEndedIsStillDrained() {
        var before = running()
        before.say(.endChannel(id, ChannelEnd(final: 4, reason: .closed)), from: "a")
        before.say(.readerOpen(id, Desk.actor("r1"), isOpen: true), from: "b")
        var desk = Desk(epoch: 2, rows: before.rows.rows)
        #expect(desk.placement.openNames.isEmpty)
        let end = ChannelEnd(final: 4, reason: .closed)
        desk.join(
            "a", incarnation: 1, epoch: 1, actors: [report("w", life: 1), report("r0", life: 2)],
            writers: [WriterReport(spec: spec1, end: end)])
        let whole = rejoin(&desk, "b")
        #expect(whole?.references.first?.end == end)
        // What r1 has opened is remembered.
        #expect(
            desk.say(.resolveReader(channel("c"), Desk.actor("r1"), timeout: .zero), from: "b").failed?.code
                == .unknownChannel)
        #expect(desk.say(.resolveReader(channel("c"), Desk.actor("r0"), timeout: .zero), from: "a").resolved != nil)
        desk.say(.channelDrained(id), from: "a")
        desk.say(.referenceDrained(id), from: "b")
        #expect(desk.placement.channels.isEmpty)
    }

    @Test func whatDrainedUnheardGoesAfterAMoment() {
        var before = running()
        before.say(.endChannel(id, ChannelEnd(final: 4, reason: .closed)), from: "a")
        var desk = Desk(epoch: 2, rows: before.rows.rows)
        _ = rejoin(&desk, "a", channels: false)
        _ = rejoin(&desk, "b", channels: false)
        #expect(desk.placement.channels[id] != nil)
        desk.pass(milliseconds: 1000, hearing: ["a", "b"])
        #expect(desk.placement.channels.isEmpty)
        #expect(desk.rows.channels.isEmpty)
    }
}
