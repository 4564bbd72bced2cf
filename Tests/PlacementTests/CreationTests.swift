import Placement
import SluiceModel
import Testing
import Wire

@Suite struct CreationTests {
    /// Nodes a, b and c; the writer w on a.
    private func desk(options: PlacementOptions = PlacementOptions()) -> Desk {
        var desk = Desk(options: options)
        for name in ["a", "b", "c"] { desk.join(name) }
        desk.act("w", on: "a", life: 1)
        for name in ["a", "b", "c"] { _ = desk.take(name) }
        return desk
    }

    @Test func aLocalChannelIsThereAtOnce() {
        var desk = desk()
        desk.act("r", on: "a", life: 2)
        let answers = desk.say(.createChannel(spec(1, readers: ["r"]), timeout: .zero), from: "a")
        #expect(answers.created == ChannelID(rawValue: 1))
        // The writer's node knows its destinations before it hears that the channel exists.
        #expect(
            answers.first
                == .desired(
                    DesiredUpdate(
                        base: 3, version: 4,
                        writers: [
                            DesiredWriter(channel: ChannelID(rawValue: 1), readerNodes: [node("a")], destinations: [])
                        ])))
        #expect(answers.count == 2)
        #expect(desk.rows.channels[ChannelID(rawValue: 1)] != nil)
    }

    /// Else its agent might make the reference, and let it begin, without a place for a reader that it does not know.
    @Test func aLateReadersNodeHearsOfItBeforeItsReference() {
        var desk = desk()
        desk.say(.createChannel(spec(1, readers: ["r"]), timeout: .infinite), from: "a")
        let heard = desk.say(
            .registerActor(Desk.actor("r"), life: ProcessLife(rawValue: 2), pid: 70), from: "b")
        #expect(heard.first == .actorRegistered(1))
        guard case .desired(let update) = heard.last else {
            Issue.record("no reference was desired: \(heard)")
            return
        }
        #expect(update.references.map(\.spec.id) == [ChannelID(rawValue: 1)])
    }

    @Test func aRemoteChannelWaitsForEveryReference() {
        var desk = desk()
        desk.act("r0", on: "b", life: 2)
        desk.act("r1", on: "c", life: 3)
        desk.act("r2", on: "b", life: 4)
        _ = desk.take("b")
        let spec = spec(1, readers: ["r0", "r1", "r2"])
        #expect(desk.say(.createChannel(spec, timeout: .zero), from: "a").isEmpty)
        let b = desk.take("b").updates.last
        #expect(b?.references == [DesiredReference(spec: spec, writerNode: node("a"), readers: [0, 2], end: nil)])
        #expect(desk.take("c").updates.last?.references.first?.readers == [1])
        desk.say(.referenceReady(spec.id), from: "b")
        #expect(desk.take("a").isEmpty)
        desk.say(.referenceReady(spec.id), from: "b")
        #expect(desk.take("a").isEmpty)
        desk.say(.referenceReady(spec.id), from: "c")
        let answers = desk.take("a")
        #expect(answers.count == 2)
        #expect(answers.created == spec.id)
        #expect(
            answers.updates.last?.writers == [
                DesiredWriter(
                    channel: spec.id, readerNodes: [node("b"), node("c"), node("b")],
                    destinations: [node("b"), node("c")])
            ])
        // Nothing more comes of a repeated readiness.
        desk.say(.referenceReady(spec.id), from: "c")
        #expect(desk.take("a").isEmpty)
    }

    @Test func readersMayComeInAnyOrder() {
        var desk = desk()
        let spec = spec(1, readers: ["r0", "r1"])
        #expect(desk.say(.createChannel(spec, timeout: .seconds(5)), from: "a").isEmpty)
        desk.pass(milliseconds: 1000)
        desk.act("r1", on: "a", life: 2)
        desk.pass(milliseconds: 1000)
        desk.act("r0", on: "a", life: 2)
        // `act` has taken the answers of its own connection; the state tells.
        #expect(desk.placement.channels[spec.id]?.isOpen == true)
    }

    @Test func atTheDeadlineTheMissingAreNamed() {
        var desk = desk()
        desk.act("r1", on: "b", life: 2)
        _ = desk.take("b")
        let spec = spec(1, readers: ["r0", "r1", "r2"])
        desk.say(.createChannel(spec, timeout: .seconds(2)), from: "a")
        desk.pass(milliseconds: 1999)
        #expect(desk.take("a").isEmpty)
        desk.pass(milliseconds: 1)
        let error = desk.take("a").failed
        #expect(error?.code == .unknownActor)
        #expect(error?.message.contains("r0, r2") == true)
        #expect(error?.channel == "c")
        #expect(desk.placement.channels.isEmpty)
        #expect(desk.placement.openNames.isEmpty)
        #expect(desk.placement.channelsRead.isEmpty)
    }

    @Test func withoutAnyTimeTheMissingAreNamedAtOnce() {
        var desk = desk()
        let error = desk.say(.createChannel(spec(1, readers: ["r0"]), timeout: .zero), from: "a").failed
        #expect(error?.code == .unknownActor)
    }

    @Test func aRefusalLeavesNothingHalfMade() {
        var desk = desk()
        desk.act("r0", on: "b", life: 2)
        desk.act("r1", on: "c", life: 3)
        let spec = spec(1, readers: ["r0", "r1"])
        desk.say(.createChannel(spec, timeout: .infinite), from: "a")
        desk.say(.referenceReady(spec.id), from: "b")
        _ = desk.take("b")
        let refusal = SluiceError(.outOfMemory, "no room", needed: 4096, available: 17)
        let c = desk.say(.referenceRefused(spec.id, refusal), from: "c")
        let error = desk.take("a").failed
        #expect(error?.code == .outOfMemory)
        #expect(error?.node == "c")
        #expect(error?.needed == 4096)
        #expect(error?.available == 17)
        #expect(error?.channel == "c")
        #expect(desk.take("b").updates.last?.removedReferences == [spec.id])
        #expect(c.updates.last?.removedReferences == [spec.id])
        #expect(desk.placement.channels.isEmpty)
        #expect(desk.placement.nodes.values.allSatisfy { $0.references.isEmpty && $0.desiredBytes == 0 })
        #expect(desk.rows.channels.isEmpty)
        // The name and even the identifier may be used again.
        desk.say(.createChannel(spec, timeout: .infinite), from: "a")
        desk.say(.referenceReady(spec.id), from: "b")
        desk.say(.referenceReady(spec.id), from: "c")
        #expect(desk.take("a").created == spec.id)
    }

    @Test func aNodeThatDoesNotAnswerFailsTheCreationAndIsNamed() {
        var desk = desk()
        desk.act("r0", on: "b", life: 2)
        desk.say(.createChannel(spec(1, readers: ["r0"]), timeout: .zero), from: "a")
        desk.pass(milliseconds: 9999)
        #expect(desk.take("a").isEmpty)
        desk.pass(milliseconds: 1)
        let error = desk.take("a").failed
        #expect(error?.code == .timedOut)
        #expect(error?.node == "b")
        #expect(desk.placement.channels.isEmpty)
    }

    @Test func aRetryFindsTheSameChannel() {
        var desk = desk()
        desk.act("r0", on: "b", life: 2)
        let spec = spec(1, readers: ["r0"])
        desk.say(.createChannel(spec, timeout: .zero), from: "a", request: 1)
        desk.say(.createChannel(spec, timeout: .zero), from: "a", request: 2)
        desk.say(.referenceReady(spec.id), from: "b")
        let answers = desk.takeMessages("a").filter { if case .channelCreated = $0.body { true } else { false } }
        #expect(answers.map(\.request) == [2])
        let again = desk.say(.createChannel(spec, timeout: .zero), from: "a")
        #expect(again == [.channelCreated(spec.id)])
    }

    @Test func anIdentifierIsForOneChannelOnly() {
        var desk = desk()
        desk.act("r0", on: "a", life: 2)
        desk.say(.createChannel(spec(1, readers: ["r0"]), timeout: .zero), from: "a")
        let other = desk.say(.createChannel(spec(1, readers: ["r0"], slots: 5), timeout: .zero), from: "a")
        #expect(other.failed?.code == .invalidArgument)
    }

    @Test func aRetryAfterTheEndIsTold() {
        var desk = desk()
        desk.act("r0", on: "a", life: 2)
        desk.say(.createChannel(spec(1, readers: ["r0"]), timeout: .zero), from: "a")
        desk.say(.endChannel(ChannelID(rawValue: 1), ChannelEnd(final: 3, reason: .closed)), from: "a")
        let again = desk.say(.createChannel(spec(1, readers: ["r0"]), timeout: .zero), from: "a")
        #expect(again.failed?.code == .closed)
    }

    @Test func aNameIsTakenWhileItIsOpenOrBeingCreated() {
        var desk = desk()
        desk.act("r", on: "b", life: 2)
        desk.act("v", on: "c", life: 3)
        desk.say(.createChannel(spec(1, readers: ["r"]), timeout: .zero), from: "a")
        for _ in 0..<2 {
            let error = desk.say(.createChannel(spec(2, writer: "v", readers: ["r"]), timeout: .zero), from: "c").failed
            #expect(error?.code == .nameTaken)
            #expect(error?.actor == "w")
            #expect(error?.node == "a")
            desk.say(.referenceReady(ChannelID(rawValue: 1)), from: "b")
        }
        desk.say(.endChannel(ChannelID(rawValue: 1), ChannelEnd(final: 3, reason: .closed)), from: "a")
        desk.say(.createChannel(spec(2, writer: "v", readers: ["r"]), timeout: .zero), from: "c")
        desk.say(.referenceReady(ChannelID(rawValue: 2)), from: "b")
        #expect(desk.take("c").created == ChannelID(rawValue: 2))
        // The one before is still being read.
        #expect(desk.placement.channels.count == 2)
    }

    @Test func theWriterMustBeAnActorOfItsNode() {
        var desk = desk()
        desk.act("r", on: "b", life: 2)
        #expect(
            desk.say(.createChannel(spec(1, writer: "x", readers: ["r"]), timeout: .zero), from: "a").failed?.code
                == .unknownActor)
        #expect(
            desk.say(.createChannel(spec(1, writer: "w", readers: ["r"]), timeout: .zero), from: "b").failed?.node
                == "b")
    }

    @Test func aWriterMayReadItsOwnChannel() {
        var desk = desk()
        let said = desk.say(.createChannel(spec(1, writer: "w", readers: ["w"]), timeout: .zero), from: "a")
        #expect(said.failed == nil)
        #expect(desk.placement.channels[ChannelID(rawValue: 1)]?.isOpen == true)
    }

    @Test func abandoningReleasesEverything() {
        var desk = desk()
        desk.act("r", on: "b", life: 2)
        _ = desk.take("b")
        let spec = spec(1, readers: ["r"])
        desk.say(.createChannel(spec, timeout: .infinite), from: "a")
        _ = desk.take("b")
        #expect(desk.say(.abandonChannel(spec.id), from: "a").contains(.done))
        #expect(desk.take("b").updates.last?.removedReferences == [spec.id])
        #expect(desk.placement.channels.isEmpty)
        // Twice, or for what never was: nothing to do.
        #expect(desk.say(.abandonChannel(spec.id), from: "a") == [.done])
        // A readiness that crossed it changes nothing.
        desk.say(.referenceReady(spec.id), from: "b")
        #expect(desk.placement.channels.isEmpty)
    }

    @Test func abandoningWhatWasCreatedMeanwhile() {
        var desk = desk()
        desk.act("r", on: "b", life: 2)
        let spec = spec(1, readers: ["r"])
        desk.say(.createChannel(spec, timeout: .infinite), from: "a")
        desk.say(.referenceReady(spec.id), from: "b")
        _ = desk.take("b")
        let answers = desk.say(.abandonChannel(spec.id), from: "a")
        #expect(answers.updates.last?.removedWriters == [spec.id])
        #expect(desk.take("b").updates.last?.removedReferences == [spec.id])
        #expect(desk.placement.channels.isEmpty)
        #expect(desk.rows.channels.isEmpty)
    }

    @Test func theWritersDeathEndsACreation() {
        var desk = desk()
        let spec = spec(1, readers: ["r"])
        desk.say(.createChannel(spec, timeout: .infinite), from: "a")
        desk.die("w", on: "a")
        #expect(desk.placement.channels.isEmpty)
    }

    @Test func aReaderLostOnTheWayIsWaitedForAgain() {
        var desk = desk()
        desk.act("r0", on: "b", life: 2)
        desk.act("r1", on: "c", life: 3)
        let spec = spec(1, readers: ["r0", "r1"])
        desk.say(.createChannel(spec, timeout: .seconds(30)), from: "a")
        desk.say(.referenceReady(spec.id), from: "b")
        desk.die("r1", on: "c")
        desk.say(.referenceReady(spec.id), from: "c")
        #expect(desk.take("a").isEmpty)
        // The reference that nobody needs any more has gone.
        #expect(desk.placement.nodes[node("c")]?.references.isEmpty == true)
        desk.act("r1", on: "a", life: 4)
        #expect(desk.placement.channels[spec.id]?.isOpen == true)
        #expect(desk.placement.channels[spec.id]?.destinations == [node("b")])
    }

    @Test func aNodeLostOnTheWayIsNamedAtTheDeadline() {
        var desk = desk()
        desk.act("r0", on: "b", life: 2)
        desk.say(.createChannel(spec(1, readers: ["r0"]), timeout: .seconds(70)), from: "a")
        desk.pass(milliseconds: 5_000, hearing: ["a", "c"])
        desk.say(.leave, from: "b")
        desk.pass(milliseconds: 64_000, hearing: ["a", "c"])
        #expect(desk.take("a").failed == nil)
        desk.pass(milliseconds: 1000, hearing: ["a", "c"])
        #expect(desk.take("a").failed?.code == .unknownActor)
    }

    @Test func everyBoundHasItsError() {
        var options = PlacementOptions()
        options.mostChannels = 1
        var desk = desk(options: options)
        desk.act("r", on: "a", life: 2)
        desk.say(.createChannel(spec(1, readers: ["r"]), timeout: .zero), from: "a")
        let full = desk.say(.createChannel(spec(2, "d", readers: ["r"]), timeout: .zero), from: "a")
        #expect(full.failed?.code == .limitReached)
    }

    @Test func aDesiredSetFitsIntoOneMessage() {
        var options = PlacementOptions()
        options.mostDesiredBytes = 400
        var desk = desk(options: options)
        desk.act("r", on: "b", life: 2)
        var id: UInt64 = 0
        var error: SluiceError?
        while error == nil, id < 100 {
            id += 1
            error = desk.say(.createChannel(spec(id, "c\(id)", readers: ["r"]), timeout: .zero), from: "a").failed
            desk.say(.referenceReady(ChannelID(rawValue: id)), from: "b")
        }
        #expect(error?.code == .limitReached)
        #expect(id > 1 && id < 100)
        #expect(desk.placement.channels.count == Int(id) - 1)
    }
}
