import Placement
import SluiceModel
import Testing
import Wire

@Suite struct OpeningTests {
    private let id = ChannelID(rawValue: 1)

    private func desk() -> Desk {
        var desk = Desk()
        for name in ["a", "b"] { desk.join(name) }
        desk.act("w", on: "a", life: 1)
        desk.act("r0", on: "a", life: 2)
        desk.act("r1", on: "b", life: 3)
        for name in ["a", "b"] { _ = desk.take(name) }
        return desk
    }

    private func create(_ desk: inout Desk, _ number: UInt64 = 1, readers: [String] = ["r0", "r1"]) {
        desk.say(.createChannel(spec(number, readers: readers), timeout: .zero), from: "a")
        desk.say(.referenceReady(ChannelID(rawValue: number)), from: "b")
    }

    private func open(
        _ desk: inout Desk, _ actor: String, on node: String, timeout: Timeout = .zero, request: UInt64? = nil
    ) -> [CoordinatorMessage.Body] {
        desk.say(.resolveReader(channel("c"), Desk.actor(actor), timeout: timeout), from: node, request: request)
    }

    @Test func readersFindTheirChannel() {
        var desk = desk()
        create(&desk)
        let local = open(&desk, "r0", on: "a").resolved
        #expect(local?.0.id == id && local?.1 == node("a"))
        let remote = open(&desk, "r1", on: "b").resolved
        #expect(remote?.0.id == id && remote?.1 == node("a"))
    }

    @Test func aReaderMayComeFirst() {
        var desk = desk()
        #expect(open(&desk, "r1", on: "b", timeout: .seconds(5), request: 31).isEmpty)
        desk.pass(milliseconds: 2000)
        desk.say(.createChannel(spec(1, readers: ["r1"]), timeout: .zero), from: "a")
        #expect(desk.take("b").resolved == nil)
        desk.say(.referenceReady(id), from: "b", request: 0)
        // It was answered on the way; nothing is left.
        #expect(desk.placement.openingCount == 0)
        #expect(desk.placement.openings.isEmpty)
    }

    @Test func aReaderThatComesFirstIsAnsweredWhenTheChannelIsReady() {
        var desk = desk()
        _ = open(&desk, "r1", on: "b", timeout: .infinite, request: 31)
        desk.say(.createChannel(spec(1, readers: ["r1"]), timeout: .zero), from: "a")
        _ = desk.take("b")
        let answers = desk.say(.referenceReady(id), from: "b")
        #expect(answers.resolved?.0.id == id)
    }

    @Test func atTheDeadlineTheChannelIsUnknown() {
        var desk = desk()
        #expect(open(&desk, "r0", on: "a").failed?.code == .unknownChannel)
        _ = open(&desk, "r0", on: "a", timeout: .seconds(3))
        desk.pass(milliseconds: 2999)
        #expect(desk.take("a").isEmpty)
        desk.pass(milliseconds: 1)
        #expect(desk.take("a").failed?.code == .unknownChannel)
        #expect(desk.placement.openings.isEmpty)
    }

    @Test func aChannelThatIsNotReadyByTheDeadlineTimesOut() {
        var desk = desk()
        desk.say(.createChannel(spec(1, readers: ["r0", "late"]), timeout: .seconds(9)), from: "a")
        #expect(open(&desk, "r0", on: "a").failed?.code == .timedOut)
    }

    @Test func whoIsNotDeclaredIsToldWhoIs() {
        var desk = desk()
        desk.act("x", on: "b", life: 9)
        _ = open(&desk, "x", on: "b", timeout: .infinite)
        create(&desk)
        // Whoever waited is told as well.
        let waited = desk.placement.openings
        #expect(waited.isEmpty)
        let error = open(&desk, "x", on: "b").failed
        #expect(error?.code == .notAReader)
        #expect(error?.message.contains("r0, r1") == true)
    }

    @Test func anActorMustBeRegisteredWhereItOpens() {
        var desk = desk()
        create(&desk)
        #expect(open(&desk, "nobody", on: "b").failed?.code == .unknownActor)
        #expect(open(&desk, "r1", on: "a").failed?.code == .unknownActor)
        desk.die("r1", on: "b")
        #expect(open(&desk, "r1", on: "b").failed?.code == .unknownActor)
    }

    @Test func aRepeatedRequestIsAnsweredOnce() {
        var desk = desk()
        _ = open(&desk, "r0", on: "a", timeout: .infinite, request: 5)
        _ = open(&desk, "r0", on: "a", timeout: .infinite, request: 5)
        #expect(desk.placement.openingCount == 1)
        // Another one takes its place.
        let answers = open(&desk, "r0", on: "a", timeout: .infinite, request: 6)
        #expect(answers.failed?.code == .cancelled)
        #expect(desk.placement.openingCount == 1)
    }

    @Test func aDeadActorWaitsForNothing() {
        var desk = desk()
        _ = open(&desk, "r0", on: "a", timeout: .infinite)
        desk.die("r0", on: "a")
        #expect(desk.placement.openingCount == 0)
    }

    @Test func aNodeThatRegistersElsewhereAsksAgain() {
        var desk = desk()
        _ = open(&desk, "r1", on: "b", timeout: .infinite)
        desk.join("b", on: "b2", incarnation: 1, actors: [report("r1", life: 3)])
        #expect(desk.placement.openingCount == 0)
    }

