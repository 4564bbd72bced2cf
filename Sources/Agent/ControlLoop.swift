import CSluice
import Logging
import Relay
import Ring
import SharedMemory
import SluiceModel
import Wire
import ZeroMQ

/// To the control thread.
enum ControlCommand: Sendable {
    case data(DataReport)
    case stop
}

/// The agent's control thread: workers, their processes' lives, memory, and the coordinator. It never blocks, and touches
/// no value.
final class ControlLoop {
    let options: AgentOptions
    let node: NodeName
    let logger: Logger
    let segment: ProcessSegment
    let segmentReadOnly: Descriptor
    let commands: Mailbox<ControlCommand>
    let data: Mailbox<DataCommand>
    let figures: DataFigures
    let keyring: Keyring?
    let controlEndpoint: String
    let dataEndpoint: String
    let coordinator: CoordinatorLink
    let started: Startup
    let epoll: Epoll
    let listener: UnixListener

    var former: FormerWorkers
    /// Until when workers of the former life are waited for before this one registers.
    var handBackUntil: UInt64
    var isSettled = false
    var connections: [UInt64: WorkerConnection] = [:]
    var workers: [ProcessLife: WorkerPeer] = [:]
    var actors: [ActorName: LocalActor] = [:]
    var written: [ChannelID: LocalRing] = [:]
    var references: [ChannelID: LocalRing] = [:]
    var parts: [RunID: LocalPart] = [:]
    var desiredWriters: [ChannelID: DesiredWriter] = [:]
    var desiredReferences: [ChannelID: DesiredReference] = [:]
    /// References that are through, of which the coordinator has not taken note: what it desires of them is older.
    var drainedReferences: Set<ChannelID> = []
    var questions: [UInt64: Question] = [:]
    var lastQuestion: UInt64 = 0
    var lastGrowth: UInt64 = 0
    var lines: CursorLines
    var ledger: MemoryLedger
    var sessions: [NodeName] = []
    var incarnation: Incarnation = 0
    var epoch: Epoch = 0
    var desiredVersion: UInt64 = 0
    var heartbeatEvery: UInt64 = 2_000_000_000
    var heartbeatAt: UInt64 = 0
    var isStopping = false
    var now: UInt64 = 0
    var nextTag: UInt64 = 16
    private var watched: [Int32] = []
    var heap = HeapTrimming()

    struct LocalActor {
        var incarnation: Incarnation
        var life: ProcessLife
        var pid: Int32
    }

    /// Something asked of a worker.
    struct Question {
        var life: ProcessLife
        var deadline: UInt64
        var completion: (Result<WorkerMessage.Body, SluiceError>) -> Void
    }

    enum Tag {
        static let mailbox: UInt64 = 0
        static let listener: UInt64 = 1
        static let coordinator: UInt64 = 2
    }

    init(
        options: AgentOptions, node: NodeName, segment: ProcessSegment, context: Context, keyring: Keyring?,
        commands: Mailbox<ControlCommand>, data: Mailbox<DataCommand>, figures: DataFigures, former: FormerWorkers,
        controlEndpoint: String, dataEndpoint: String, started: Startup
    ) throws {
        self.options = options
        self.node = node
        logger = options.logger
        self.segment = segment
        guard let own = segment.segment else { preconditionFailure("the agent's segment cannot be shared") }
        segmentReadOnly = try own.reopenReadOnly().descriptor
        self.commands = commands
        self.data = data
        self.figures = figures
        self.keyring = keyring
        self.controlEndpoint = controlEndpoint
        self.dataEndpoint = dataEndpoint
        self.started = started
        self.former = former
        handBackUntil = sluice_monotonic_ns() + AgentLimits.handBack
        coordinator = CoordinatorLink(options.coordinator, context, keyring, options.logger)
        lines = CursorLines(count: UInt32(segment.cursorCount))
        ledger = MemoryLedger(node: node, budget: options.memory)
        epoll = try Epoll()
        listener = try UnixListener(path: options.socket)
        try epoll.add(commands.event.descriptor.raw, .readable, tag: Tag.mailbox)
        try epoll.add(listener.descriptor.raw, .readable, tag: Tag.listener)
    }

