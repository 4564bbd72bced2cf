import Glibc
import SharedMemory
import Sluice
import SluiceModel
import Testing
import Wire
import ZeroMQ

@Suite("Connecting", .timeLimit(.minutes(1))) struct ConnectTests {
    @Test func aSocketThatIsNotThere() async throws {
        let error = #expect(throws: SluiceError.self) { _ = try Worker.connect(to: "unix:///tmp/sluice-no-such.sock") }
        #expect(error?.code == .agentUnavailable)
        #expect(error?.message.contains("connect") == true)
        let other = await #expect(throws: SluiceError.self) {
            _ = try await Worker.connect(to: "unix:///tmp/sluice-no-such.sock")
        }
        #expect(other?.code == .agentUnavailable)
    }

    @Test func aSocketThatNobodyListensOn() throws {
        let path = FakeAgent.freshPath()
        let listener = try UnixListener(path: path)
        let link = path + ".link"
        #expect(unsafe Glibc.link(path, link) == 0)
        defer { _ = unsafe unlink(link) }
        _ = consume listener
        let error = #expect(throws: SluiceError.self) { _ = try Worker.connect(to: "unix://\(link)") }
        #expect(error?.code == .agentUnavailable)
        #expect(error?.message.contains("nobody listens") == true)
    }

    @Test func someoneWhoDoesNotAnswer() throws {
        let listener = try UnixListener(path: FakeAgent.freshPath())
        let error = #expect(throws: SluiceError.self) {
            _ = try Worker.connect(to: "unix://\(listener.path)", timeout: .milliseconds(50))
        }
        #expect(error?.code == .agentUnavailable)
        #expect(error?.message.contains("handshake") == true)
    }

    @Test func someoneWhoHangsUp() throws {
        let listener = try UnixListener(path: FakeAgent.freshPath())
        let job = try Job { eventually { (try? listener.accept()) ?? nil != nil } }
        let error = #expect(throws: SluiceError.self) { _ = try Worker.connect(to: "unix://\(listener.path)") }
        #expect(error?.code == .agentUnavailable)
        #expect(error?.message.contains("handshake") == true)
        try job.value()
    }

    @Test func anIncompatibleAgentNamesBothVersions() throws {
        let refusal = AgentMessage(
            .refused(SluiceError(.incompatibleVersion, "too old"), VersionRange(oldest: 3, newest: 4)))
        let (error, said) = try handshake(answer: refusal.encoded(), [])
        #expect(error?.code == .incompatibleVersion)
        #expect(error?.message.contains("3 to 4") == true)
        #expect(said?.versions == .current)
        #expect(said?.pid == getpid())
    }

    @Test func welcomesThatCannotBe() throws {
        let node = try NodeName("n")
        for (version, descriptors) in [(2, 1), (1, 0), (1, 1), (1, 2)] as [(UInt32, Int)] {
            let welcome = AgentMessage(
                .welcome(AgentWelcome(version: version, node: node, life: .random(), pid: 1, wantsHandBack: false)))
            let sent = try (0..<descriptors).map { _ in try EventFD().descriptor }
            let (error, _) = try handshake(answer: welcome.encoded(), sent)
            #expect(error?.code == .agentUnavailable)
            #expect(error?.cause != nil)
        }
    }

    /// Connects to a listener that answers so.
    private func handshake(answer: [UInt8], _ descriptors: [Descriptor]) throws -> (SluiceError?, WorkerHello?) {
        let listener = try UnixListener(path: FakeAgent.freshPath())
        let job = try Job { () -> (UnixConnection, WorkerHello?) in
            while true {
                guard let connection = try listener.accept() else {
                    usleep(1000)
                    continue
                }
                while true {
                    guard case .message(let bytes, _) = try connection.receive() else {
                        usleep(1000)
                        continue
                    }
                    _ = try connection.send(answer, descriptors: descriptors)
                    guard case .hello(let hello) = try WorkerMessage(decoding: bytes).body else {
                        return (connection, nil)
                    }
                    return (connection, hello)
                }
            }
        }
        let error = #expect(throws: SluiceError.self) { _ = try Worker.connect(to: "unix://\(listener.path)") }
        return (error, try job.value().1)
    }
}

