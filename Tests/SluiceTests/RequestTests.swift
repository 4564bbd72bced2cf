import Sluice
import SluiceModel
import Testing
import Wire

@Suite("Requests", .timeLimit(.minutes(1))) struct RequestTests {
    @Test func anActorsNameIsReclaimedWithTheNextIncarnation() throws {
        let fixture = try Fixture()
        let worker = try fixture.worker()
        let actor = try worker.register(actor: "a")
        #expect(actor.incarnation == 1)
        #expect(actor.name == "a")
        #expect(actor.node == "n1")
        let other = try fixture.worker()
        defer { other.close() }
        let taken = #expect(throws: SluiceError.self) { _ = try other.register(actor: "a") }
        #expect(taken?.code == .nameTaken)
        worker.close()
        fixture.agent.waitToHear { if case .goodbye = $0 { true } else { false } }
        #expect(try other.register(actor: "a").incarnation == 2)
    }

    @Test(arguments: ["", "a\nb", String(repeating: "x", count: 256)])
    func badNamesAreRefusedHere(_ name: String) throws {
        let fixture = try Fixture()
        let worker = try fixture.worker()
        defer { worker.close() }
        let actor = try worker.register(actor: "a")
        for error in [
            #expect(throws: SluiceError.self, performing: { _ = try worker.register(actor: name) }),
            #expect(throws: SluiceError.self, performing: { _ = try actor.createChannel(name, readers: ["r"]) }),
            #expect(throws: SluiceError.self, performing: { _ = try actor.createChannel("c", readers: [name]) }),
            #expect(throws: SluiceError.self, performing: { _ = try actor.openReader(name) }),
        ] { #expect(error?.code == .invalidName) }
    }

    @Test func badChannelsAreRefusedHere() throws {
        let fixture = try Fixture()
        let worker = try fixture.worker()
        defer { worker.close() }
        let actor = try worker.register(actor: "a")
        for error in [
            #expect(throws: SluiceError.self, performing: { _ = try actor.createChannel("c", readers: []) }),
            #expect(
                throws: SluiceError.self, performing: { _ = try actor.createChannel("c", readers: ["b"], slots: 0) }),
            #expect(
                throws: SluiceError.self, performing: { _ = try actor.createChannel("c", readers: ["b"], slotSize: 0) }),
            #expect(
                throws: SluiceError.self,
                performing: { _ = try actor.createChannel("c", readers: ["b"], slotSize: Limits.mostSlotSize + 1) }),
        ] { #expect(error?.code == .invalidArgument) }
        let ghost = #expect(throws: SluiceError.self) { _ = try actor.createChannel("c", readers: ["ghost"]) }
        #expect(ghost?.code == .unknownActor)
    }

    @Test func aReaderMayComeBeforeItsChannel() throws {
        let fixture = try Fixture()
        let worker = try fixture.worker()
        defer { worker.close() }
        let reading = try worker.register(actor: "r")
        let job = try Job { try reading.openReader("c") }
        fixture.agent.waitToHear { if case .openReader = $0 { true } else { false } }
        let writer = try worker.register(actor: "w").createChannel("c", readers: ["r", "s"])
        try writer.write([1])
        #expect(try job.value().read() == [1])
        let notOne = #expect(throws: SluiceError.self) { _ = try worker.register(actor: "x").openReader("c") }
        #expect(notOne?.code == .notAReader)
        let twice = #expect(throws: SluiceError.self) { _ = try reading.openReader("c") }
        #expect(twice?.code == .alreadyOpen)
    }

    @Test func anUnknownChannelIsAnErrorAtTheDeadline() throws {
        let fixture = try Fixture()
        let worker = try fixture.worker()
        defer { worker.close() }
        let actor = try worker.register(actor: "r")
        for timeout in [Timeout.zero, .milliseconds(30)] {
            let error = #expect(throws: SluiceError.self) { _ = try actor.openReader("none", timeout: timeout) }
            #expect(error?.code == .unknownChannel)
            #expect(error?.channel == "none")
            #expect(error?.actor == "r")
        }
    }

    @Test func aSilentAgentIsATimeoutAndItsLateAnswerIsGivenBack() throws {
        let held = Collector<WorkerMessage>()
        var options = FakeAgent.Options()
        let silent = Flag()
        options.filter = { message in
            guard case .createChannel = message.body, silent.isSet else { return true }
            held.add(message)
            return false
        }
        let fixture = try Fixture(options)
        let worker = try fixture.worker()
        defer { worker.close() }
        let actor = try worker.register(actor: "w")
        silent.isSet = true
        let late = #expect(throws: SluiceError.self) {
            _ = try actor.createChannel("c", readers: ["r"], timeout: .milliseconds(1))
        }
        #expect(late?.code == .timedOut)
        silent.isSet = false
        fixture.agent.waitToHear { if case .cancel = $0 { true } else { false } }
        // Now the answer, which nobody waits for: the channel is closed again.
        fixture.agent.replay(held.all)
        fixture.agent.waitToHear { if case .closeWriter(_, final: 0) = $0 { true } else { false } }
        let again = try actor.createChannel("c", readers: ["r"])
        try again.write([1])
    }

    @Test func cancellationOfARequest() async throws {
        let fixture = try Fixture()
        let worker = try fixture.worker()
        defer { worker.close() }
        let actor = try await worker.register(actor: "r")
        let task = Task { try await actor.openReader("none", timeout: .infinite) }
        await fixture.agent.suspendUntilHeard { if case .openReader = $0 { true } else { false } }
        task.cancel()
        let error = await #expect(throws: SluiceError.self) { _ = try await task.value }
        #expect(error?.code == .cancelled)
        await fixture.agent.suspendUntilHeard { if case .cancel = $0 { true } else { false } }
    }

    @Test func closingTheWorkerEndsRequests() throws {
        let fixture = try Fixture()
        let worker = try fixture.worker()
        let actor = try worker.register(actor: "r")
        let job = try Job { _ = try actor.openReader("none", timeout: .infinite) }
        fixture.agent.waitToHear { if case .openReader = $0 { true } else { false } }
        worker.close()
        let error = #expect(throws: SluiceError.self) { try job.value() }
        #expect(error?.code == .closed)
    }

    @Test func statusTravelsInPages() throws {
        let fixture = try Fixture(FakeAgent.Options(statusActors: 2000))
        let worker = try fixture.worker()
        defer { worker.close() }
        let status = try worker.status()
        #expect(status.epoch == 7)
        #expect(status.actors.count == 2000)
    }

    @Test func linesAndEndpointsAreUsedAgain() throws {
        let fixture = try Fixture()
        let worker = try fixture.worker()
        defer { worker.close() }
        let writing = try worker.register(actor: "w")
        let reading = try worker.register(actor: "r")
        // More than there are numbers of either.
        for round in 0..<Limits.mostEndpoints + 200 {
            let writer = try writing.createChannel("c\(round)", readers: ["r"], slots: 1, slotSize: 1)
            let reader = try reading.openReader("c\(round)")
            try writer.write([UInt8(truncatingIfNeeded: round)])
            #expect(try reader.read() == [UInt8(truncatingIfNeeded: round)])
            reader.close()
            writer.close()
            _ = try worker.status()
        }
    }
}
