import SluiceModel
import Synchronization
import Testing
import ZeroMQ

/// One node's server, and those who knock.
private struct Fortress {
    let context: Context
    let node: NodeName
    let server: Keyring
    let friend: Keyring
    let router: Socket
    let endpoint: String

    init() throws {
        context = try Context()
        node = try NodeName("node-1")
        server = Keyring(name: node, own: try .generate(), allowed: [:], coordinator: nil)
        friend = Keyring(name: try NodeName("node 2/β"), own: try .generate(), allowed: [:], coordinator: nil)
        router = try Socket(context, .router, .server)
        try router.secureServer(server)
        endpoint = try router.bind("tcp://127.0.0.1:*")
    }

    var allowed: [PublicKey: NodeName] { [friend.own.publicKey: friend.name] }

    /// Dials, queues a message before the handshake, and says how the handshake went.
    func knock(_ keyring: Keyring?, serverKey: PublicKey? = nil, saying word: [UInt8]) throws
        -> (outcome: MonitorEvent.Kind?, client: Socket)
    {
        var options = SocketOptions.session
        options.immediate = false
        let client = try Socket(context, .dealer, options)
        if let keyring { try client.secureClient(keyring, serverKey: serverKey ?? server.own.publicKey) }
        let monitor = try client.monitor(.session)
        try client.connect(endpoint)
        // At once if the handshake has failed already: then there is no one to queue it for.
        _ = try client.send(word, dontWait: true)
        let event = try event(of: monitor) { kind in
            switch kind {
            case .connected, .connectDelayed: false
            default: true
            }
        }
        return (event?.kind, client)
    }

    /// That the friend is heard, and nobody else before or after him.
    func hearsOnlyTheFriend() throws {
        let (outcome, client) = try knock(friend, saying: [42])
        #expect(outcome == .handshakeSucceeded)
        #expect(try receive(router).dropFirst() == [[42]])
        #expect(try router.receiveParts(most: 1, dontWait: true) == nil)
        client.close()
    }
}

