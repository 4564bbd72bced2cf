import Coordinator
import SluiceModel
import Testing
import Wire
import ZeroMQ

@Suite(.timeLimit(.minutes(1))) struct ServiceTests {
    @Test func itListensWhereItSaysAndGivesItBack() throws {
        let service = try started(testOptions())
        let endpoint = service.endpoint
        #expect(endpoint.hasPrefix("tcp://127.0.0.1:") && !endpoint.hasSuffix(":0"))
        #expect(service.epoch > 0)
        let agent = try FakeAgent("a", endpoint)
        #expect(try agent.register().epoch == service.epoch)
        service.stop()
        service.stop()
        var again = testOptions()
        again.endpoint = endpoint
        let next = try started(again)
        // Without a store too, the epoch rises.
        #expect(next.epoch > service.epoch)
        next.stop()
    }

    @Test func itIsStartedOnce() throws {
        let service = try started(testOptions())
        defer { service.stop() }
        #expect(throws: SluiceError.self) { try service.start() }
        #expect(try FakeAgent("a", service.endpoint).register().incarnation == 1)
    }

    @Test func stoppingWhatNeverStartedDoesNothing() async throws {
        let service = CoordinatorService(testOptions())
        service.stop()
        try await service.waitUntilStopped()
        #expect(service.endpoint.isEmpty)
    }

    @Test func whoWaitsForTheEndHearsOfIt() async throws {
        let service = try started(testOptions())
        async let end: Void = service.waitUntilStopped()
        service.stop()
        try await end
        try await service.waitUntilStopped()
    }

    @Test func anAddressIsForOne() throws {
        let service = try started(testOptions())
        defer { service.stop() }
        var options = testOptions()
        options.endpoint = service.endpoint
        let error = #expect(throws: SluiceError.self) { try CoordinatorService(options).start() }
        #expect(error?.code == .badAddress)
        #expect(error?.message.contains(service.endpoint) == true)
    }

    @Test(arguments: ["tcp://", "nonsense", "tcp://127.0.0.1:99999", "tcp://127.0.0.1", "tcp://192.0.2.1:7070"])
    func badAddressesAreNamed(endpoint: String) throws {
        var options = testOptions()
        options.endpoint = endpoint
        options.isInsecure = true
        let error = #expect(throws: SluiceError.self) { try CoordinatorService(options).start() }
        #expect(error?.code == .badAddress)
        #expect(error?.message.contains(endpoint) == true)
    }

    @Test func theNetworkIsNotServedWithoutKeys() throws {
        var options = testOptions()
        options.endpoint = "tcp://0.0.0.0:0"
        let error = #expect(throws: SluiceError.self) { try CoordinatorService(options).start() }
        #expect(error?.code == .accessDenied)
        options.isInsecure = true
        try started(options).stop()
    }

    @Test func optionsHaveBounds() throws {
        var options = testOptions()
        options.lease = .milliseconds(999)
        #expect(throws: SluiceError.self) { try CoordinatorService(options).start() }
        options.lease = .infinite
        #expect(throws: SluiceError.self) { try CoordinatorService(options).start() }
        options.lease = .seconds(3)
        options.heartbeat = .seconds(2)
        let error = #expect(throws: SluiceError.self) { try CoordinatorService(options).start() }
        #expect(error?.code == .invalidArgument)
    }

    @Test func aChannelAcrossTwoNodes() throws {
        let service = try started(testOptions())
        defer { service.stop() }
        let a = try FakeAgent("a", service.endpoint)
        let b = try FakeAgent("b", service.endpoint)
        try a.register()
        try b.register()
        #expect(try a.registerActor("w", life: 1) == 1)
        #expect(try b.registerActor("r", life: 2) == 1)
        let spec = try spec(7, "c", writer: "w", readers: ["r"])
        let creation = try a.send(.createChannel(spec, timeout: .seconds(5)))
        let reference = try b.wait { message -> DesiredReference? in
            if case .desired(let update) = message.body { update.references.first } else { nil }
        }
        #expect(reference == DesiredReference(spec: spec, writerNode: a.name, readers: [0], end: nil))
        try b.send(.referenceReady(spec.id), request: 0)
        #expect(try a.wait { $0.request == creation ? $0.body : nil } == .channelCreated(spec.id))
        // The destinations came before.
        let writer = try a.wait { message -> DesiredWriter? in
            if case .desired(let update) = message.body { update.writers.first } else { nil }
        }
        #expect(writer.destinations == [b.name])
        let resolved = try b.ask(.resolveReader(spec.name, ActorName("r"), timeout: .zero))
        #expect(resolved == .readerResolved(spec, writerNode: a.name))
        #expect(try a.ask(.endChannel(spec.id, ChannelEnd(final: 3, reason: .closed))) == .done)
        let end = try b.wait { message -> ChannelEnd? in
            if case .desired(let update) = message.body { update.references.first?.end } else { nil }
        }
        #expect(end == ChannelEnd(final: 3, reason: .closed))
    }

    @Test func deadlinesPassWithoutAnyMessage() throws {
        let service = try started(testOptions())
        defer { service.stop() }
        let a = try FakeAgent("a", service.endpoint)
        try a.register()
        _ = try a.registerActor("r", life: 1)
        let answer = try a.ask(.resolveReader(ChannelName("c"), ActorName("r"), timeout: .milliseconds(30)))
        guard case .failed(let error) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(error.code == .unknownChannel)
    }

    @Test func anAgentThatHasGoneIsReplacedAtOnceAndTwoAreNot() throws {
        let service = try started(testOptions())
        defer { service.stop() }
        let first = try FakeAgent("a", service.endpoint)
        try first.register()
        // The name is taken as long as its holder answers.
        let second = try FakeAgent("a", service.endpoint)
        let asked = try second.send(second.registration())
        let ping = try first.wait { $0.body == .ping ? $0.request : nil }
        try first.send(.pong, request: ping)
        guard case .refused(let error, _) = try second.wait({ $0.request == asked ? $0.body : nil }) else {
            Issue.record("a second agent was taken")
            return
        }
        #expect(error.code == .nameTaken)
        first.socket.close()
        #expect(try second.register().incarnation == 2)
    }

    @Test func aSilentNodeIsLost() throws {
        var options = testOptions()
        options.lease = .seconds(1)
        options.heartbeat = .milliseconds(100)
        let service = try started(options)
        defer { service.stop() }
        let a = try FakeAgent("a", service.endpoint)
        try a.register()
        let error = try a.wait { message -> SluiceError? in
            if case .fenced(let error) = message.body { error } else { nil }
        }
        #expect(error.code == .fenced)
        #expect(try a.register().incarnation == 2)
    }
}
