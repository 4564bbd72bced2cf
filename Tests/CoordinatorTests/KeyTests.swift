import Coordinator
import SluiceModel
import Testing
import Wire
import ZeroMQ

@Suite(.timeLimit(.minutes(1))) struct KeyTests {
    private let directory: TemporaryDirectory
    private let service: CoordinatorService
    private let server: PublicKey

    init() throws {
        directory = try TemporaryDirectory()
        try KeyDirectory.generate(
            at: directory.path, coordinator: NodeName("coordinator"), nodes: [NodeName("a"), NodeName("b")])
        var options = testOptions()
        options.keys = directory.file("coordinator")
        service = try started(options)
        server = try KeyDirectory.load(directory.file("a")).coordinator!
    }

    private func agent(_ name: String, key: String) throws -> FakeAgent {
        try FakeAgent(name, service.endpoint, keys: (KeyDirectory.load(directory.file(key)), server))
    }

    @Test func aNodeWithItsKeyIsLetIn() throws {
        defer { service.stop() }
        #expect(try agent("a", key: "a").register().incarnation == 1)
    }

    @Test func aNodeWithAnothersKeyIsRefused() throws {
        defer { service.stop() }
        let impostor = try agent("a", key: "b")
        guard case .refused(let error, _) = try impostor.ask(impostor.registration()) else {
            Issue.record("b's key was taken for a's")
            return
        }
        #expect(error.code == .accessDenied)
        #expect(try agent("cli", key: "b").status().nodes.isEmpty)
    }

    @Test func aStrangersKeyIsRefused() async throws {
        defer { service.stop() }
        let stranger = Keyring(
            name: try NodeName("a"), own: try KeyPair.generate(), allowed: [:], coordinator: server)
        let agent = try FakeAgent("a", service.endpoint, keys: (stranger, server))
        let keyless = try FakeAgent("a", service.endpoint)
        // Nobody is there to take it once it has been refused.
        for socket in [agent.socket, keyless.socket] {
            _ = try socket.send(NodeMessage(request: 1, .status).encoded(), dontWait: true)
        }
        while service.refusedConnections < 2 { try await Task.sleep(for: .milliseconds(5)) }
        // Who is known is served meanwhile, and nobody else has been heard.
        #expect(try self.agent("b", key: "b").status().nodes.isEmpty)
        #expect(service.droppedMessages == 0)
        withExtendedLifetime((agent, keyless)) {}
    }

    @Test func keysThatCannotBeReadAreNamed() throws {
        service.stop()
        var options = testOptions()
        options.keys = directory.file("nobody")
        let error = #expect(throws: SluiceError.self) { try CoordinatorService(options).start() }
        #expect(error?.message.contains(directory.file("nobody")) == true)
    }
}
