internal import Ring
internal import SharedMemory
internal import SluiceModel
internal import Wire

/// One writer as its worker knows it: the ring, who may use it, and what its agent needs to hear.
///
/// It outlives the ``Writer``: the ring is served until no reader waits for it any more.
final class WriterEndpoint: Sendable {
    let core: WorkerCore
    let spec: ChannelSpec
    /// The worker's number for it, which chooses its bell.
    let number: UInt32
    let node: String
    let memory: RingDescriptors
    let ring: RingWriter
    let gate: CallGate
    /// Of the call inside, which alone looks at it: a slot that is filled and not yet visible.
    nonisolated(unsafe) var staged: Staged?
    /// Values that its writer hands over to itself, as their reader, for as long as the ring is served.
    let handOver = Lock<(any HandOverTable)?>(nil)
    private let state = Lock(State())

    private struct State {
        /// Why writing fails, once it does.
        var failure: SluiceError?
        var final: UInt64?
        /// Whether the close is among the worker's requests.
        var isTold = false
        var isAcknowledged = false
        /// While a loan that outlives its writer is out.
        var keptAlive: WriterEndpoint?
    }

    init(
        core: WorkerCore, spec: ChannelSpec, number: UInt32, node: String, payload: PayloadSpec,
        descriptors: [Descriptor],
        resolve: (ProcessLife) -> ProcessView?
    ) throws(SluiceError) {
        memory = try RingDescriptors(descriptors, [payload], of: spec)
        let map = try memory.map(spec, writable: true)
        self.core = core
        self.spec = spec
        self.number = number
        self.node = node
        let name = spec.name.rawValue
        let onEvent = core.onEvent
        ring = RingWriter(
            map, process: core.segment, doorbell: core.doorbell, endpoint: number, resolve: resolve,
            onViolation: { onEvent?(.failed(channel: name, reason: $0.description)) })
        gate = CallGate(mark: core.mark)
    }

    deinit { gate.deallocate() }

    /// Whether the agent knows the stream's end.
    var isAcknowledged: Bool {
        get { state.withLock { $0.isAcknowledged } }
        set { state.withLock { $0.isAcknowledged = newValue } }
    }
    var hasGates: Bool { !ring.gates().isEmpty }
    /// Closed, but not told: a call or a loan is inside, or another thread is about to tell.
    var isLingering: Bool { gate.isClosing && state.withLock { !$0.isTold } }
    /// How many values the stream holds, once that is settled.
    var final: UInt64? { state.withLock { $0.final } }
    /// Set before writing is stopped.
    var failure: SluiceError? { state.withLock { $0.failure } }
    /// For a wait: whether there is something to see that is no free slot.
    var isInterrupted: Bool { gate.isClosing || failure != nil }
}

// From the control thread.
extension WriterEndpoint {
    func attach(_ gate: AttachGate, _ view: ProcessView) throws(SluiceError) -> Attached {
        guard view.life == gate.life, view.identity.pid == gate.pid else {
            throw SluiceError(
                .protocolViolation, "the segment is not of process \(gate.pid)", channel: spec.name.rawValue)
        }
        let request = GateRequest(
            kind: gate.kind.ring, life: gate.life,
            process: ProcessIdentity(pid: gate.pid, startTime: gate.startTime), line: gate.line, reader: gate.reader,
            replaces: gate.replaces, floor: gate.floor)
        do throws(GateError) { return try ring.attach(request, view: view) } catch {
            throw SluiceError(
                .protocolViolation, "channel \(spec.name): \(error)", channel: spec.name.rawValue)
        }
    }

    func detach(_ number: UInt32) { ring.detach(number) }

    /// Writing fails from now on, also for one that waits.
    func fail(_ error: SluiceError) {
        state.withLock { $0.failure = $0.failure ?? error }
        ring.stop()
        abandonGrowth()
    }
}

// Closing, from any thread.
extension WriterEndpoint {
    /// Ends the stream behind what is published, and behind a loan that is open.
    func close() {
        guard !gate.isForked else { return }
        state.withLock { $0.keptAlive = self }
        let isMine = gate.close {
            ring.stop()
            abandonGrowth()
        }
        if isMine {
            finish()
        } else if final != nil {
            state.withLock { $0.keptAlive = nil }
        }
    }

    /// A call ends.
    @inline(__always)
    func leave() {
        if gate.leave() { finish() }
    }

    /// The stream's end is settled: in the ring, for whoever takes it over, and at the agent.
    private func finish() {
        let final = ring.finish()
        let wasKept = state.withLock { state in
            state.final = final
            defer { state.keptAlive = nil }
            return state.keptAlive
        }
        core.tell(.closeWriter(spec.id, final: final))
        state.withLock { $0.isTold = true }
        // A worker that closes may have waited for this.
        core.wake.signal()
        // The last reference may go here, and with it what `leave` was called on.
        _ = wasKept
    }
}

extension AttachGate.Kind {
    var ring: GateKind {
        switch self {
        case .placeholder: .placeholder
        case .reader: .reader
        case .destination: .destination
        }
    }
}
