import SluiceModel
import Testing
import Wire

/// Every conversation's messages, through bytes and back.
@Suite struct MessageTests {
    /// What each test does for each of the five conversations.
    private func roundTrip<M: AnyMessage>(_ type: M.Type, seed: UInt64) throws {
        var values = RandomValues(seed: seed)
        for iteration in 0..<100 {
            for index in 0..<M.cases {
                let message = M.random(index, &values)
                let decoded = try M(decoding: message.encoded())
                #expect(decoded == message, "seed \(seed), iteration \(iteration), case \(index)")
            }
        }
    }

    @Test(arguments: 1...5) func everyCaseRoundTrips(seed: UInt64) throws {
        try roundTrip(WorkerMessage.self, seed: seed)
        try roundTrip(AgentMessage.self, seed: seed)
        try roundTrip(NodeMessage.self, seed: seed)
        try roundTrip(CoordinatorMessage.self, seed: seed)
        try roundTrip(PeerMessage.self, seed: seed)
        try roundTrip(PlanCall.self, seed: seed)
        try roundTrip(PlanAnswer.self, seed: seed)
    }

    @Test func decodesFromRawMemory() throws {
        let message = WorkerMessage(request: 7, .registerActor(try ActorName("camera")))
        let decoded = unsafe message.encoded().withUnsafeBytes { bytes in
            Result { unsafe try WorkerMessage(decoding: bytes) }
        }
        #expect(try decoded.get() == message)
    }

    /// A change of these bytes is a change of the protocol, and wants a new version.
    @Test func bytesAreFixed() throws {
        let message = WorkerMessage(
            request: 300,
            .openReader(
                OpenReader(
                    channel: try ChannelName("c"), actor: try ActorName("ab"), line: 5, timeout: Timeout(nanoseconds: 1)
                )))
        #expect(
            message.encoded() == [
                0x08, 0xac, 0x02,  // request = 300
                0x2a, 0x0d,  // open_reader, 13 bytes
                0x0a, 0x01, 0x63, 0x12, 0x02, 0x61, 0x62,  // channel, actor
                0x18, 0x05,  // line
                0x22, 0x02, 0x08, 0x01,  // timeout
            ])
    }

    @Test func timeoutsKeepTheirMeaning() throws {
        for timeout in [Timeout.zero, .infinite, Timeout(nanoseconds: .max), .milliseconds(1.5)] {
            let message = NodeMessage(.resolveReader(try ChannelName("c"), try ActorName("a"), timeout: timeout))
            #expect(try NodeMessage(decoding: message.encoded()) == message)
        }
    }

    @Test func errorsTravelWhole() throws {
        let error = SluiceError(
            .writerDied, "gone \0 and \n over", channel: "", actor: "a", node: "n", pid: -1, sequence: 0, needed: .max,
            available: 0, cause: "ø")
        let message = AgentMessage(.failed(error))
        #expect(try AgentMessage(decoding: message.encoded()) == message)
        let bare = AgentMessage(.failed(SluiceError(.closed, "")))
        #expect(try AgentMessage(decoding: bare.encoded()) == bare)
    }

    @Test func versionRanges() {
        let a = VersionRange(oldest: 1, newest: 3)
        #expect(a.common(with: VersionRange(oldest: 2, newest: 9)) == 3)
        #expect(a.common(with: VersionRange(oldest: 3, newest: 3)) == 3)
        #expect(a.common(with: VersionRange(oldest: 4, newest: 9)) == nil)
        #expect(VersionRange(oldest: 4, newest: 9).common(with: a) == nil)
        #expect(a.description == "1 to 3")
        #expect(VersionRange(oldest: 2, newest: 2).description == "2")
    }
}