@Suite("Network addresses", .timeLimit(.minutes(1))) struct NetworkAddressTests {
    @Test func findTheSocketOfTheAgentThere() throws {
        let fixture = try Fixture()
        let tokenPath = SocketLocation(path: fixture.agent.path, token: []).tokenPath
        let token = (0..<32).map { _ in UInt8.random(in: 0...255) }
        try write(token, to: tokenPath)
        defer { _ = unsafe unlink(tokenPath) }
        let answering = try Locator { nonce in
            .located(nonce: nonce, SocketLocation(path: fixture.agent.path, token: token))
        }
        let worker = try Worker.connect(to: answering.address)
        #expect(worker.node == "n1")
        worker.close()
    }

    @Test func anotherHostIsATypedError() throws {
        let fixture = try Fixture()
        let tokenPath = SocketLocation(path: fixture.agent.path, token: []).tokenPath
        try write((0..<32).map { UInt8($0) }, to: tokenPath)
        defer { _ = unsafe unlink(tokenPath) }
        for path in [fixture.agent.path, "/nowhere/agent.sock"] {
            let answering = try Locator { nonce in
                .located(nonce: nonce, SocketLocation(path: path, token: [UInt8](repeating: 7, count: 32)))
            }
            let error = #expect(throws: SluiceError.self) { _ = try Worker.connect(to: answering.address) }
            #expect(error?.code == .otherHost)
            #expect(error?.message.contains("start an agent") == true)
        }
    }

    @Test func nobodyThereIsAnErrorThatNamesTheStep() throws {
        // Bound and closed again: most likely free.
        let answering = try Locator { _ in nil }
        let address = answering.address
        answering.stop()
        for _ in 0..<2 {
            let error = #expect(throws: SluiceError.self) { _ = try Worker.connect(to: address) }
            #expect(error?.code == .agentUnavailable)
            #expect(error?.message.contains("resolve") == true)
        }
    }

    @Test func someoneWhoDoesNotAnswer() throws {
        let answering = try Locator { _ in nil }
        let error = #expect(throws: SluiceError.self) {
            _ = try Worker.connect(to: answering.address, timeout: .milliseconds(100))
        }
        #expect(error?.code == .agentUnavailable)
        #expect(error?.message.contains("resolve") == true)
    }

    @Test func someoneWhoTalksNonsense() throws {
        let answering = try Locator { _ in .close(ChannelID(rawValue: 1), stream: 1) }
        #expect(throws: SluiceError.self) {
            _ = try Worker.connect(to: answering.address, timeout: .milliseconds(100))
        }
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        let file = unsafe open(path, O_CREAT | O_WRONLY, 0o600)
        #expect(unsafe Glibc.write(file, bytes, bytes.count) == bytes.count)
        Glibc.close(file)
    }
}

/// An agent's control endpoint, as far as `locate` goes.
private final class Locator: Sendable {
    let address: String
    private let isStopping = Flag()
    private let thread = Lock<NamedThread?>(nil)

    init(_ answer: @escaping @Sendable (UInt64) -> PeerMessage?) throws {
        let isStopping = isStopping
        let started = Started()
        let running = try NamedThread("locator") {
            guard let context = try? Context(), let socket = try? Socket(context, .router, .server),
                let endpoint = try? socket.bind("tcp://127.0.0.1:*")
            else { return }
            started.endpoint.withLock { $0 = endpoint }
            while !isStopping.isSet {
                guard let parts = try? socket.receiveParts(most: 2, dontWait: true), parts.count == 2 else {
                    usleep(1000)
                    continue
                }
                guard case .locate(let nonce) = try? PeerMessage(decoding: parts[1]), let body = answer(nonce) else {
                    continue
                }
                _ = try? socket.send(parts[0], more: true)
                _ = try? socket.send(body.encoded())
            }
        }
        eventually { started.endpoint.withLock { $0 } != nil }
        address = started.endpoint.withLock { $0 } ?? ""
        thread.withLock { $0 = running }
    }

    deinit { stop() }

    func stop() {
        isStopping.isSet = true
        thread.withLock { $0?.join() }
    }

    private final class Started: Sendable {
        let endpoint = Lock<String?>(nil)
    }
}
