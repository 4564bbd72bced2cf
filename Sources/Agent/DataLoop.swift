import CSluice
import Logging
import Relay
import Ring
import SharedMemory
import SluiceModel
import Wire
import ZeroMQ

/// The agent's one data thread: every value between this node and others goes through it.
///
/// It waits on everything at once: libzmq's descriptors, one doorbell eventfd per worker, and its mailbox. While there is
/// work it makes no system call to look for it: bells and counters are memory. Made on the thread that starts the agent,
/// used by its own from then on.
@safe final class DataLoop {
    let node: NodeName
    let commands: Mailbox<DataCommand>
    let report: (DataReport) -> Void
    let figures: DataFigures
    let limits: RelayLimits
    let logger: Logger
    let segment: ProcessSegment
    let context: Context
    let keyring: Keyring?
    let controlRouter: Socket
    let dataRouter: Socket
    let location: SocketLocation
    let epoll: Epoll
    /// Written by libzmq's threads when something that is waited for was let go of.
    let freedEvent: EventFD

    var incarnation: Incarnation = 0
    var epoch: Epoch = 0
    var links: [NodeName: PeerLink] = [:] { didSet { allLinks = Array(links.values) } }
    /// The same, to be walked each turn: an array costs less than a dictionary.
    private(set) var allLinks: [PeerLink] = []
    /// Who dialled us: by the number in the routing id.
    var callers: [UInt64: NodeName] = [:]
    /// The last session of each node that dialled us.
    var callerSessions: [NodeName: UInt64] = [:]
    var workers: [ProcessLife: BellWatch] = [:]
    var watches: [BellWatch] = []
    /// All that they watch.
    var bells = Bells()
    var outgoing: [ChannelID: OutgoingChannel] = [:]
    /// Open streams that we send, by the receiver's number for them.
    var sending: [UInt64: Destination] = [:]
    var references: [ChannelID: IncomingReference] = [:]
    /// Open streams that we receive.
    var receiving: [UInt64: IncomingReference] = [:]
    /// Opens for channels that this agent does not know yet.
    var earlyOpens: [ChannelID: [NodeName: OpenStream]] = [:]
    var touched: [IncomingReference] = []
    /// Whether a ROUTER may have something: its descriptor has fired, or it was not yet found empty since its last use.
    var mayReceiveControl = true
    var mayReceiveData = true
    /// By the number in their sessions' tags.
    var linksByNumber: [UInt64: PeerLink] = [:]
    var nextLinkNumber: UInt64 = 0
    var isStopping = false
    var now: UInt64 = 0
    private var spinAllowance = SpinAllowance(most: AgentLimits.longestSpin)
    let drops: DropLog

    enum Tag {
        /// Eventfds, workers' doorbells among them: woken, everything in memory is looked at anyway.
        static let signal: UInt64 = 0
        static let controlRouter: UInt64 = 1
        static let dataRouter: UInt64 = 2
        /// From here on, sessions: the link's number, and which of its sockets.
        private static let session: UInt64 = 16
        private static let kinds: UInt64 = 4

        static func session(_ link: UInt64, _ news: SessionNews) -> UInt64 {
            session + kinds * link + UInt64(news.rawValue.trailingZeroBitCount)
        }

        static func parse(_ tag: UInt64) -> (link: UInt64, news: SessionNews) {
            let index = tag - session
            return (index / kinds, SessionNews(rawValue: 1 << UInt8(index % kinds)))
        }
    }

    init(
        node: NodeName, commands: Mailbox<DataCommand>, figures: DataFigures, limits: RelayLimits, logger: Logger,
        segment: ProcessSegment, context: Context, keyring: Keyring?, controlRouter: Socket, dataRouter: Socket,
        location: SocketLocation, report: @escaping (DataReport) -> Void
    ) throws(SystemCallError) {
        self.node = node
        self.commands = commands
        self.figures = figures
        self.limits = limits
        self.logger = logger
        self.segment = segment
        self.context = context
        self.keyring = keyring
        self.controlRouter = controlRouter
        self.dataRouter = dataRouter
        self.location = location
        self.report = report
        drops = DropLog(logger)
        unsafe batchBuffer = .allocate(byteCount: FrameHeader.bytes + limits.batch, alignment: 64)
        epoll = try Epoll()
        freedEvent = try EventFD()
        // Each signal is told once, and nothing has to be read: what it is about is looked at anyway.
        try epoll.add(commands.event.descriptor.raw, [.readable, .edgeTriggered], tag: Tag.signal)
        try epoll.add(freedEvent.descriptor.raw, [.readable, .edgeTriggered], tag: Tag.signal)
    }

    deinit { unsafe batchBuffer.deallocate() }

