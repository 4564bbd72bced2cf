import Placement
import SluiceModel
import Testing
import Wire

@Suite struct StatusTests {
    @Test func withoutNodesTheAnswerIsThere() {
        var desk = Desk(epoch: 4)
        desk.say(.status, from: "cli", request: 3)
        #expect(desk.statuses.first?.view == ClusterStatus(epoch: 4, nodes: [], actors: [], channels: []))
        #expect(desk.statuses.first?.callers == [Caller(connection: connection("cli"), request: 3)])
    }

    @Test func itIsAnsweredWhenEveryoneHasAnswered() {
        var desk = Desk()
        desk.join("a")
        desk.join("b")
        desk.say(.status, from: "cli", request: 3)
        for name in ["a", "b"] {
            #expect(desk.statuses.isEmpty)
            let request = desk.takeMessages(name).last { $0.body == .statusRequest }!.request
            desk.say(.statusReport([1]), from: name, request: request)
        }
        #expect(desk.statuses.first?.reports == [node("a"): [1], node("b"): [1]])
        #expect(desk.statuses.first?.view.nodes.map(\.state) == [.alive, .alive])
    }

    @Test func whoDoesNotAnswerIsSilentAndHowLongIsSaid() {
        var desk = Desk()
        desk.join("a")
        desk.join("b")
        desk.pass(milliseconds: 5000, hearing: ["a"])
        desk.say(.status, from: "cli")
        let request = desk.takeMessages("a").last { $0.body == .statusRequest }!.request
        desk.say(.statusReport([]), from: "a", request: request)
        desk.pass(milliseconds: 99)
        #expect(desk.statuses.isEmpty)
        desk.pass(milliseconds: 1)
        #expect(desk.statuses.count == 1)
        #expect(desk.statuses.first?.view.nodes.map(\.state) == [.alive, .silent])
        #expect(desk.statuses.first?.view.nodes[1].silentMilliseconds == 5100)
        // Late, or for another request: nothing.
        desk.say(.statusReport([]), from: "b", request: request)
        #expect(desk.statuses.count == 1)
    }

    @Test func theLostAndTheUnroutableAreNotWaitedFor() {
        var desk = Desk()
        desk.join("a")
        desk.join("b")
        desk.pass(milliseconds: 61_000, hearing: ["a"])
        desk.say(.status, from: "cli")
        desk.unroutable("a")
        #expect(desk.statuses.first?.view.nodes.map(\.state) == [.silent, .lost])
    }

    @Test func thoseWhoAskMeanwhileShareTheAnswer() {
        var options = PlacementOptions()
        options.mostStatusCallers = 3
        var desk = Desk(options: options)
        desk.join("a")
        for caller in ["x", "y", "z"] { desk.say(.status, from: caller, request: 1) }
        desk.say(.status, from: "x", request: 1)
        #expect(desk.say(.status, from: "v", request: 1).failed?.code == .limitReached)
        #expect(desk.take("a").filter { $0 == .statusRequest }.count == 1)
        desk.pass(milliseconds: 100)
        #expect(desk.statuses.map { $0.callers.count } == [3])
    }

    @Test func theViewIsJoinedWithTheReports() throws {
        var desk = Desk()
        desk.join("a")
        desk.join("b")
        desk.act("w", on: "a", life: 1)
        desk.act("r0", on: "a", life: 2)
        desk.act("r1", on: "b", life: 3, pid: 33)
        let id = ChannelID(rawValue: 0xabc)
        desk.say(.createChannel(spec(0xabc, readers: ["r0", "r1"]), timeout: .zero), from: "a")
        desk.say(.referenceReady(id), from: "b")
        desk.say(.status, from: "cli")
        desk.pass(milliseconds: 100)
        let answer = try #require(desk.statuses.first)
        let figures = AgentFigures(
            pid: 5, workers: 1, memoryUsed: 2, memoryBudget: 3, descriptors: 4, mappings: 5, framesDropped: 6,
            bytesSent: 7, bytesReceived: 8, sessions: ["b"])
        func reader(_ actor: String, _ released: UInt64) -> ReaderStatus {
            ReaderStatus(
                actor: actor, node: nil, pid: nil, route: .sameNode, state: .open, acquired: released,
                released: released,
                heldMilliseconds: 12)
        }
        let local = NodeReport(
            figures: figures,
            rings: [
                RingReport(
                    channel: 0xabc, isReference: false, published: 9, generation: 2, slotSize: 512,
                    readers: [reader("r0", 5)])
            ])
        let joined = answer.joined(with: [node("a"): local])
        let channel = try #require(joined.channels.first)
        #expect(channel.published == 9)
        #expect(channel.generation == 2 && channel.slotSize == 512 && channel.form == .bufferedSharedMemory)
        #expect(channel.state == "open")
        #expect(channel.readers[0].released == 5 && channel.readers[0].state == .open)
        #expect(channel.readers[0].route == .sameNode && channel.readers[0].node == "a")
        #expect(channel.readers[1].state == .unknown && channel.readers[1].route == .otherNode)
        #expect(channel.readers[1].pid == 33)
        #expect(channel.heldBackBy.map(\.actor) == ["r0"])
        #expect(joined.nodes[0].agent == figures && joined.nodes[1].agent == nil)
        let remote = NodeReport(
            figures: figures,
            rings: [
                RingReport(
                    channel: 0xabc, isReference: true, published: 7, generation: 1, slotSize: 512,
                    readers: [reader("r1", 7)])
            ])
        let both = answer.joined(with: [node("a"): local, node("b"): remote]).channels.first
        #expect(both?.published == 9)
        #expect(both?.readers[1].released == 7)
        #expect(channel.references.isEmpty)
        #expect(both?.references == [ReferenceStatus(node: "b", agent: 5, readers: 1, published: 7)])
    }
}