@Suite(.timeLimit(.minutes(3))) struct CurveTests {
    @Test func anAllowedKeyHasItsName() throws {
        let fortress = try Fortress()
        let authenticator = try Authenticator(fortress.context, allowed: fortress.allowed)
        let (outcome, client) = try fortress.knock(fortress.friend, saying: [1])
        #expect(outcome == .handshakeSucceeded)
        var poller = Poller()
        poller.add(fortress.router, token: 0)
        try poller.wait(milliseconds: patience)
        var part = Message()
        #expect(try fortress.router.receive(into: &part))
        let id = part.array()
        #expect(try fortress.router.receive(into: &part))
        #expect(part.property(.userID) == fortress.friend.name.rawValue)
        _ = try fortress.router.send(id, more: true)
        _ = try fortress.router.send([2])
        #expect(try receive(client) == [[2]])
        #expect(authenticator.counts == Authenticator.Counts(admitted: 1, refused: 0))
    }

    @Test func aRandomKeyIsRefusedAndTold() throws {
        let fortress = try Fortress()
        let refusals = Mutex<[Authenticator.Refusal]>([])
        let authenticator = try Authenticator(fortress.context, allowed: fortress.allowed) { refusal in
            refusals.withLock { $0.append(refusal) }
        }
        let stranger = Keyring(name: fortress.friend.name, own: try .generate(), allowed: [:], coordinator: nil)
        let (outcome, client) = try fortress.knock(stranger, saying: [1])
        #expect(outcome == .handshakeFailed(.refused(status: 400)))
        try fortress.hearsOnlyTheFriend()
        client.close()
        #expect(authenticator.counts == Authenticator.Counts(admitted: 1, refused: 1))
        let expected = Authenticator.Refusal(address: "127.0.0.1", key: stranger.own.publicKey)
        #expect(refusals.withLock { $0 } == [expected])
    }

    @Test func withoutAKeyNothingIsHeard() throws {
        let fortress = try Fortress()
        let authenticator = try Authenticator(fortress.context, allowed: fortress.allowed)
        let (outcome, client) = try fortress.knock(nil, saying: [1])
        // Which side gives up first decides what this side sees.
        guard case .handshakeFailed(let why)? = outcome else {
            Issue.record("\(String(describing: outcome))")
            return
        }
        switch why {
        case .mechanismMismatch, .broken: break
        default: Issue.record("\(why)")
        }
        try fortress.hearsOnlyTheFriend()
        client.close()
        #expect(authenticator.counts.admitted == 1)
    }

    @Test func aClientThatExpectsAnotherServerIsNotHeard() throws {
        let fortress = try Fortress()
        let authenticator = try Authenticator(fortress.context, allowed: fortress.allowed)
        let other = try KeyPair.generate().publicKey
        let (outcome, client) = try fortress.knock(fortress.friend, serverKey: other, saying: [1])
        guard case .handshakeFailed? = outcome else {
            Issue.record("\(String(describing: outcome))")
            return
        }
        try fortress.hearsOnlyTheFriend()
        client.close()
        #expect(authenticator.counts.admitted == 1)
    }

    /// libzmq's trap: a CURVE server with a domain and no authenticator lets in any key, were it not for option 93.
    @Test func withoutAnAuthenticatorNobodyComesIn() throws {
        let fortress = try Fortress()
        let (outcome, client) = try fortress.knock(fortress.friend, saying: [1])
        if outcome == .handshakeSucceeded { Issue.record("an open door") }
        #expect(try fortress.router.receiveParts(most: 1, dontWait: true) == nil)
        client.close()
        // The same server with one: it was the lack of it.
        let authenticator = try Authenticator(fortress.context, allowed: fortress.allowed)
        try fortress.hearsOnlyTheFriend()
        #expect(authenticator.counts.admitted == 1)
    }

    @Test func anotherDomainIsNotServed() throws {
        let fortress = try Fortress()
        let authenticator = try Authenticator(fortress.context, allowed: fortress.allowed, domain: "other")
        let (outcome, client) = try fortress.knock(fortress.friend, saying: [1])
        #expect(outcome == .handshakeFailed(.refused(status: 400)))
        client.close()
        #expect(authenticator.counts.refused == 1)
    }

    @Test func theListCanChange() throws {
        let fortress = try Fortress()
        let authenticator = try Authenticator(fortress.context, allowed: [:])
        let (outcome, client) = try fortress.knock(fortress.friend, saying: [1])
        #expect(outcome == .handshakeFailed(.refused(status: 400)))
        client.close()
        authenticator.replace(allowed: fortress.allowed)
        try fortress.hearsOnlyTheFriend()
    }

    @Test func oneAuthenticatorPerContextAndNoneAfterItsEnd() throws {
        let fortress = try Fortress()
        let first = try Authenticator(fortress.context, allowed: fortress.allowed)
        let error = #expect(throws: SluiceError.self) {
            _ = try Authenticator(fortress.context, allowed: fortress.allowed)
        }
        #expect(error?.message.contains("inproc://zeromq.zap.01") == true)
        first.stop()
        first.stop()
        let (outcome, client) = try fortress.knock(fortress.friend, saying: [1])
        if outcome == .handshakeSucceeded { Issue.record("an open door") }
        client.close()
        let second = try Authenticator(fortress.context, allowed: fortress.allowed)
        try fortress.hearsOnlyTheFriend()
        #expect(second.counts.admitted == 1)
    }

    @Test func stopsAlsoAfterItsContext() throws {
        let context = try Context()
        let authenticator = try Authenticator(context, allowed: [:])
        context.shutdown()
        authenticator.stop()
    }

    @Test func selfTestPasses() throws {
        let node = try NodeName("node-1")
        try CurveSelfTest.run(Keyring(name: node, own: try .generate(), allowed: [:], coordinator: nil))
    }
}
