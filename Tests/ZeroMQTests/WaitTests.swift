import Foundation
import Testing
import ZeroMQ

func otherThread(_ body: @escaping @Sendable () -> Void) { Thread.detachNewThread(body) }

@Suite(.timeLimit(.minutes(3))) struct WaitTests {
    @Test func socketsAndDescriptors() throws {
        let context = try Context()
        let (router, dealer) = try connected(context)
        let pipe = Pipe()
        var poller = Poller()
        poller.add(router, token: 10)
        poller.add(descriptor: pipe.fileHandleForReading.fileDescriptor, token: 20)
        #expect(try poller.wait(milliseconds: 0) == 0)

        _ = try dealer.send([1])
        #expect(try poller.wait(milliseconds: patience) == 1)
        #expect(poller.readiness(of: 10) == .readable && poller.readiness(of: 20) == [])
        _ = try receive(router)

        try pipe.fileHandleForWriting.write(contentsOf: [1])
        #expect(try poller.wait(milliseconds: patience) == 1)
        var ready: [UInt64] = []
        poller.forEachReady { token, readiness in
            ready.append(token)
            #expect(readiness == .readable)
        }
        #expect(ready == [20])

        poller.watch(10, for: [.readable, .writable])
        poller.remove(20)
        #expect(try poller.wait(milliseconds: patience) == 1)
        #expect(poller.readiness(of: 10) == .writable && poller.count == 1)
    }

    @Test func descriptorOfASocket() throws {
        let (router, dealer) = try connected(Context())
        #expect(try !router.events.contains(.readable))
        _ = try dealer.send([1])
        // Edge-triggered: wait on the descriptor, then ask for the events, as often as it takes.
        while try !router.events.contains(.readable) {
            var poller = Poller()
            poller.add(descriptor: try router.descriptor, token: 0)
            #expect(try poller.wait(milliseconds: patience) == 1)
        }
        #expect(try receive(router)[1] == [1])
    }

    @Test func aSessionIsWatchedFromItsStartToItsEnd() throws {
        let context = try Context()
        let router = try Socket(context, .router, .server)
        let listener = try router.monitor(.listener)
        let endpoint = try router.bind("tcp://127.0.0.1:*")
        let dealer = try Socket(context, .dealer, .session)
        let session = try dealer.monitor(.session)
        try dealer.connect(endpoint)

        var kinds: [MonitorEvent.Kind] = []
        let up = try event(of: session) { kind in
            kinds.append(kind)
            return kind == .handshakeSucceeded
        }
        #expect(up?.endpoint == endpoint)
        guard kinds.count == 2, case .connected = kinds[0] else {
            Issue.record("\(kinds)")
            return
        }
        #expect(try event(of: listener) { $0 == .handshakeSucceeded } != nil)
        router.close()
        #expect(try event(of: listener) { $0 == .stopped } != nil)
        #expect(try event(of: session) { $0 == .disconnected } != nil)
        // The session is over though its socket is open. The queue outlives the event by a moment; the time limit bounds it.
        while try dealer.send([1], dontWait: true) == .sent {}
        dealer.close()
        #expect(try event(of: session) { $0 == .stopped } != nil)
    }

    /// libzmq's I/O thread waits for whoever monitors: if one that is gone could hold it, nothing here would end.
    @Test func monitorsThatAreGoneHoldNothing() throws {
        let context = try Context()
        for round in 0..<300 {
            let router = try Socket(context, .router, .server)
            let endpoint = try router.bind("tcp://127.0.0.1:*")
            let dealer = try Socket(context, .dealer, .session)
            var monitor: MonitorSocket? = try dealer.monitor()
            try dealer.connect(endpoint)
            if round % 2 == 0 { try #require(event(of: #require(monitor)) { $0 == .handshakeSucceeded } != nil) }
            if round % 3 == 0 { monitor = nil }
            router.close()
            dealer.close()
            if round % 3 == 1 { #expect(try event(of: #require(monitor)) { $0 == .stopped } != nil) }
        }
        let (router, dealer) = try connected(context)
        _ = try dealer.send([1])
        #expect(try receive(router)[1] == [1])
    }

    @Test func aRefusedConnectionIsSaid() throws {
        let context = try Context()
        let probe = try Socket(context, .router, .server)
        let endpoint = try probe.bind("tcp://127.0.0.1:*")
        try probe.unbind(endpoint)
        let dealer = try Socket(context, .dealer, .session)
        let monitor = try dealer.monitor(.session)
        try dealer.connect(endpoint)
        #expect(try event(of: monitor) { $0 == .closed }?.endpoint == endpoint)
    }
}