    func handOver() {
        controlRouter.handOver()
        dataRouter.handOver()
    }

    /// Serves until it is told to stop.
    func run() {
        do {
            try epoll.add(try controlRouter.descriptor, .readable, tag: Tag.controlRouter)
            try epoll.add(try dataRouter.descriptor, .readable, tag: Tag.dataRouter)
            while !isStopping { try turn() }
        } catch let error as ZeroMQError {
            report(.failed(error.sluiceError(node: node.rawValue)))
        } catch let error as SystemCallError {
            report(.failed(error.asSluiceError))
        } catch {
            report(.failed(SluiceError(.system, "the data thread has ended: \(error)", node: node.rawValue)))
        }
        close()
    }

    /// One look at everything; sleeps only if there was nothing to do.
    private func turn() throws {
        now = sluice_monotonic_ns()
        var isBusy = takeCommands()
        isBusy = lookAtBells() || isBusy
        isBusy = try receive() || isBusy
        tendLinks()
        isBusy = pump() || isBusy
        isBusy = tellProgress() || isBusy
        if try !isBusy && !spin() { try sleep() }
    }

    /// Looks on for a moment, at everything that would end a sleep, and offers the core to others between two looks.
    /// True if there is something to do.
    private func spin() throws(SystemCallError) -> Bool {
        guard let limit = spinAllowance.next() else { return false }
        let start = sluice_monotonic_ns()
        var turn = start
        while true {
            var hasWork = commands.mayHaveMessages || bells.haveRung || freedHasNew()
            if !hasWork { hasWork = try takeEvents(within: 0) }
            let now = sluice_monotonic_ns()
            if hasWork {
                spinAllowance.paid(after: now - start, turn: now - turn)
                return true
            }
            if now - turn > SpinAllowance.stall {
                spinAllowance.giveUp()
                return false
            }
            if now - start >= limit {
                spinAllowance.failed()
                return false
            }
            turn = now
            NamedThread.yield()
        }
    }

    /// Announces the sleep, looks once more, and waits.
    private func sleep() throws {
        segment.arm()
        awaitFreed(true)
        defer {
            awaitFreed(false)
            segment.disarm()
        }
        // SYNC POINT: after `arm`, bells and mailbox are looked at again; who comes later sees `armed` and signals.
        if commands.mayHaveMessages || bells.haveRung || freedHasNew() { return }
        _ = try takeEvents(within: nextDue().map { $0 > now ? $0 - now : 0 })
    }

    /// Waits so long for descriptors, and notes which sockets have something. True if any has.
    private func takeEvents(within nanoseconds: UInt64?) throws(SystemCallError) -> Bool {
        try epoll.wait(nanoseconds: nanoseconds) { event in
            switch event.tag {
            case Tag.signal: break
            case Tag.controlRouter: mayReceiveControl = true
            case Tag.dataRouter: mayReceiveData = true
            default:
                let (number, news) = Tag.parse(event.tag)
                linksByNumber[number]?.news.insert(news)
            }
        } > 0
    }

    private func nextDue() -> UInt64? {
        var due: UInt64?
        func consider(_ time: UInt64?) { if let time { due = min(due ?? .max, time) } }
        for link in allLinks { consider(link.outbox.messagesInFlight > 0 && !link.isLive ? nil : link.due) }
        consider(untoldDue)
        for reference in retrying { consider(reference.reopenAt) }
        return due
    }

    /// Destinations whose slots libzmq has let go of, while they are looked at.
    var moved: [Destination] = []
    /// Where frames are put together.
    let batchBuffer: UnsafeMutableRawBufferPointer
    /// References whose sender has not been told all, and when the first of them must be.
    var untold: [IncomingReference] = []
    var untoldDue: UInt64?
    /// Links to which progress is being told.
    var told: [PeerLink] = []
    /// References that wait to be opened again.
    var retrying: [IncomingReference] = []

    private func close() {
        for link in allLinks { link.ended(now: now) }
        controlRouter.close()
        dataRouter.close()
        for reference in references.values { reference.letGo() }
    }
}

/// Malformed frames: counted by the figures, named here, but not one line for each.
final class DropLog {
    private let logger: Logger
    private var counts: [String: UInt64] = [:]
    private static let mostPeers = 1024

    init(_ logger: Logger) { self.logger = logger }

    func note(_ peer: String, _ why: String) {
        if counts.count >= Self.mostPeers { counts = [:] }
        let count = counts[peer, default: 0] + 1
        counts[peer] = count
        if count % AgentLimits.dropLogEvery == 1 {
            logger.warning("dropped a frame from \(peer): \(why) (\(count) from there so far)")
        }
    }
}
