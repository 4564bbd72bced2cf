import SluiceModel
import Synchronization
import Testing
import ZeroMQ

@Suite(.timeLimit(.minutes(3))) struct TransferTests {
    @Test func dealerAndRouter() throws {
        var options = SocketOptions.session
        options.routingID = Array("node-1/7".utf8)
        let (router, dealer) = try connected(Context(), client: options)
        #expect(try dealer.send(Array("head".utf8), more: true) == .sent)
        #expect(try dealer.send([], more: false) == .sent)
        let parts = try receive(router)
        #expect(parts == [Array("node-1/7".utf8), Array("head".utf8), []])
        _ = try router.send(parts[0], more: true)
        _ = try router.send([1, 2, 3])
        #expect(try receive(dealer) == [[1, 2, 3]])
    }

    @Test(arguments: [0, 1, 29, 30, 33, 34, 1000, 1 << 20]) func sizes(size: Int) throws {
        let (router, dealer) = try connected(Context())
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
        #expect(try dealer.send(try Message(copying: bytes)) == .sent)
        #expect(try receive(router)[1] == bytes)
    }

    @Test func messagesCarryTheirPeersAddress() throws {
        let (router, dealer) = try connected(Context())
        _ = try dealer.send([1], more: true)
        _ = try dealer.send([2])
        var poller = Poller()
        poller.add(router, token: 0)
        try poller.wait(milliseconds: patience)
        var part = Message()
        #expect(try router.receive(into: &part))
        #expect(try router.hasMore)
        #expect(try router.receive(into: &part))
        #expect(part.property(.peerAddress) == "127.0.0.1")
        #expect(part.property(.socketType) == "DEALER")
        #expect(part.property(.userID) == nil)
        try router.skipRest(of: &part)
        #expect(part.array() == [2] && !part.more)
        #expect(try router.receiveParts(most: 1, dontWait: true) == nil)
    }

    @Test func intoABuffer() throws {
        let (router, dealer) = try connected(Context())
        _ = try dealer.send([1, 2, 3, 4])
        #expect(try receive(router).count == 2)
        let parts = try Socket(router.context, .pair, .inProcess)
        try parts.bind("inproc://p")
        let other = try Socket(router.context, .pair, .inProcess)
        try other.connect("inproc://p")
        _ = try other.send([1, 2, 3, 4])
        var buffer: [UInt8] = [0, 0]
        let size = unsafe try buffer.withUnsafeMutableBytes { unsafe try parts.receive(into: $0) }
        #expect(size == 4 && buffer == [1, 2])
        let none = unsafe try buffer.withUnsafeMutableBytes { unsafe try parts.receive(into: $0, dontWait: true) }
        #expect(none == nil)
    }

    @Test func furtherPartsAreDropped() throws {
        let (router, dealer) = try connected(Context())
        for part in 0..<9 { _ = try dealer.send([UInt8(part)], more: part < 8) }
        _ = try dealer.send([99])
        var poller = Poller()
        poller.add(router, token: 0)
        try poller.wait(milliseconds: patience)
        #expect(try router.receiveParts(most: 3)?.dropFirst() == [[0], [1]])
        #expect(try receive(router).dropFirst() == [[99]])
    }

    @Test func nothingToReceiveAndNobodyToSendTo() throws {
        let dealer = try Socket(Context(), .dealer, .session)
        #expect(try dealer.receiveParts(most: 1, dontWait: true) == nil)
        #expect(try dealer.receiveParts(most: 4, dontWait: true) == nil)
        #expect(try dealer.send([1], dontWait: true) == .wouldBlock)
        #expect(try dealer.events == [])
    }

    @Test func unknownPeer() throws {
        let (router, _) = try connected(Context())
        let error = #expect(throws: ZeroMQError.self) { try router.send([1, 2, 3], more: true, dontWait: true) }
        #expect(error?.reason == .hostUnreachable)
    }

    @Test func bindErrorsNameTheEndpoint() throws {
        let context = try Context()
        let first = try Socket(context, .router, .server)
        let endpoint = try first.bind("tcp://127.0.0.1:*")
        let second = try Socket(context, .router, .server)
        let inUse = #expect(throws: ZeroMQError.self) { try second.bind(endpoint) }
        #expect(inUse?.reason == .addressInUse)
        #expect(inUse?.description.contains("zmq_bind on \(endpoint) failed: Address already in use") == true)
        #expect(inUse?.sluiceError().code == .badAddress)
        #expect(#expect(throws: ZeroMQError.self) { try second.bind("nonsense") }?.reason == .invalid)
        #expect(#expect(throws: ZeroMQError.self) { try second.connect("tcp://") }?.reason == .invalid)
        // TEST-NET-1: no host has it.
        let foreign = #expect(throws: ZeroMQError.self) { try second.bind("tcp://192.0.2.1:7411") }
        #expect(foreign?.reason == .addressNotAvailable)
        try first.unbind(endpoint)
    }

    @Test func aShutDownContextEndsAWait() throws {
        let context = try Context()
        let dealer = try Socket(context, .dealer, .session)
        context.shutdown()
        #expect(#expect(throws: ZeroMQError.self) { _ = try dealer.receive() }?.reason == .terminated)
    }

    /// Nothing of it may wait for a peer that does not come.
    @Test func aContextEndsWithMessagesUnsent() throws {
        let lender = Lender()
        do {
            var options = SocketOptions.session
            options.immediate = false
            let dealer = try Socket(Context(), .dealer, options)
            try dealer.connect("tcp://192.0.2.1:7411")
            for _ in 0..<10 { #expect(try dealer.send(lender.message(), dontWait: true) == .sent) }
        }
        #expect(lender.returned == 10)
    }

    @Test func oversizedFramesEndTheirConnection() throws {
        var small = SocketOptions.server
        small.mostMessageBytes = 1000
        let context = try Context()
        let (router, dealer) = try connected(context, server: small)
        let monitor = try dealer.monitor(.session)
        _ = try dealer.send([UInt8](repeating: 1, count: 1000))
        _ = try dealer.send([UInt8](repeating: 2, count: 1001))
        #expect(try event(of: monitor) { $0 == .disconnected } != nil)
        #expect(try receive(router)[1].count == 1000)
        #expect(try router.receiveParts(most: 1, dontWait: true) == nil)
    }

    #if DEBUG
        @Test func twoThreadsAreOneTooMany() async {
            await #expect(processExitsWith: .failure) { try await useOnTwoThreads() }
        }
    #endif
}

/// One thread receives, and then another one.
private func useOnTwoThreads() async throws {
    nonisolated(unsafe) let socket = try Socket(Context(), .dealer, .session)
    _ = unsafe try socket.receive(dontWait: true)
    await withCheckedContinuation { done in
        otherThread {
            _ = try? unsafe socket.receive(dontWait: true)
            done.resume()
        }
    }
}

@Suite(.timeLimit(.minutes(3))) struct ZeroCopyTests {
    @Test func sentBytesComeBackOnce() throws {
        let lender = Lender()
        let context = try Context()
        let (router, dealer) = try connected(context)
        for round in 1...20 {
            #expect(try dealer.send(lender.message()) == .sent)
            #expect(try receive(router)[1] == [UInt8](repeating: 7, count: Lender.size))
            // libzmq drops its reference after the last byte is written: this waits for it, the time limit bounds it.
            while lender.returned < round {}
        }
        router.close()
        dealer.close()
        #expect(lender.returned == 20)
    }

    @Test func droppedOrRefusedTheyComeBackToo() throws {
        let lender = Lender()
        do { _ = try lender.message() }
        #expect(lender.returned == 1)
        let dealer = try Socket(Context(), .dealer, .session)
        #expect(try dealer.send(lender.message(), dontWait: true) == .wouldBlock)
        #expect(lender.returned == 2)
    }

    @Test func whatIsKeptCanBeTriedAgain() throws {
        let lender = Lender()
        let context = try Context()
        let dealer = try Socket(context, .pair, .inProcess)
        var message = try lender.message()
        #expect(try dealer.send(keeping: &message, dontWait: true) == .wouldBlock)
        #expect(lender.returned == 0 && message.size == Lender.size)
        let other = try Socket(context, .pair, .inProcess)
        try other.bind("inproc://kept")
        try dealer.connect("inproc://kept")
        #expect(try dealer.send(keeping: &message, dontWait: true) == .sent)
        #expect(message.size == 0 && lender.returned == 0)
        #expect(try receive(other) == [[UInt8](repeating: 7, count: Lender.size)])
        #expect(lender.returned == 1)
    }

    /// In the queue of a connection that ends, sent and unsent: each once.
    @Test func aLostConnectionGivesThemBack() throws {
        let lender = Lender()
        do {
            let (router, dealer) = try connected(Context())
            router.handOver()
            for _ in 0..<50 { _ = try dealer.send(lender.message(), dontWait: true) }
            router.close()
        }
        #expect(lender.returned == 50)
    }

    /// A peer that goes away behind more messages than anybody reads, with a heartbeat due: libzmq aborted.
    @Test func aFloodFollowedByAnEndHarmsNobody() async throws {
        await #expect(processExitsWith: .success) {
            let flood = 5000
            var options = SocketOptions.session
            options.heartbeatMilliseconds = 5
            options.routingID = [7]
            let (router, dealer) = try connected(Context(), client: options)
            let session = try dealer.monitor(.session)
            _ = try dealer.send([1])
            #expect(try receive(router)[1] == [1])
            for _ in 0..<flood {
                _ = try router.send([7], more: true)
                _ = try router.send([2])
            }
            // Some of them have come; the rest still lies in the kernel.
            #expect(try receive(dealer) == [[2]])
            router.close()
            #expect(try event(of: session) { $0 == .disconnected } != nil)
            dealer.close()
        }
    }
}
