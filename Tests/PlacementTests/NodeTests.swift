import Placement
import SluiceModel
import Testing
import Wire

@Suite struct NodeTests {
    @Test func theFirstRegistrationIsTheFirstIncarnation() {
        var desk = Desk(epoch: 5)
        let answer = desk.join("a").registered
        #expect(answer?.epoch == 5)
        #expect(answer?.incarnation == 1)
        #expect(answer?.leaseMilliseconds == 60_000)
        #expect(answer?.desired.base == 0)
        #expect(desk.rows.nodes[node("a")]?.incarnation == 1)
    }

    @Test func theSameLifeAgainIsTheSameIncarnation() {
        var desk = Desk()
        desk.join("a")
        #expect(desk.join("a").registered?.incarnation == 1)
        #expect(desk.join("a", on: "a-again", incarnation: 1).registered?.incarnation == 1)
        #expect(desk.placement.nodes[node("a")]?.connection == connection("a-again"))
        // The connection that it has left is nobody's.
        #expect(desk.say(.readerOpen(ChannelID(rawValue: 1), Desk.actor("r"), isOpen: true), from: "a").failed != nil)
    }

    @Test func incarnationsAreWrittenBeforeTheyAreToldToAnyone() {
        var placement = Placement(epoch: 1, options: PlacementOptions(), now: 1)
        let actions = placement.receive(
            .message(NodeMessage(request: 1, .register(registration("a"))), from: connection("a"), user: nil), at: 1)
        let stored = actions.firstIndex { if case .store(let change) = $0 { change.isDurable } else { false } }
        let told = actions.firstIndex { if case .send = $0 { true } else { false } }
        #expect(stored != nil && told != nil && stored! < told!)
    }

    @Test func aNameThatAnswersStaysTaken() {
        var desk = Desk()
        desk.join("a", life: 1)
        #expect(desk.join("a", on: "b", life: 2).isEmpty)
        let ping = desk.takeMessages("a").first
        #expect(ping?.body == .ping)
        // Another message, sent before, proves nothing.
        desk.say(.heartbeat(Heartbeat(desired: 1, sessions: [])), from: "a")
        #expect(desk.take("b").isEmpty)
        desk.say(.pong, from: "a", request: ping!.request)
        let error = desk.take("b").refused
        #expect(error?.code == .nameTaken)
        #expect(error?.node == "a")
        #expect(error?.message.contains("tcp://a:1") == true)
        #expect(desk.placement.nodes[node("a")]?.incarnation == 1)
        desk.pass(milliseconds: 2000)
        #expect(desk.take("b").isEmpty)
    }

    @Test func aSilentHolderIsReplacedAfterASecondAndFenced() {
        var desk = Desk()
        desk.join("a", life: 1)
        desk.join("a", on: "b", life: 2)
        desk.pass(milliseconds: 999)
        #expect(desk.take("b").isEmpty)
        desk.pass(milliseconds: 1)
        #expect(desk.take("b").registered?.incarnation == 2)
        #expect(desk.take("a").fenced?.code == .fenced)
        // Whatever it says, it is told so.
        #expect(desk.say(.heartbeat(Heartbeat(desired: 1, sessions: [])), from: "a").fenced?.code == .fenced)
        #expect(desk.say(.pong, from: "a").fenced != nil)
        // Also on a new connection.
        #expect(desk.join("a", on: "c", life: 1, incarnation: 1).refused?.code == .fenced)
        // It may come as a new one, and is then a second agent for a name that is taken.
        desk.join("a", on: "c", life: 1)
        let ping = desk.takeMessages("b").last
        desk.say(.pong, from: "b", request: ping!.request)
        #expect(desk.take("c").refused?.code == .nameTaken)
    }

    @Test func anUnroutableHolderIsReplacedAtOnce() {
        var desk = Desk()
        desk.join("a", life: 1)
        desk.join("a", on: "b", life: 2)
        desk.unroutable("a")
        #expect(desk.take("b").registered?.incarnation == 2)
    }

    @Test func aHolderKnownToBeUnroutableIsReplacedAtOnce() {
        var desk = Desk()
        desk.pass(milliseconds: 5000)
        desk.join("a", life: 1)
        desk.unroutable("a")
        #expect(desk.join("a", on: "b", life: 2).registered?.incarnation == 2)
    }

    @Test func aRetryOfTheChallengerIsAnsweredOnceAndWhereItIs() {
        var desk = Desk()
        desk.join("a", life: 1)
        desk.join("a", on: "b", life: 2)
        desk.join("a", on: "b2", life: 2)
        #expect(desk.take("a") == [.ping])
        desk.pass(milliseconds: 1000)
        #expect(desk.take("b").isEmpty)
        #expect(desk.take("b2").registered?.incarnation == 2)
    }

    @Test func aThirdWhoAsksMeanwhileIsRefused() {
        var desk = Desk()
        desk.join("a", life: 1)
        desk.join("a", on: "b", life: 2)
        #expect(desk.join("a", on: "c", life: 3).refused?.code == .nameTaken)
    }

    @Test func aHolderThatRegistersAgainMeanwhileLives() {
        var desk = Desk()
        desk.join("a", life: 1)
        desk.join("a", on: "b", life: 2)
        #expect(desk.join("a", on: "a2", life: 1, incarnation: 1).registered?.incarnation == 1)
        #expect(desk.take("b").refused?.code == .nameTaken)
    }

