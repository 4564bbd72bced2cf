import Placement
import SluiceModel
import Testing
import Wire

@Suite struct EndingTests {
    private let id = ChannelID(rawValue: 1)

    /// w on a writes channel c to r0 on a, r1 on b and r2 on c.
    private func desk() -> Desk {
        var desk = Desk()
        for name in ["a", "b", "c"] { desk.join(name) }
        desk.act("w", on: "a", life: 1)
        desk.act("r0", on: "a", life: 2)
        desk.act("r1", on: "b", life: 3)
        desk.act("r2", on: "c", life: 4)
        desk.say(.createChannel(spec(1, readers: ["r0", "r1", "r2"]), timeout: .zero), from: "a")
        desk.say(.referenceReady(id), from: "b")
        desk.say(.referenceReady(id), from: "c")
        for name in ["a", "b", "c"] { _ = desk.take(name) }
        return desk
    }

    @Test func anEndReachesEveryReferenceAndTheRowGoesWhenAllAreThrough() {
        var desk = desk()
        let end = ChannelEnd(final: 42, reason: .closed)
        #expect(desk.say(.endChannel(id, end), from: "a") == [.done])
        for name in ["b", "c"] { #expect(desk.take(name).updates.last?.references.first?.end == end) }
        #expect(desk.placement.openNames.isEmpty)
        #expect(desk.rows.channels[id]?.end == end)
        desk.say(.referenceDrained(id), from: "b")
        desk.say(.channelDrained(id), from: "a")
        #expect(desk.placement.channels[id] != nil)
        desk.say(.referenceDrained(id), from: "c")
        #expect(desk.placement.channels.isEmpty)
        #expect(desk.rows.channels.isEmpty)
        #expect(desk.placement.channelsRead.isEmpty && desk.placement.channelsWritten.isEmpty)
        #expect(desk.placement.nodes.values.allSatisfy { $0.desiredBytes == 0 && $0.written.isEmpty })
        // All of it again, late: nothing.
        #expect(desk.say(.endChannel(id, end), from: "a") == [.done])
        #expect(desk.say(.channelDrained(id), from: "a").isEmpty)
    }

    @Test func anEndComesFromTheWritersNodeAndTheFirstCounts() {
        var desk = desk()
        #expect(
            desk.say(.endChannel(id, ChannelEnd(final: 1, reason: .closed)), from: "b").failed?.code == .accessDenied)
        desk.say(.endChannel(id, ChannelEnd(final: 5, reason: .writerDied)), from: "a")
        desk.say(.endChannel(id, ChannelEnd(final: 6, reason: .closed)), from: "a")
        #expect(desk.placement.channels[id]?.end == ChannelEnd(final: 5, reason: .writerDied))
    }

    @Test func aLostNodeEndsWhatIsWrittenThere() {
        var desk = desk()
        desk.pass(milliseconds: 61_000, hearing: ["b", "c"])
        let end = ChannelEnd(final: .max, reason: .nodeLost)
        for name in ["b", "c"] {
            #expect(desk.take(name).updates.contains { $0.references.first?.end == end })
        }
        #expect(desk.placement.openNames.isEmpty)
        desk.say(.referenceDrained(id), from: "b")
        desk.say(.referenceDrained(id), from: "c")
        #expect(desk.placement.channels.isEmpty)
    }

    @Test func aLostNodeChangesAnEndThatHasNotLanded() {
        var desk = desk()
        desk.say(.endChannel(id, ChannelEnd(final: 5, reason: .closed)), from: "a")
        desk.pass(milliseconds: 61_000, hearing: ["b", "c"])
        #expect(desk.take("b").updates.last?.references.first?.end == ChannelEnd(final: .max, reason: .nodeLost))
    }

    @Test func aLostNodeLeavesAnEndThatHasLanded() {
        var desk = desk()
        desk.say(.endChannel(id, ChannelEnd(final: 5, reason: .closed)), from: "a")
        desk.say(.channelDrained(id), from: "a")
        _ = desk.take("b")
        desk.pass(milliseconds: 61_000, hearing: ["b", "c"])
        #expect(desk.take("b").updates.allSatisfy { $0.references.isEmpty })
    }

    @Test func aLostReadingNodeIsNoDestinationAnyMore() {
        var desk = desk()
        desk.pass(milliseconds: 61_000, hearing: ["a", "c"])
        let writer = desk.take("a").updates.last { !$0.writers.isEmpty }?.writers.first
        #expect(writer?.destinations == [node("c")])
        #expect(writer?.readerNodes == [node("a"), nil, node("c")])
    }

    @Test func aDrainingChannelDoesNotWaitForALostNode() {
        var desk = desk()
        desk.say(.endChannel(id, ChannelEnd(final: 5, reason: .closed)), from: "a")
        desk.say(.channelDrained(id), from: "a")
        desk.say(.referenceDrained(id), from: "b")
        desk.pass(milliseconds: 61_000, hearing: ["a", "b"])
        #expect(desk.placement.channels.isEmpty)
    }

    @Test func aDeadReaderIsNotWaitedFor() {
        var desk = desk()
        desk.die("r1", on: "b")
        #expect(desk.take("a").updates.last?.writers.first?.destinations == [node("c")])
        // Its node's reference is not needed.
        #expect(desk.placement.nodes[node("b")]?.references.isEmpty == true)
    }

