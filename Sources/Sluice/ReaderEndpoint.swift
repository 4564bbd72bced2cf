internal import Ring
internal import SharedMemory
internal import SluiceModel
internal import Wire

/// One reader as its worker knows it. It outlives the ``Reader`` until the last lease is back and the agent knows.
final class ReaderEndpoint: Sendable {
    let core: WorkerCore
    let spec: ChannelSpec
    let actor: ActorName
    let line: UInt32
    let number: UInt32
    let route: Route
    let first: UInt64
    let writerNode: String
    let writerPID: Int32
    let memory: RingDescriptors
    let ring: RingReader
    let gate: CallGate
    private let state = Lock(State())

    private struct State {
        /// Why reading fails beyond what is there.
        var failure: SluiceError?
        var isClosed = false
        /// Closed, every lease is back, and the close is told.
        var isIdle = false
        /// While a call is inside that outlives its reader.
        var keptAlive: ReaderEndpoint?
    }

    init(
        core: WorkerCore, opened: ReaderOpened, actor: ActorName, line: UInt32, descriptors: [Descriptor]
    ) throws(SluiceError) {
        memory = try RingDescriptors(descriptors, opened.payloads, of: opened.spec)
        let map = try memory.map(opened.spec, writable: false)
        self.core = core
        spec = opened.spec
        self.actor = actor
        self.line = line
        number = opened.gate
        route = opened.route
        first = opened.first
        writerNode = opened.writerNode.rawValue
        writerPID = opened.writerPID
        let left = WeakEndpoint()
        ring = RingReader(
            map, process: core.segment, line: line, gate: opened.gate, first: opened.first, doorbell: core.doorbell,
            mark: core.mark, onGenerationLeft: { left.endpoint?.leaveGenerations() })
        gate = CallGate(mark: core.mark)
        left.set(self)
        if let end = opened.ended { ring.recordEnd(final: end.final, reason: end.reason) }
    }

    deinit { gate.deallocate() }

    /// Whether it is closed, and leases are still out, a call that may take one is inside, or its close has yet to be told.
    var isHeld: Bool { gate.isClosing && !state.withLock { $0.isIdle } }
    var failure: SluiceError? { state.withLock { $0.failure } }
    /// For a wait: whether there is something to see that is no value.
    var isInterrupted: Bool { gate.isClosing || failure != nil }
}

// From the control thread.
extension ReaderEndpoint {
    /// The stream holds so many values and no more.
    func end(_ end: ChannelEnd) { ring.recordEnd(final: end.final, reason: end.reason) }

    /// Nothing more will come.
    func fail(_ error: SluiceError) {
        state.withLock { $0.failure = $0.failure ?? error }
        core.segment.bumpEvent()
    }
}

// Closing, from any thread.
extension ReaderEndpoint {
    /// Takes no more values; detaches once the last lease is back.
    func close() {
        guard !gate.isForked else { return }
        state.withLock { $0.keptAlive = self }
        let isMine = gate.close { core.segment.bumpEvent() }
        if isMine {
            finish()
        } else if state.withLock({ $0.isClosed }) {
            state.withLock { $0.keptAlive = nil }
        }
    }

    /// A call ends.
    @inline(__always)
    func leave() {
        if gate.leave() { finish() }
    }

    private func finish() {
        ring.close { [self] in detach() }
        let wasKept = state.withLock { state in
            state.isClosed = true
            defer { state.keptAlive = nil }
            return state.keptAlive
        }
        // The last reference may go here, and with it what `leave` was called on.
        _ = wasKept
    }

    /// The last lease is back, on whichever thread: no ring's writer needs to wait for this cursor any more.
    private func detach() {
        core.tell(.closeReader(spec.id, line: line))
        // Not before: with nothing held and nothing told the control thread would leave.
        state.withLock { $0.isIdle = true }
        // A worker that closes may have waited for this.
        core.wake.signal()
    }
}

/// A reader that its ring's memory may outlive.
private final class WeakEndpoint: Sendable {
    private struct Box { weak var endpoint: ReaderEndpoint? }
    private let box = Lock(Box())

    var endpoint: ReaderEndpoint? { box.withLock { $0.endpoint } }
    func set(_ endpoint: ReaderEndpoint) { box.withLock { $0.endpoint = endpoint } }
}
