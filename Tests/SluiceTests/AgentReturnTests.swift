import SharedMemory
import Sluice
import SluiceModel
import Testing
import Wire

@Suite("The agent goes away and comes back", .timeLimit(.minutes(1))) struct AgentReturnTests {
    @Test func openChannelsGoOnAndAreHandedBack() throws {
        let path = FakeAgent.freshPath()
        let first = try FakeAgent(at: path)
        let events = Collector<WorkerEvent>()
        let worker = try Worker.connect(to: "unix://\(path)", onEvent: { events.add($0) })
        defer { worker.close() }
        let actor = try worker.register(actor: "w")
        let writer = try actor.createChannel("c", readers: ["r", "late"], slots: 4, slotSize: 8)
        let reader = try worker.register(actor: "r").openReader("c")
        try writer.write([0])

        first.stop()
        eventually { events.all.contains { if case .agentLost = $0 { true } else { false } } }
        for number in 1..<4 { try writer.write([UInt8(number)]) }
        for number in 0..<4 { #expect(try reader.read() == [UInt8(number)]) }
        let away = #expect(throws: SluiceError.self) { _ = try worker.register(actor: "x", timeout: .milliseconds(20)) }
        #expect(away?.code == .agentUnavailable)
        #expect(away?.actor == "x")

        let second = try FakeAgent(at: path)
        defer { second.stop() }
        eventually { events.all.contains(.agentReturned(node: "n1")) }
        second.waitToHear { $0 == .handBackDone }
        let hello = second.state.withLock { $0.heard.first }
        guard case .hello(let said)? = hello?.body else {
            Issue.record("no hello")
            return
        }
        #expect(Set(said.actors.map(\.name.rawValue)) == ["w", "r"])

        // The placeholder of the reader that has not come is the second agent's now; nobody else holds the ring.
        let late = try worker.register(actor: "late").openReader("c")
        for number in 0..<4 { #expect(try late.read() == [UInt8(number)]) }
        try writer.write([4])
        writer.close()
        #expect(try reader.read() == [4])
        #expect(try reader.read() == nil)
        #expect(try late.read() == [4])
        #expect(try late.read() == nil)
    }

    @Test func whatWasAskedMeanwhileIsAskedAgain() throws {
        let path = FakeAgent.freshPath()
        let first = try FakeAgent(at: path)
        let worker = try Worker.connect(to: "unix://\(path)")
        defer { worker.close() }
        let actor = try worker.register(actor: "w")
        let reading = try worker.register(actor: "r")
        let before = try Job { try reading.openReader("c") }
        first.waitToHear { if case .openReader = $0 { true } else { false } }
        first.stop()
        let job = try Job { try actor.createChannel("c", readers: ["r"]) }
        let second = try FakeAgent(at: path)
        defer { second.stop() }
        let writer = try job.value()
        try writer.write([1])
        #expect(try before.value().read() == [1])
    }

    @Test func anEndThatItDidNotHearOfReachesReadersWhenItIsBack() throws {
        let path = FakeAgent.freshPath()
        let first = try FakeAgent(at: path)
        let worker = try Worker.connect(to: "unix://\(path)")
        defer { worker.close() }
        let writer = try worker.register(actor: "w").createChannel("c", readers: ["r"])
        let reader = try worker.register(actor: "r").openReader("c")
        first.stop()
        try writer.write([1])
        writer.close()
        let job = try Job { () -> Int in
            var count = 0
            while try reader.read() != nil { count += 1 }
            return count
        }
        let second = try FakeAgent(at: path)
        defer { second.stop() }
        #expect(try job.value() == 1)
    }

    @Test func aHangUpLosesNothing() throws {
        let fixture = try Fixture()
        let (worker, writer, readers) = try fixture.channel(slots: 2, slotSize: 8)
        defer { worker.close() }
        let reader = readers[0]
        let job = try Job { () -> Int in
            var count = 0
            while let value = try reader.read() {
                guard value == [UInt8(truncatingIfNeeded: count)] else { return -1 }
                count += 1
            }
            return count
        }
        for number in 0..<2000 {
            try writer.write([UInt8(truncatingIfNeeded: number)])
            if number % 500 == 0 { fixture.agent.hangUp() }
        }
        writer.close()
        #expect(try job.value() == 2000)
    }

    @Test func closingWhileItIsAwayIsPrompt() throws {
        let path = FakeAgent.freshPath()
        let first = try FakeAgent(at: path)
        let worker = try Worker.connect(to: "unix://\(path)")
        let writer = try worker.register(actor: "w").createChannel("c", readers: ["r"])
        first.stop()
        try writer.write([1])
        worker.close()
        let error = #expect(throws: SluiceError.self) { try writer.write([1]) }
        #expect(error?.code == .closed)
    }
}

@Suite("An agent that breaks the protocol", .timeLimit(.minutes(1))) struct GarbageTests {
    @Test func garbageIsDroppedAndReported() throws {
        let events = Collector<WorkerEvent>()
        let fixture = try Fixture()
        let worker = try fixture.worker { events.add($0) }
        defer { worker.close() }
        let writer = try worker.register(actor: "w").createChannel("c", readers: ["r"], slots: 4, slotSize: 64)
        let reader = try worker.register(actor: "r").openReader("c")

        var random = SystemRandomNumberGenerator()
        for size in [1, 7, 64, 4096] {
            for _ in 0..<25 { fixture.agent.shout((0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }) }
        }
        let channel = ChannelID(rawValue: 12345)
        let life = ProcessLife(rawValue: 99)
        let gate = AttachGate(
            channel: channel, kind: .reader, life: life, pid: 1, startTime: 1, line: 70000 % 4096, reader: 0,
            replaces: 5,
            floor: 1 << 61)
        let node = try NodeName("n9")
        let bodies: [AgentMessage.Body] = [
            .welcome(AgentWelcome(version: 9, node: node, life: life, pid: 1, wantsHandBack: true)),
            .refused(SluiceError(.fenced, "no"), VersionRange(oldest: 9, newest: 9)),
            .actorRegistered(3), .channelCreated(channel, PayloadSpec(generation: 0, slotSize: 8)), .done,
            .failed(SluiceError(.system, "x")),
            .attach(gate), .detach(channel, gate: 7), .ended(channel, final: 3, reason: .writerDied),
            .failedChannel(channel, SluiceError(.nodeLost, "x")), .lineFree(line: 9), .lineFree(line: 4000),
            .status([1, 2]),
        ]
        let descriptors = try (0..<3).map { _ in try EventFD().descriptor }
        for body in bodies {
            for request: UInt64 in [0, 1, 2, 77] { fixture.agent.shout(body, request: request, descriptors) }
        }
        // Its own channel, with gates that cannot be.
        let own = fixture.agent.state.withLock { $0.channels.keys.first }
        var wrong = gate
        wrong.channel = try #require(own)
        for count in 0..<3 { fixture.agent.shout(.attach(wrong), request: 88, Array(descriptors.prefix(count))) }
        fixture.agent.shout(.detach(wrong.channel, gate: 4_000_000_000), request: 89)

        // Everything goes on.
        #expect(try worker.status().epoch == 7)
        for number in 0..<100 {
            try writer.write(pattern(number, count: 64))
            #expect(try reader.read() == pattern(number, count: 64))
        }
        #expect(events.all.contains { if case .dropped = $0 { true } else { false } })
    }

    @Test func memoryThatIsNotWhatItShouldBeIsATypedError() throws {
        let options = FakeAgent.Options(filter: { message in
            if case .createChannel = message.body { return false }
            if case .openReader = message.body { return false }
            return true
        })
        let fixture = try Fixture(options)
        let worker = try fixture.worker()
        defer { worker.close() }
        let actor = try worker.register(actor: "w")
        let strange = try EventFD().descriptor
        let small = try Segment(name: "small", size: 64).descriptor
        for descriptors in [[], [strange], [strange, strange], [small, small], [small, small, small]] {
            let job = try Job { try actor.createChannel("c", readers: ["r"]) }
            let asked = fixture.agent.nextToHear { if case .createChannel = $0 { true } else { false } }
            guard case .createChannel(let create) = asked.body else { return }
            let payload = PayloadSpec(generation: 0, slotSize: create.spec.slotSize)
            fixture.agent.shout(.channelCreated(create.spec.id, payload), request: asked.request, descriptors)
            let error = #expect(throws: SluiceError.self) { _ = try job.value() }
            #expect(error?.code == .protocolViolation)
            #expect(error?.channel == "c")
        }
        for _ in 0..<3 {
            let job = try Job { try actor.openReader("c") }
            let asked = fixture.agent.nextToHear { if case .openReader = $0 { true } else { false } }
            let spec = try ChannelSpec(
                id: .random(), name: try ChannelName("c"), writer: try ActorName("x"), readers: [try ActorName("w")],
                slots: 1, slotSize: 1)
            let opened = ReaderOpened(
                spec: spec, route: .local, gate: 1, first: 0, writerNode: try NodeName("n1"), writerPID: 1,
                ended: nil, payloads: [PayloadSpec(generation: 0, slotSize: 1)])
            fixture.agent.shout(.readerOpened(opened), request: asked.request, [small, small])
            let error = #expect(throws: SluiceError.self) { _ = try job.value() }
            #expect(error?.code == .protocolViolation)
        }
        // An answer of the wrong kind.
        let job = try Job { try actor.openReader("c") }
        let asked = fixture.agent.nextToHear { if case .openReader = $0 { true } else { false } }
        fixture.agent.shout(.actorRegistered(1), request: asked.request)
        let error = #expect(throws: SluiceError.self) { _ = try job.value() }
        #expect(error?.code == .protocolViolation)
    }

    @Test func aFailedChannelFailsItsWriterOnly() throws {
        let fixture = try Fixture()
        let (worker, writer, readers) = try fixture.channel(slots: 1)
        defer { worker.close() }
        try writer.write([1])
        let waiting = try Job { try writer.write([2]) }
        let id = try #require(fixture.agent.state.withLock { $0.channels.keys.first })
        fixture.agent.shout(.failedChannel(id, SluiceError(.nodeLost, "node n2 is lost", node: "n2")))
        let error = #expect(throws: SluiceError.self) { try waiting.value() }
        #expect(error?.code == .nodeLost)
        #expect(error?.node == "n2")
        #expect(try readers[0].read() == [1])
    }
}