    @Test func aDeadReaderThatComesBackElsewhereTakesItsPlace() {
        var desk = desk()
        desk.die("r1", on: "b")
        _ = desk.take("a")
        _ = desk.take("c")
        desk.act("r1", on: "c", life: 9)
        #expect(desk.placement.nodes[node("c")]?.references == [id])
        #expect(desk.take("a").updates.last?.writers.first?.readerNodes == [node("a"), node("c"), node("c")])
        desk.die("r1", on: "c")
        _ = desk.take("a")
        // To a node that has no reference: it is a destination once it has one.
        let answers = desk.say(.registerActor(Desk.actor("r1"), life: ProcessLife(rawValue: 10), pid: 1), from: "b")
        #expect(answers.updates.last?.references.first?.readers == [1])
        #expect(desk.take("a").updates.last?.writers.first?.destinations == [node("c")])
        desk.say(.referenceReady(id), from: "b")
        #expect(desk.take("a").updates.last?.writers.first?.destinations == [node("b"), node("c")])
    }

    @Test func aNewAgentThatDoesNotKnowAChannelEndsItAfterAMoment() {
        var desk = desk()
        desk.unroutable("a")
        desk.pass(milliseconds: 2000, hearing: ["b", "c"])
        let answer = desk.join("a", on: "a2", life: 99, actors: [report("r0", life: 2)])
        #expect(answer.registered?.incarnation == 2)
        // It is still asked for: its worker may be on its way back.
        #expect(answer.registered?.desired.writers.map(\.channel) == [id])
        #expect(desk.placement.channels[id]?.isOpen == true)
        desk.pass(milliseconds: 1000, hearing: ["b", "c"])
        #expect(desk.placement.channels[id]?.end == ChannelEnd(final: .max, reason: .writerDied))
        #expect(desk.take("b").updates.last?.references.first?.end?.reason == .writerDied)
        #expect(desk.take("a2").updates.last?.removedWriters == [id])
    }

    @Test func aNewAgentThatReportsItsWriterGoesOn() {
        var desk = desk()
        desk.unroutable("a")
        desk.pass(milliseconds: 2000, hearing: ["b", "c"])
        let spec = desk.placement.channels[id]!.spec
        let answer = desk.join(
            "a", on: "a2", life: 99, actors: [report("w", life: 1), report("r0", life: 2)],
            writers: [WriterReport(spec: spec, end: nil)])
        #expect(answer.registered?.desired.writers.first?.destinations == [node("b"), node("c")])
        desk.pass(milliseconds: 5000, hearing: ["b", "c"])
        #expect(desk.placement.channels[id]?.isOpen == true)
        #expect(desk.placement.actors[Desk.actor("w")]?.incarnation == 1)
    }

    @Test func anEndThatWasLostOnTheWayIsReported() {
        var desk = desk()
        desk.unroutable("a")
        let spec = desk.placement.channels[id]!.spec
        desk.join(
            "a", on: "a2", incarnation: 1, actors: [report("w", life: 1), report("r0", life: 2)],
            writers: [WriterReport(spec: spec, end: ChannelEnd(final: 8, reason: .closed))])
        #expect(desk.take("b").updates.last?.references.first?.end == ChannelEnd(final: 8, reason: .closed))
    }

    @Test func aReadersAgentThatRestartsStaysADestination() {
        var desk = desk()
        desk.unroutable("b")
        desk.pass(milliseconds: 2000, hearing: ["a", "c"])
        desk.join("b", on: "b2", life: 50, actors: [report("r1", life: 3)])
        desk.pass(milliseconds: 5000, hearing: ["a", "c"])
        #expect(desk.placement.channels[id]?.destinations == [node("b"), node("c")])
        #expect(desk.take("a").updates.allSatisfy { $0.writers.isEmpty })
        // Only once its agent has the reference again, a reader is told to open it.
        #expect(
            desk.say(.resolveReader(channel("c"), Desk.actor("r1"), timeout: .seconds(1)), from: "b2").resolved == nil)
        #expect(desk.say(.referenceReady(id), from: "b2").resolved != nil)
    }

    @Test func whatComesBackAfterItWasLostGoesOnLocally() {
        var desk = desk()
        let spec = desk.placement.channels[id]!.spec
        desk.pass(milliseconds: 61_000, hearing: ["b", "c"])
        let answer = desk.join(
            "a", on: "a2", actors: [report("w", life: 1), report("r0", life: 2)],
            writers: [WriterReport(spec: spec, end: nil, readerNodes: [node("a"), node("b"), node("c")])])
        #expect(answer.registered?.incarnation == 2)
        let writer = answer.registered?.desired.writers.first
        #expect(writer?.readerNodes == [node("a"), nil, nil])
        #expect(writer?.destinations == [])
        // For everyone else it has ended, and its name is free.
        #expect(desk.take("b").updates.contains { $0.references.first?.end?.reason == .nodeLost })
        #expect(desk.placement.openNames.isEmpty)
        desk.say(.referenceDrained(id), from: "b")
        desk.say(.referenceDrained(id), from: "c")
        #expect(desk.placement.channels[id] != nil)
        desk.say(.channelDrained(id), from: "a2")
        #expect(desk.placement.channels.isEmpty)
    }
}
