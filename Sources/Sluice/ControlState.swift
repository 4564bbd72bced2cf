internal import Ring
internal import SharedMemory
internal import SluiceModel
internal import Wire

/// What callers and the control thread share, under one lock. Nothing of it lies on the way of a value.
struct ControlState {
    var link: Link
    var outbox = Outbox()
    var backOff = BackOff()
    var node = ""
    /// The agent's segment, of its present or last life.
    var agent: ProcessView?
    /// Whether the agent has been there before: then it is coming back.
    var hasBeenUp = false

    var requests = RequestTable()
    /// Hand-backs of the present connection that have no answer yet, by their request's number.
    var handBacks: [UInt64: HandBack] = [:]
    var lines = NumberPool(count: Limits.mostEndpoints)
    var endpoints = NumberPool(count: Limits.mostEndpoints)
    /// Writers whose rings still have gates, closed ones too: the rings are served until nobody reads them.
    var writers: [ChannelID: WriterEndpoint] = [:]
    /// By cursor line; closed ones until their last lease is back and the agent knows.
    var readers: [UInt32: ReaderEndpoint] = [:]
    /// Lines that nobody looks at any more, whose readers' closes have no answer yet.
    var freedLines: Set<UInt32> = []
    var views = ViewCache()
    var actors: [ActorIdentity] = []

    /// When the control thread looks up by itself; what must happen sooner wakes it.
    var sleepsUntil: Deadline = .never
    /// Set once the worker closes: how long it waits for acknowledgements.
    var farewell: Deadline?
    var violations: UInt64 = 0

    enum HandBack {
        case writer(ChannelID)
        case reader(line: UInt32)
    }

    init() { link = .down(reason: "not connected yet", retryAt: 0) }

    mutating func send(_ message: WorkerMessage, _ descriptors: [Descriptor] = []) {
        guard let connection = link.connection else { return }
        outbox.send(message, descriptors, over: connection)
    }

    /// When the next thing is due that no descriptor tells of.
    var nextDuty: Deadline {
        var next = requests.nextExpiry(grace: grace)
        switch link {
        case .down(_, let retryAt): if wantsAgent { next = min(next, Deadline(nanoseconds: retryAt)) }
        case .greeting(_, let until): next = min(next, Deadline(nanoseconds: until))
        case .up, .over: break
        }
        if let farewell, !hasHeldReaders { next = min(next, farewell) }
        return next
    }

    /// A connected agent gets time to say why; one that is away does not.
    var grace: UInt64 { link.isUp ? Bounds.answerGrace : 0 }

    /// A worker that closes comes back to its agent only for values that are still held: while the agent knows of them
    /// no writer gets their slots.
    var wantsAgent: Bool { farewell == nil || hasHeldReaders }

    /// Closed readers whose leases are not all back.
    var hasHeldReaders: Bool { readers.values.contains(where: \.isHeld) }

    /// Whether a closing worker has nothing left to wait for.
    func isReadyToLeave(at now: UInt64) -> Bool {
        guard let farewell, !link.isOver, !hasHeldReaders else { return false }
        return !link.isUp || !hasOpenCloses || farewell.hasPassed(at: now)
    }

    /// Whether there is nothing more to do for the control thread, ever.
    var isOver: Bool { link.isOver && (farewell != nil || !hasBeenUp) && !hasHeldReaders }

    /// Closes that the agent has not acknowledged, that wait for a call or a loan, or that have yet to begin.
    var hasOpenCloses: Bool {
        writers.values.contains { !$0.gate.isClosing || $0.isLingering }
            || readers.values.contains { !$0.gate.isClosing }
            || requests.inOrder.contains {
                switch $0.request {
                case .closeWriter, .closeReader: true
                default: false
                }
            }
    }
}
