import CSluice
import Coordinator
import Foundation
import Logging
import SluiceModel
import Testing
import Wire
import ZeroMQ

/// An agent as the coordinator sees one: a DEALER that says what the test wants.
final class FakeAgent {
    /// Longer than anything here takes; a test that waits for it has failed.
    static let patience: UInt64 = 20_000_000_000

    let name: NodeName
    let life = ProcessLife.random()
    private let context: Context
    let socket: Socket
    private var lastRequest: UInt64 = 0
    /// What has come and was not asked for yet.
    private(set) var tray: [CoordinatorMessage] = []

    init(_ name: String, _ endpoint: String, keys: (Keyring, PublicKey)? = nil) throws {
        self.name = try NodeName(name)
        context = try Context()
        var options = SocketOptions.session
        options.immediate = false
        options.mostMessageBytes = -1
        socket = try Socket(context, .dealer, options)
        if let (keyring, server) = keys { try socket.secureClient(keyring, serverKey: server) }
        try socket.connect(endpoint)
    }

    @discardableResult
    func send(_ body: NodeMessage.Body, request: UInt64? = nil) throws -> UInt64 {
        lastRequest += 1
        let number = request ?? lastRequest
        #expect(try socket.send(NodeMessage(request: number, body).encoded()) == .sent)
        return number
    }

    /// Says something and waits for the answer to it.
    func ask(_ body: NodeMessage.Body) throws -> CoordinatorMessage.Body {
        let request = try send(body)
        return try wait { $0.request == request ? $0.body : nil }
    }

    /// Takes the first message that `pick` wants, waiting for it if need be.
    func wait<T>(_ pick: (CoordinatorMessage) -> T?) throws -> T {
        let end = sluice_monotonic_ns() + Self.patience
        while true {
            for index in tray.indices {
                guard let found = pick(tray[index]) else { continue }
                tray.remove(at: index)
                return found
            }
            guard sluice_monotonic_ns() < end, try receive(milliseconds: 1000) || sluice_monotonic_ns() < end else {
                throw Impatience(name: name.rawValue, tray: tray.map { "\($0.body)" })
            }
        }
    }

    struct Impatience: Error {
        let name: String
        let tray: [String]
    }

    private func receive(milliseconds: Int) throws -> Bool {
        var poller = Poller()
        poller.add(socket, token: 0)
        try poller.wait(milliseconds: milliseconds)
        guard let parts = try socket.receiveParts(most: 1, dontWait: true) else { return false }
        tray.append(try CoordinatorMessage(decoding: parts[0]))
        return true
    }

    func registration(
        incarnation: Incarnation = 0, epoch: Epoch = 0, life: ProcessLife? = nil, actors: [ActorReport] = [],
        writers: [WriterReport] = [], references: [ReferenceReport] = []
    ) -> NodeMessage.Body {
        .register(
            RegisterNode(
                versions: .current, node: name, life: life ?? self.life, incarnation: incarnation, epoch: epoch,
                controlEndpoint: "tcp://127.0.0.1:1", dataEndpoint: "tcp://127.0.0.1:2", publicKey: "",
                actors: actors, writers: writers, references: references))
    }

    @discardableResult
    func register(incarnation: Incarnation = 0, epoch: Epoch = 0) throws -> NodeRegistered {
        let answer = try ask(registration(incarnation: incarnation, epoch: epoch))
        guard case .registered(let registered) = answer else { throw Unexpected(answer: "\(answer)") }
        return registered
    }

    func registerActor(_ actor: String, life: UInt64) throws -> Incarnation {
        let answer = try ask(.registerActor(ActorName(actor), life: ProcessLife(rawValue: life), pid: 1))
        guard case .actorRegistered(let incarnation) = answer else { throw Unexpected(answer: "\(answer)") }
        return incarnation
    }

    func status() throws -> ClusterStatus {
        let answer = try ask(.status)
        guard case .status(let json) = answer else { throw Unexpected(answer: "\(answer)") }
        return try JSONDecoder().decode(ClusterStatus.self, from: Data(json))
    }

    struct Unexpected: Error { let answer: String }
}

/// A directory for one test, gone after it.
final class TemporaryDirectory {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "sluice-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { "\(path)/\(name)" }
}

/// Options for a test: a free port, and no lines on the terminal.
func testOptions(store: String? = nil) -> CoordinatorOptions {
    var options = CoordinatorOptions()
    options.endpoint = "tcp://127.0.0.1:0"
    options.store = store
    options.logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    return options
}

func started(_ options: CoordinatorOptions) throws -> CoordinatorService {
    let service = CoordinatorService(options)
    try service.start()
    return service
}

func spec(_ id: UInt64, _ name: String, writer: String, readers: [String]) throws -> ChannelSpec {
    try ChannelSpec(
        id: ChannelID(rawValue: id), name: ChannelName(name), writer: ActorName(writer),
        readers: readers.map { try ActorName($0) }, slots: 4, slotSize: 64)
}
