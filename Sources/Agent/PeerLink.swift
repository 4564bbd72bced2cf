import Relay
import Ring
import SharedMemory
import SluiceModel
import Wire
import ZeroMQ

/// This agent's way to one other agent: the connection it dials, and everything that it sends there.
///
/// A session is one connection's life. The next one begins only when libzmq holds nothing of the last.
final class PeerLink {
    let node: NodeName
    /// In the tags of its sessions' descriptors.
    let number: UInt64
    var peer: Peer
    private(set) var state = State.idle(retryAt: 0)
    var outbox: Outbox
    let freed: FreedMessages
    /// By the outbox's index.
    var destinations: [Destination?] = []
    private var backoff = AgentLimits.firstRetry
    /// What the peer has opened while there was no session to answer on, the last word for each channel.
    private var earlyOpens: [ChannelID: OpenStream] = [:]
    /// What of its session may have something to say.
    ///
    /// Of the control socket also after every send, which may take note of what has arrived, so that the descriptor does
    /// not tell of it.
    var news = SessionNews()
    /// Whether it may have something to send.
    var mayHaveWork = false
    /// What its node is about to be told of its streams.
    var progress: [ProgressEntry] = []

    enum State {
        case idle(retryAt: UInt64)
        case greeting(PeerSession, until: UInt64)
        case live(PeerSession)
    }

    init(_ peer: Peer, number: UInt64, limits: RelayLimits, event: EventFD) {
        node = peer.node
        self.number = number
        self.peer = peer
        outbox = Outbox(limits: limits)
        freed = FreedMessages(event)
    }

    var session: PeerSession? {
        switch state {
        case .idle: nil
        case .greeting(let session, _), .live(let session): session
        }
    }

    var isLive: Bool { if case .live = state { true } else { false } }

    /// Whether anything waits for libzmq to let go of what it was handed: the next session, if there is none.
    var awaitsFreed: Bool { isLive ? Self.awaitsFreed(&outbox) : outbox.messagesInFlight > 0 }

    /// The values that go into one batch from this step on.
    func run(from step: Outbox.Step, room: Int) -> SmallRun? { Self.run(&outbox, step, room) }

    // In place: a copy would count a reference for each of the outbox's queues.
    private static func awaitsFreed(_ outbox: inout Outbox) -> Bool { outbox.awaitsFreed }
    private static func run(_ outbox: inout Outbox, _ step: Outbox.Step, _ room: Int) -> SmallRun? {
        outbox.run(from: step, room: room)
    }

    /// Keeps an open until there is a session, unless there are too many.
    func keep(_ open: OpenStream, most: Int) { if earlyOpens.count < most { earlyOpens[open.channel] = open } }

    func takeEarlyOpens() -> [OpenStream] {
        defer { earlyOpens = [:] }
        return Array(earlyOpens.values)
    }

    /// Whether a new session may begin now.
    func mayDial(at now: UInt64) -> Bool {
        guard case .idle(let retryAt) = state else { return false }
        return now >= retryAt && outbox.messagesInFlight == 0
    }

    func greeting(_ session: PeerSession, now: UInt64) {
        state = .greeting(session, until: now + AgentLimits.handshake)
    }

    func welcomed() {
        guard case .greeting(let session, _) = state else { return }
        state = .live(session)
        backoff = AgentLimits.firstRetry
    }

    func ended(now: UInt64) {
        session?.close()
        outbox.connectionEnded()
        state = .idle(retryAt: now + backoff)
        backoff = min(backoff * 2, AgentLimits.longestRetry)
    }

    func dialSoon() {
        if case .idle = state { state = .idle(retryAt: 0) }
        backoff = AgentLimits.firstRetry
    }

    /// When it wants to be looked at; nil: on events only.
    var due: UInt64? {
        switch state {
        case .idle(let retryAt): retryAt
        case .greeting(_, let until): until
        case .live: nil
        }
    }
}

/// Which of a session's sockets may have something to say.
struct SessionNews: OptionSet {
    let rawValue: UInt8
    static let control = SessionNews(rawValue: 1)
    static let data = SessionNews(rawValue: 2)
    static let monitors = SessionNews(rawValue: 4)
    static let all: SessionNews = [control, data, monitors]
}

/// One dialled connection's two sockets.
final class PeerSession {
    let number: UInt64
    let control: Socket
    let data: Socket
    let controlMonitor: MonitorSocket
    let dataMonitor: MonitorSocket
    let descriptors: [(Int32, SessionNews)]

    init(_ context: Context, _ peer: Peer, keyring: Keyring?) throws(ZeroMQError) {
        number = .random(in: 1 ... .max)
        control = try Self.dealer(context, [1], number, highWater: 0)
        // The relay's own window bounds what lies inside, in bytes.
        data = try Self.dealer(context, [2], number, highWater: 0)
        if let keyring, let key = try? PublicKey(z85: peer.publicKey) {
            try control.secureClient(keyring, serverKey: key)
            try data.secureClient(keyring, serverKey: key)
        }
        controlMonitor = try control.monitor(.session)
        dataMonitor = try data.monitor(.session)
        descriptors = [
            (try control.descriptor, .control), (try data.descriptor, .data),
            (try controlMonitor.socket.descriptor, .monitors), (try dataMonitor.socket.descriptor, .monitors),
        ]
        try control.connect(peer.controlEndpoint)
        try data.connect(peer.dataEndpoint)
    }

    private static func dealer(
        _ context: Context, _ prefix: [UInt8], _ number: UInt64, highWater: Int32
    ) throws(ZeroMQError) -> Socket {
        var options = SocketOptions.session
        options.sendHighWater = highWater
        options.routingID = prefix + (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        options.heartbeatMilliseconds = AgentLimits.heartbeat
        options.heartbeatTimeoutMilliseconds = AgentLimits.heartbeatTimeout
        options.heartbeatTimeToLiveMilliseconds = AgentLimits.heartbeatTimeout
        options.immediate = false
        return try Socket(context, .dealer, options)
    }

    func close() {
        control.close()
        data.close()
    }
}