    func run() {
        while !isStopping {
            now = sluice_monotonic_ns()
            takeCommands()
            // Or the order to stop would wait for the next heartbeat.
            if isStopping { break }
            tendCoordinator()
            expire()
            if !parts.isEmpty { letPartsGo() }
            tendMemory()
            let wait = nextDue().map { $0 > now ? $0 - now : 0 }
            let events: [Epoll.Event]
            do throws(SystemCallError) {
                events = try epoll.wait(nanoseconds: commands.mayHaveMessages ? 0 : wait)
            } catch {
                logger.critical("the control thread has ended: \(error)")
                break
            }
            now = sluice_monotonic_ns()
            for event in events { handle(event) }
        }
        close()
    }

    private func handle(_ event: Epoll.Event) {
        switch event.tag {
        case Tag.mailbox: commands.event.drain()
        case Tag.listener: accept()
        case Tag.coordinator: break
        default:
            if let connection = connections[event.tag] {
                hear(connection, event.events)
            } else if let worker = workers.values.first(where: { $0.tag == event.tag }) {
                hearLastWords(of: worker)
                died(worker)
            }
        }
    }

    private func takeCommands() {
        for command in commands.take() {
            switch command {
            case .data(let report): handle(report)
            case .stop: isStopping = true
            }
        }
    }

    /// libzmq's descriptors change with each connection.
    func watchCoordinator() {
        for descriptor in watched { try? epoll.remove(descriptor) }
        watched = coordinator.descriptors
        for descriptor in watched { try? epoll.add(descriptor, .readable, tag: Tag.coordinator) }
    }

    func freshTag() -> UInt64 {
        nextTag += 1
        return nextTag
    }

    private func nextDue() -> UInt64? {
        var due = coordinator.due
        func consider(_ time: UInt64?) { if let time { due = min(due ?? .max, time) } }
        if coordinator.isRegistered { consider(heartbeatAt) }
        consider(heap.due)
        if !isSettled { consider(min(handBackUntil, now + 20_000_000)) }
        for question in questions.values { consider(question.deadline) }
        for rings in [written, references] {
            for ring in rings.values {
                consider(ring.lingersUntil)
                guard let growth = ring.growth?.growth else { continue }
                let calls = ring.growthRequests.map(\.deadline).min() ?? .never
                let next = min(growth.deadline, calls)
                if next != .never { consider(next.nanoseconds) }
            }
        }
        return due
    }

    private func expire() {
        coordinator.expire(now: now)
        for (id, question) in questions where question.deadline <= now {
            questions[id] = nil
            question.completion(
                .failure(
                    SluiceError(
                        .timedOut,
                        "worker \(workers[question.life].map { "\($0.identity)" } ?? "?") does not answer; is it stopped?",
                        node: node.rawValue, pid: workers[question.life]?.identity.pid)))
        }
        for ring in Array(written.values) + Array(references.values) where ring.lingersUntil.map({ $0 <= now }) ?? false
        {
            ring.lingersUntil = nil
            giveUpExpected(ring)
        }
        for rings in [written, references] { for ring in rings.values { expireGrowth(ring) } }
    }

    private func close() {
        coordinator.tell(.leave)
        for ring in written.values where ring.end == nil {
            for worker in workers.values where ring.writerLife == worker.life {
                tell(
                    worker,
                    .failedChannel(
                        ring.spec.id, SluiceError(.agentUnavailable, "the agent has stopped", node: node.rawValue)))
            }
        }
        for connection in connections.values { connection.socket.shutdown() }
        connections = [:]
        coordinator.close()
        data.post(.stop)
    }
}
