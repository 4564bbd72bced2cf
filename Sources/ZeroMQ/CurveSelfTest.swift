internal import CSluice
package import SluiceModel

/// Proves at start that this libzmq keeps strangers out; whoever serves with keys runs it first, and does not start if
/// it throws.
///
/// It exists because libzmq's lock fails open: with an option missing, or an authenticator that does not answer, a CURVE
/// server lets in any key.
package final class CurveSelfTest {
    /// For each of its three connections.
    package static let mostMilliseconds = 5000

    private let server: Socket
    private let authenticator: Authenticator
    private let context: Context
    private let endpoint: String
    private let serverKey: PublicKey

    /// On a socket of its own that no one else is told of: someone without a key and someone with a random one must be
    /// refused, someone with an allowed key must be let in, under that key's name.
    ///
    /// - Throws: ``SluiceError/Code/accessDenied`` saying which of them was not treated so.
    package static func run(_ keyring: Keyring) throws(SluiceError) {
        let visitor = try NodeName("self-test")
        let allowed = try KeyPair.generate()
        let test: CurveSelfTest
        do {
            test = try CurveSelfTest(keyring, allowing: [allowed.publicKey: visitor])
            try test.expectRefusal("no key", nil)
            try test.expectRefusal("a random key", try Self.ring(try KeyPair.generate(), visitor))
            try test.expectEntrance(try Self.ring(allowed, visitor))
        } catch let error as ZeroMQError {
            throw SluiceError(.accessDenied, "the self-test of CURVE could not run", cause: error.description)
        } catch let error as SluiceError {
            throw error
        } catch {
            preconditionFailure("\(error)")
        }
    }

    private init(_ keyring: Keyring, allowing allowed: [PublicKey: NodeName]) throws {
        context = try Context()
        authenticator = try Authenticator(context, allowed: allowed)
        server = try Socket(context, .router, .server)
        try server.secureServer(keyring)
        // In the abstract namespace: no port, and no file to be left behind.
        endpoint = "ipc://@sluice-self-test-\(ProcessLife.random())"
        serverKey = keyring.own.publicKey
        try server.bind(endpoint)
    }

    private static func ring(_ pair: KeyPair, _ name: NodeName) throws(SluiceError) -> Keyring {
        Keyring(name: name, own: pair, allowed: [:], coordinator: nil)
    }

    private func dial(_ keyring: Keyring?) throws -> (Socket, MonitorSocket) {
        let client = try Socket(context, .dealer, .session)
        if let keyring { try client.secureClient(keyring, serverKey: serverKey) }
        let monitor = try client.monitor(.session)
        try client.connect(endpoint)
        return (client, monitor)
    }

    private func expectRefusal(_ what: String, _ keyring: Keyring?) throws {
        let (client, monitor) = try dial(keyring)
        defer { client.close() }
        switch try outcome(of: monitor) {
        case .handshakeFailed, .disconnected, .closed: return
        case .handshakeSucceeded:
            throw SluiceError(.accessDenied, "this libzmq lets in a peer with \(what); nothing is served with it")
        default:
            throw SluiceError(.accessDenied, "a peer with \(what) was neither let in nor refused in the self-test")
        }
    }

    private func expectEntrance(_ keyring: Keyring) throws {
        let (client, monitor) = try dial(keyring)
        let word = Array("let me in".utf8)
        guard case .handshakeSucceeded = try outcome(of: monitor), try client.send(word) == .sent else {
            throw SluiceError(.accessDenied, "this libzmq does not let in a peer with an allowed key")
        }
        var poller = Poller()
        poller.add(server, token: 0)
        try poller.wait(milliseconds: Self.mostMilliseconds)
        // The first part is the routing id.
        guard var part = try server.receive(dontWait: true), part.more, try server.receive(into: &part, dontWait: true),
            part.array() == word, part.property(.userID) == keyring.name.rawValue
        else { throw SluiceError(.accessDenied, "this libzmq does not name the peer that an allowed key let in") }
    }

    /// How the handshake went; nil if nothing had come of it in time.
    private func outcome(of monitor: MonitorSocket) throws -> MonitorEvent.Kind? {
        var poller = Poller()
        poller.add(monitor.socket, token: 0)
        let end = Deadline(.milliseconds(Double(Self.mostMilliseconds)), from: sluice_monotonic_ns())
        while let left = end.remaining(at: sluice_monotonic_ns()), left > 0 {
            try poller.wait(milliseconds: Int(left / 1_000_000) + 1)
            while let event = try monitor.next() {
                switch event.kind {
                case .connected, .connectDelayed, .connectRetried: continue
                default: return event.kind
                }
            }
        }
        return nil
    }
}