    @Test func versionsWithoutAnythingInCommonAreNamed() {
        var desk = Desk()
        let error = desk.join("a", versions: VersionRange(oldest: 7, newest: 9)).refused
        #expect(error?.code == .incompatibleVersion)
        #expect(error?.message.contains("7 to 9") == true)
        #expect(error?.message.contains("\(VersionRange.current)") == true)
        #expect(desk.placement.nodes.isEmpty)
    }

    @Test func aKeyIsForItsNodeOnly() {
        var desk = Desk()
        #expect(desk.join("a", user: "b").refused?.code == .accessDenied)
        #expect(desk.join("a", user: "a").registered != nil)
        #expect(desk.say(.leave, from: "a", user: "b").failed?.code == .accessDenied)
        #expect(desk.placement.nodes[node("a")]?.standing == .alive)
    }

    @Test func anAgentThatHasObeyedALaterEpochIsNotTaken() {
        var desk = Desk(epoch: 3)
        #expect(desk.join("a", epoch: 4).refused?.code == .coordinatorUnavailable)
        #expect(desk.join("a", epoch: 3).registered != nil)
    }

    @Test func whoHasNotRegisteredIsTold() {
        var desk = Desk()
        let answer = desk.say(.endChannel(ChannelID(rawValue: 1), ChannelEnd(final: 0, reason: .closed)), from: "x")
        #expect(answer.failed?.code == .coordinatorUnavailable)
    }

    @Test func aLeaseRunsOutOnlyAfterAWholeLease() {
        var desk = Desk()
        desk.join("a")
        desk.join("b")
        desk.pass(milliseconds: 59_000, hearing: ["a"])
        #expect(desk.placement.nodes[node("b")]?.standing == .alive)
        _ = desk.take("a")
        desk.pass(milliseconds: 2000, hearing: ["a"])
        #expect(desk.placement.nodes[node("b")]?.standing == .lost)
        #expect(desk.placement.nodes[node("a")]?.standing == .alive)
        #expect(desk.take("a").updates.contains { $0.lostPeers == [node("b")] })
        #expect(desk.take("b").fenced?.code == .fenced)
        #expect(desk.rows.nodes[node("b")]?.standing == .lost)
    }

    @Test func aPeersSessionIsASignOfLife() {
        var desk = Desk()
        desk.join("a")
        desk.join("b")
        desk.pass(milliseconds: 90_000, hearing: ["a"], sessions: ["b"])
        #expect(desk.placement.nodes[node("b")]?.standing == .alive)
        desk.pass(milliseconds: 61_000, hearing: ["a"])
        #expect(desk.placement.nodes[node("b")]?.standing == .lost)
    }

    @Test func aCoordinatorThatStoodStillDeclaresNobodyLost() {
        var desk = Desk()
        desk.join("a")
        // Stopped for an hour; the first thing it does is to look at its timers.
        desk.now += 3600 * 1_000_000_000
        desk.pass(milliseconds: 1)
        #expect(desk.placement.nodes[node("a")]?.standing == .alive)
        desk.pass(milliseconds: 59_000)
        #expect(desk.placement.nodes[node("a")]?.standing == .alive)
        desk.pass(milliseconds: 1000)
        #expect(desk.placement.nodes[node("a")]?.standing == .lost)
    }

    @Test func aLostNodeIsFencedUntilItComesAsANewOne() {
        var desk = Desk()
        desk.join("a")
        desk.pass(milliseconds: 61_000)
        #expect(desk.take("a").fenced != nil)
        #expect(desk.join("a", on: "a2", incarnation: 1).refused?.code == .fenced)
        #expect(desk.join("a", on: "a2", incarnation: 0).registered?.incarnation == 2)
        #expect(desk.placement.nodes[node("a")]?.standing == .alive)
    }

    @Test func leavingIsOrderly() {
        var desk = Desk()
        desk.join("a")
        desk.join("b")
        #expect(desk.say(.leave, from: "b", request: 9) == [.done])
        #expect(desk.take("a").updates.last?.lostPeers == [node("b")])
        #expect(desk.placement.status(answered: []).nodes.map(\.name) == ["a"])
        #expect(desk.join("b", life: 99).registered?.incarnation == 2)
    }

    @Test func peersHearOfEachOther() {
        var desk = Desk()
        desk.join("a")
        #expect(desk.join("b").registered?.desired.peers.map(\.node) == [node("a")])
        #expect(desk.take("a").updates.last?.peers.map(\.node) == [node("b")])
    }

    @Test func nodesAreBoundedAndTheGoneMakeRoom() {
        var options = PlacementOptions()
        options.mostNodes = 2
        var desk = Desk(options: options)
        desk.join("a")
        desk.join("b")
        #expect(desk.join("c").refused?.code == .limitReached)
        desk.say(.leave, from: "b")
        #expect(desk.join("c").registered != nil)
        #expect(desk.rows.nodes.keys.sorted() == [node("a"), node("c")])
    }

    @Test func fencedConnectionsAreRememberedUpToABound() {
        var options = PlacementOptions()
        options.mostFenced = 2
        var desk = Desk(options: options)
        for life in 1...5 {
            desk.join("a", on: "a\(life)", life: UInt64(life))
            desk.pass(milliseconds: 1000)
        }
        // Forgotten ones register again, and are refused then.
        #expect(desk.say(.pong, from: "a1").failed != nil)
        #expect(desk.join("a", on: "a1", life: 1, incarnation: 1).refused?.code == .fenced)
        #expect(desk.say(.pong, from: "a4").fenced != nil)
    }
}
