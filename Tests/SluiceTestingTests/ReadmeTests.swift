import Sluice
import SluiceTesting
import Testing

/// The test that README.md shows, word for word.
@Suite(.timeLimit(.minutes(1))) struct ReadmeTests {
    @Test func nothingIsLostWhenAnAgentDies() async throws {
        try await withCluster(nodes: 2) { cluster in
            let (here, there) = (try await cluster.nodes[0].worker(), try await cluster.nodes[1].worker())
            let (alice, bob) = (try await here.register(actor: "alice"), try await there.register(actor: "bob"))
            let writer = try await alice.createChannel("news", readers: ["bob"], slots: 8, slotSize: 64)
            let reader = try await bob.openReader("news")
            try await writer.write([1])
            try await cluster.nodes[1].kill()
            try await cluster.nodes[1].start()
            #expect(try await reader.read() == [1])
        }
    }
}
