internal import Glibc
internal import Ring
internal import SharedMemory
internal import SluiceModel
internal import Synchronization
internal import Wire

/// What one worker consists of, shared by its handles, its control thread and its waiter threads.
final class WorkerCore: Sendable {
    let address: WorkerAddress
    let resolver: any AddressResolver
    /// Cursors, bells and the event word of this process's side.
    let segment: ProcessSegment
    let readOnlySegment: Descriptor
    /// What the agent's data thread polls, and how this process's endpoints ring it.
    let bellSignal: EventFD
    let doorbell: Doorbell
    let mark: ForkMark
    let waiters: WaiterPool
    /// Makes the control thread look up.
    let wake: EventFD
    let state = Lock(ControlState())
    /// Fulfilled by the first welcome, or by why there is none.
    let connected = Promise()
    /// Rung when the control thread has ended.
    let ended = OneShot()
    /// The agent's socket, once it is known.
    let path = Lock("")
    /// pthread_self of the control thread, once it runs.
    let controlThread = Atomic<UInt>(0)
    /// When the first connection must be there.
    let firstDeadline: Deadline
    let onEvent: (@Sendable (WorkerEvent) -> Void)?

    init(
        address: WorkerAddress, resolver: any AddressResolver, firstDeadline: Deadline,
        onEvent: (@Sendable (WorkerEvent) -> Void)?
    ) throws(SluiceError) {
        self.address = address
        self.resolver = resolver
        self.firstDeadline = firstDeadline
        self.onEvent = onEvent
        do throws(SystemCallError) { mark = try ForkMark() } catch {
            throw SluiceError(
                .system, "a forked child could not be told from its parent; that takes Linux 4.14 or later",
                cause: error.description)
        }
        CallGate.prepare()
        do throws(SystemCallError) {
            segment = try ProcessSegment(life: .random(), cursorCount: Limits.mostEndpoints)
            guard let shared = segment.segment else { preconditionFailure("a worker's segment is shared") }
            readOnlySegment = try shared.reopenReadOnly().descriptor
            bellSignal = try EventFD()
            wake = try EventFD()
        } catch {
            throw error.asSluiceError
        }
        doorbell = Doorbell(eventFD: bellSignal)
        waiters = WaiterPool(segment: segment)
    }

    /// Whether this process is a forked child of the one that connected.
    var isForked: Bool { mark.isForked }

    var isControlThread: Bool { controlThread.load(ordering: .relaxed) == UInt(pthread_self()) }

    var node: String { state.withLock { $0.node } }
}

// Asking the agent.
extension WorkerCore {
    /// Asks, and blocks until the answer, the deadline or the worker's end.
    func ask(_ request: Request, timeout: Timeout) throws(SluiceError) -> Answer {
        let promise = Promise()
        _ = try begin(request, timeout, promise)
        return try promise.wait().get()
    }

    /// Asks, and suspends until the answer, the deadline, cancellation or the worker's end.
    nonisolated(nonsending)
        func ask(_ request: Request, timeout: Timeout) async throws(SluiceError) -> Answer
    {
        let promise = Promise()
        let id = try begin(request, timeout, promise)
        let outcome = await withTaskCancellationHandler {
            await promise.value()
        } onCancel: {
            abandon(id) { entry in
                SluiceError(
                    .cancelled, "\(entry.request.wish) was cancelled", channel: entry.request.channel,
                    actor: entry.request.actor)
            }
        }
        return try outcome.get()
    }

    private func begin(_ request: Request, _ timeout: Timeout, _ promise: Promise) throws(SluiceError) -> UInt64 {
        do throws(SluiceError) {
            return try submit(request, deadline: Deadline(timeout, from: monotonicNow()), promise: promise)
        } catch {
            if !isForked { giveBack(of: request) }
            throw error
        }
    }

    /// A small number for an endpoint, set aside until it is given back.
    func take(
        _ pool: WritableKeyPath<ControlState, NumberPool>, _ what: String, channel: String, actor: ActorName
    ) throws(SluiceError) -> UInt32 {
        if isForked { throw .forked("the worker") }
        guard let number = state.withLock({ $0[keyPath: pool].take() }) else {
            throw SluiceError(
                .limitReached, "this worker has \(Limits.mostEndpoints) \(what) already (Limits.mostEndpoints)",
                channel: channel, actor: actor.rawValue)
        }
        return UInt32(number)
    }

    /// What a request that came to nothing had set aside is free again.
    func giveBack(of request: Request) {
        state.withLock { state in
            switch request {
            case .createChannel(_, let number): state.endpoints.giveBack(Int(number))
            case .openReader(_, _, let line): state.lines.giveBack(Int(line))
            default: break
            }
        }
    }

    /// Takes a request up and sends it, or keeps it until the agent is back.
    func submit(_ request: Request, deadline: Deadline, promise: Promise?) throws(SluiceError) -> UInt64 {
        if isForked { throw .forked("the worker") }
        let outcome = state.withLock { state -> Result<(id: UInt64, wakes: Bool), SluiceError> in
            if case .over(let error) = state.link { return .failure(error) }
            if promise != nil, state.farewell != nil { return .failure(.workerClosed) }
            guard let entry = state.requests.add(request, deadline: deadline, promise: promise) else {
                return .failure(
                    SluiceError(
                        .limitReached,
                        "\(Limits.mostRequests) requests to the agent have no answer yet (Limits.mostRequests)"))
            }
            if state.link.isUp { state.send(entry.message(now: monotonicNow())) }
            let wakes =
                !state.outbox.isEmpty || state.outbox.failure != nil || state.nextDuty < state.sleepsUntil
            return .success((entry.id, wakes))
        }
        let (id, wakes) = try outcome.get()
        if wakes { wake.signal() }
        return id
    }

    /// Ends the wait of one caller, if the answer has not been sooner.
    func abandon(_ id: UInt64, because reason: (RequestTable.Entry) -> SluiceError) {
        let left = state.withLock { state -> (RequestTable.Entry, Promise)? in
            guard let (entry, promise) = state.requests.abandon(id) else { return nil }
            if state.link.isUp { state.send(WorkerMessage(.cancel(request: id))) }
            if !state.outbox.isEmpty { wake.signal() }
            return (entry, promise)
        }
        guard let (entry, promise) = left else { return }
        promise.fulfil(.failure(reason(entry)))
    }

    /// Tells the agent something that it must acknowledge but nobody waits for; asked again until it does.
    func tell(_ request: Request) {
        do throws(SluiceError) { _ = try submit(request, deadline: .never, promise: nil) } catch {
            // At the limit of requests the agent finds out when the worker ends; without an agent there is nothing to say.
            if error.code == .limitReached { report(.dropped(reason: error.description)) }
        }
    }

    func report(_ event: WorkerEvent) { onEvent?(event) }
}

extension RequestTable.Entry {
    func message(now: UInt64) -> WorkerMessage {
        WorkerMessage(request: id, request.message(until: deadline, now: now))
    }
}

extension SluiceError {
    static func forked(_ what: String) -> SluiceError {
        SluiceError(
            .forked,
            "\(what) was inherited by a forked child, where it cannot be used; call Worker.connect in the child")
    }

    static var workerClosed: SluiceError { SluiceError(.closed, "the worker is closed") }
}
