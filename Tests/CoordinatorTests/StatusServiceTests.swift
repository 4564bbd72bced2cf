import Coordinator
import Foundation
import SluiceModel
import Testing
import Wire

@Suite(.timeLimit(.minutes(1))) struct StatusServiceTests {
    @Test func whoeverAsksIsAnswered() throws {
        let service = try started(testOptions())
        defer { service.stop() }
        let status = try FakeAgent("cli", service.endpoint).status()
        #expect(status == ClusterStatus(epoch: service.epoch, nodes: [], actors: [], channels: []))
    }

    @Test func agentsAreAskedAndTheSilentAreShown() throws {
        let service = try started(testOptions())
        defer { service.stop() }
        let a = try FakeAgent("a", service.endpoint)
        let b = try FakeAgent("b", service.endpoint)
        let c = try FakeAgent("c", service.endpoint)
        for agent in [a, b, c] { try agent.register() }
        let cli = try FakeAgent("cli", service.endpoint)
        let request = try cli.send(.status)
        let figures = AgentFigures(
            pid: 5, workers: 1, memoryUsed: 2, memoryBudget: .max, descriptors: 4, mappings: 5, framesDropped: 6,
            bytesSent: 7, bytesReceived: 8, sessions: [])
        let report = Array(try JSONEncoder().encode(NodeReport(figures: figures, rings: [])))
        try a.send(.statusReport(report), request: try a.wait { $0.body == .statusRequest ? $0.request : nil })
        // What cannot be read counts as an answer, but tells nothing.
        try c.send(.statusReport([1, 2, 3]), request: try c.wait { $0.body == .statusRequest ? $0.request : nil })
        let json = try cli.wait { message -> [UInt8]? in
            if message.request == request, case .status(let json) = message.body { json } else { nil }
        }
        let status = try JSONDecoder().decode(ClusterStatus.self, from: Data(json))
        #expect(status.nodes.map(\.name) == ["a", "b", "c"])
        #expect(status.nodes[0].agent == figures)
        // Shown as it stands: whoever did not answer in time, is silent.
        #expect(status.nodes[1].state == .silent)
        #expect(status.nodes[2].agent == nil)
    }

    @Test func aThousandChannelsAreShown() throws {
        let service = try started(testOptions())
        defer { service.stop() }
        let a = try FakeAgent("a", service.endpoint)
        try a.register()
        _ = try a.registerActor("w", life: 1)
        _ = try a.registerActor("r", life: 1)
        var requests: [UInt64] = []
        for id in 1...1000 as ClosedRange<UInt64> {
            requests.append(
                try a.send(
                    .createChannel(spec(id, "c\(id)", writer: "w", readers: ["r"]), timeout: .zero)))
        }
        for (index, request) in requests.enumerated() {
            let answer = try a.wait { $0.request == request ? $0.body : nil }
            #expect(answer == .channelCreated(ChannelID(rawValue: UInt64(index) + 1)))
            // Drop the desired sets that came with it.
            _ = try a.wait { if case .desired = $0.body { true } else { nil } }
        }
        let status = try FakeAgent("cli", service.endpoint).status()
        #expect(status.channels.count == 1000)
    }
}
