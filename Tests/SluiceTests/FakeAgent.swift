import Foundation
import Ring
import SharedMemory
import SluiceModel
import Wire

/// An agent for tests: one node, local channels, no coordinator. It speaks the protocol over a real socket and makes real
/// rings, and can be told to fall silent, to go away, and to say anything at all.
final class FakeAgent: Sendable {
    let path: String
    private let listener: Lock<UnixListener?>
    private let epoll: Epoll
    private let wake: EventFD
    private let thread = Lock<NamedThread?>(nil)
    let state: Lock<FakeAgentState>

    /// How the fake differs from an agent in order.
    struct Options: Sendable {
        var node = "n1"
        /// Actors in its answer to a status request.
        var statusActors = 1
        /// Called with every message before it is handled; false: the message is swallowed.
        var filter: @Sendable (WorkerMessage) -> Bool = { _ in true }
    }

    init(at path: String = FakeAgent.freshPath(), options: Options = Options()) throws {
        self.path = path
        let listening = try UnixListener(path: path)
        listener = Lock(listening)
        epoll = try Epoll()
        wake = try EventFD()
        state = Lock(try FakeAgentState(options))
        try epoll.add(listening.descriptor.raw, .readable, tag: 0)
        try epoll.add(wake.descriptor.raw, .readable, tag: 1)
        let started = try NamedThread("fake-agent") { [weak self] in
            while self?.turn() == true {}
        }
        thread.withLock { $0 = started }
    }

    var address: String { "unix://\(path)" }

    /// Goes away without a word, as if it had been killed.
    func stop() {
        state.withLock { $0.isStopping = true }
        wake.signal()
        thread.withLock { thread in
            thread?.join()
            thread = nil
        }
        listener.withLock { $0 = nil }
        state.withLock { $0.forgetAll() }
    }

    /// Sends bytes to every worker.
    func shout(_ bytes: [UInt8], _ descriptors: [Descriptor] = []) {
        state.withLock { state in
            for tag in state.peers.keys { state.peers[tag]?.send(bytes, descriptors) }
        }
    }

    func shout(_ body: AgentMessage.Body, request: UInt64 = 0, _ descriptors: [Descriptor] = []) {
        shout(AgentMessage(request: request, body).encoded(), descriptors)
    }

    /// Blocks until a worker has said something like that.
    func waitToHear(_ isIt: (WorkerMessage.Body) -> Bool) {
        eventually { state.withLock { $0.heard.contains { isIt($0.body) } } }
    }

    func suspendUntilHeard(_ isIt: (WorkerMessage.Body) -> Bool) async {
        await suspendUntil { state.withLock { $0.heard.contains { isIt($0.body) } } }
    }

    /// The next message of that kind that no earlier call has returned.
    func nextToHear(_ isIt: (WorkerMessage.Body) -> Bool) -> WorkerMessage {
        while true {
            let found = state.withLock { state -> WorkerMessage? in
                guard let index = state.heard.firstIndex(where: { isIt($0.body) }) else { return nil }
                return state.heard.remove(at: index)
            }
            if let found { return found }
            usleep(1000)
        }
    }

    /// Handles messages that the filter had swallowed; of the only worker.
    func replay(_ messages: [WorkerMessage]) {
        state.withLock { state in
            guard let tag = state.peers.keys.max() else { return }
            for message in messages { state.handle(message, [], from: tag) }
        }
    }

    /// Ends every connection; the workers come back.
    func hangUp() {
        state.withLock { state in
            for peer in state.peers.values { peer.connection.shutdown() }
        }
    }

    static func freshPath() -> String { "/tmp/sluice-test-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock" }

    private func turn() -> Bool {
        let isBusy = state.withLock { $0.peers.values.contains { !$0.waiting.isEmpty } }
        guard let events = try? epoll.wait(nanoseconds: isBusy ? 1_000_000 : 20_000_000) else { return false }
        return state.withLock { state in
            if state.isStopping { return false }
            for event in events {
                switch event.tag {
                case 0:
                    while let connection = try? listener.withLock({ try $0?.accept() }) { accept(connection, &state) }
                case 1: wake.drain()
                default: hear(event.tag, &state)
                }
            }
            state.expire(at: monotonicNow())
            for life in state.dead {
                // What it said before it ended still counts.
                if let tag = state.tag(of: life) { hear(tag, &state) }
                state.gone(life)
            }
            for tag in state.peers.keys { state.peers[tag]?.flush() }
            return true
        }
    }

    private func accept(_ connection: UnixConnection, _ state: inout FakeAgentState) {
        let tag = state.nextTag
        state.nextTag += 1
        state.peers[tag] = FakeAgentState.Peer(connection: connection)
        try? epoll.add(connection.descriptor.raw, .readable, tag: tag)
    }

    private func hear(_ tag: UInt64, _ state: inout FakeAgentState) {
        while let peer = state.peers[tag] {
            switch try? peer.connection.receive() {
            case .message(let bytes, let descriptors):
                guard let message = try? WorkerMessage(decoding: bytes) else { continue }
                state.heard.append(message)
                if state.options.filter(message) { state.handle(message, descriptors, from: tag) }
            case .wouldBlock: return
            case .ended, nil:
                try? epoll.remove(peer.connection.descriptor.raw)
                state.hungUp(tag)
            }
        }
    }
}
