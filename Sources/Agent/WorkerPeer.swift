import Ring
import SharedMemory
import SluiceModel
import Wire

/// One worker process as its agent knows it. It outlives its connection: the process's end ends it.
final class WorkerPeer {
    let life: ProcessLife
    let identity: ProcessIdentity
    let view: ProcessView
    /// Read-only: what the writers of rings that it reads are given.
    let segment: Descriptor
    let doorbell: EventFD
    let pidfd: PIDFD
    let tag: UInt64
    /// nil while it is away.
    var connection: WorkerConnection?
    /// All that it holds has been handed back, or it never held anything of a former life.
    var isSettled: Bool
    var isLeaving = false
    /// By its request: what is under way for it at the coordinator.
    var underWay: [UInt64: UnderWay] = [:]

    enum UnderWay {
        case actor
        case creation(ChannelID)
        case opening(coordinatorRequest: UInt64)
        case plan(coordinatorRequest: UInt64)
        case other
    }

    init(
        _ hello: WorkerHello, view: ProcessView, segment: Descriptor, doorbell: EventFD, pidfd: PIDFD, tag: UInt64,
        isSettled: Bool
    ) {
        life = hello.life
        identity = ProcessIdentity(pid: hello.pid, startTime: hello.startTime)
        self.view = view
        self.segment = segment
        self.doorbell = doorbell
        self.pidfd = pidfd
        self.tag = tag
        self.isSettled = isSettled
    }
}

extension WorkerPeer {
    /// Takes the requests that wait for this channel's creation: more than one if it has asked again.
    func creations(of channel: ChannelID) -> [UInt64] {
        let waiting = underWay.filter { if case .creation(channel) = $0.value { true } else { false } }.keys
        for request in waiting { underWay[request] = nil }
        return waiting.sorted()
    }
}

/// One accepted connection, and what waits to be sent on it.
final class WorkerConnection {
    let socket: UnixConnection
    let tag: UInt64
    let credentials: PeerCredentials
    var life: ProcessLife?
    private var queue: [(bytes: [UInt8], descriptors: [Descriptor])] = []
    var isWatchedForWriting = false

    init(_ socket: UnixConnection, tag: UInt64, credentials: PeerCredentials) {
        self.socket = socket
        self.tag = tag
        self.credentials = credentials
    }

    /// Sends, or queues behind what waits already. False: it has not read for so long that the bound is reached.
    func send(_ message: AgentMessage, _ descriptors: [Descriptor]) throws(UnixSocketError) -> Bool {
        // What is told again anyway is told once.
        guard queue.count < AgentLimits.mostQueuedMessages else { return false }
        queue.append((message.encoded(), descriptors))
        try flush()
        return true
    }

    func flush() throws(UnixSocketError) {
        var sent = 0
        defer { queue.removeFirst(sent) }
        while sent < queue.count {
            let next = queue[sent]
            guard try socket.send(next.bytes, descriptors: next.descriptors) == .sent else { return }
            sent += 1
        }
    }

    var hasQueue: Bool { !queue.isEmpty }
}