    @Test func aClosedChannelIsStillThereForWhoHasNotOpenedIt() {
        var desk = desk()
        create(&desk)
        _ = open(&desk, "r0", on: "a")
        desk.say(.readerOpen(id, Desk.actor("r0"), isOpen: true), from: "a")
        desk.say(.endChannel(id, ChannelEnd(final: 3, reason: .closed)), from: "a")
        #expect(open(&desk, "r1", on: "b").resolved?.0.id == id)
        // Who has had it does not get it again.
        #expect(open(&desk, "r0", on: "a").failed?.code == .unknownChannel)
    }

    @Test func aReaderGoesThroughTheChannelsOfANameInOrder() {
        var desk = desk()
        create(&desk, 1)
        desk.say(.endChannel(id, ChannelEnd(final: 3, reason: .closed)), from: "a")
        create(&desk, 2)
        #expect(open(&desk, "r1", on: "b").resolved?.0.id == id)
        desk.say(.readerOpen(id, Desk.actor("r1"), isOpen: true), from: "b")
        #expect(open(&desk, "r1", on: "b").resolved?.0.id.rawValue == 2)
    }

    @Test func aLaterLifeBeginsWithTheNewestChannelWhichBarsTheOlder() {
        var desk = desk()
        create(&desk, 1)
        desk.say(.endChannel(id, ChannelEnd(final: 3, reason: .closed)), from: "a")
        create(&desk, 2)
        desk.say(.actorsLost([ActorIdentity(name: Desk.actor("r0"), incarnation: 1)]), from: "a")
        desk.act("r0", on: "a", life: 9)
        #expect(open(&desk, "r0", on: "a").resolved?.0.id.rawValue == 2)
        desk.say(.readerOpen(ChannelID(rawValue: 2), Desk.actor("r0"), isOpen: true), from: "a")
        desk.say(.endChannel(ChannelID(rawValue: 2), ChannelEnd(final: 3, reason: .closed)), from: "a")
        #expect(open(&desk, "r0", on: "a").failed?.code == .unknownChannel)
    }

    @Test func aNewerChannelThatDoesNotListTheActorDoesNotHideTheOlder() {
        var desk = desk()
        create(&desk, 1)
        desk.say(.endChannel(id, ChannelEnd(final: 3, reason: .closed)), from: "a")
        create(&desk, 2, readers: ["r1"])
        #expect(open(&desk, "r0", on: "a").resolved?.0.id == id)
        desk.say(.readerOpen(id, Desk.actor("r0"), isOpen: true), from: "a")
        #expect(open(&desk, "r0", on: "a").failed?.code == .notAReader)
    }

    @Test func aChannelThatIsOverOnANodeIsNotMadeThereAgain() {
        var desk = desk()
        create(&desk)
        _ = desk.take("b")
        desk.say(.referenceDrained(id), from: "b")
        #expect(open(&desk, "r1", on: "b").failed?.code == .timedOut)
        _ = desk.take("b")
        _ = open(&desk, "r1", on: "b", timeout: .seconds(5), request: 77)
        desk.say(.endChannel(id, ChannelEnd(final: 3, reason: .closed)), from: "a")
        #expect(desk.placement.channels[id]?.references.isEmpty == true)
        // The next one of that name is the reader's.
        desk.say(.createChannel(spec(2, readers: ["r0", "r1"]), timeout: .zero), from: "a")
        let ready = desk.say(.referenceReady(ChannelID(rawValue: 2)), from: "b")
        #expect(ready.resolved?.0.id.rawValue == 2)
    }

    @Test func aDrainedChannelIsGone() {
        var desk = desk()
        create(&desk)
        desk.say(.endChannel(id, ChannelEnd(final: 3, reason: .closed)), from: "a")
        desk.say(.referenceDrained(id), from: "b")
        #expect(open(&desk, "r1", on: "b").failed?.code == .unknownChannel)
    }

    @Test func aReclaimedPlaceThatHasNoRoomIsToldAndMayTryAgain() {
        var desk = desk()
        create(&desk)
        desk.join("c")
        desk.die("r1", on: "b")
        desk.act("r1", on: "c", life: 8)
        #expect(open(&desk, "r1", on: "c").isEmpty)
        let refusal = SluiceError(.outOfMemory, "no room", needed: 2, available: 1)
        let error = desk.say(.referenceRefused(id, refusal), from: "c").failed
        #expect(error?.code == .outOfMemory)
        #expect(error?.node == "c")
        #expect(desk.placement.channels[id]?.destinations == [])
        let again = open(&desk, "r1", on: "c")
        #expect(again.updates.last?.references.count == 1)
        #expect(desk.say(.referenceReady(id), from: "c").resolved != nil)
        #expect(desk.placement.channels[id]?.destinations == [node("c")])
    }

    @Test func aReferenceThatNeverComesTimesOut() {
        var desk = desk()
        create(&desk)
        desk.join("c")
        desk.die("r1", on: "b")
        desk.act("r1", on: "c", life: 8)
        _ = open(&desk, "r1", on: "c")
        desk.pass(milliseconds: 10_000)
        #expect(desk.take("c").failed?.code == .timedOut)
    }

    @Test func openingsAreBounded() {
        var options = PlacementOptions()
        options.mostWaiting = 1
        var desk = Desk(options: options)
        desk.join("a")
        desk.act("x", on: "a")
        desk.act("y", on: "a")
        _ = open(&desk, "x", on: "a", timeout: .infinite)
        #expect(open(&desk, "y", on: "a", timeout: .infinite).failed?.code == .limitReached)
    }

    @Test func timersOfWhatEndedEarlyDoNotPileUp() {
        var desk = desk()
        for round in 0..<20_000 {
            _ = open(&desk, "r0", on: "a", timeout: .seconds(100_000), request: UInt64(round))
        }
        #expect(desk.placement.timerCount < 1000)
    }
}
