internal import SharedMemory
public import SluiceModel

/// Writes values in the background, in order: a bounded queue in front of a channel, or of several by a ``MultiWriter``.
///
/// ``write(_:)-(Value)`` returns once the queue has the value; it suspends while the queue is full. The queue then writes on
/// a task that lives only while there is something to write. The first error ends it, so that the order never has a hole
/// that nobody knows of: that error is thrown by every later call, and ``unwritten`` has what was not written.
///
/// A queue that is dropped writes what it has. All of its calls may be made from any task.
public final class WriteQueue<Value: Sendable>: Sendable {
    /// How many values the queue holds at most, the one that is being written included.
    public let depth: Int
    private let writer: any ChannelWriter<Value>
    private let state = Lock(State())

    private typealias Outcome = Result<Void, SluiceError>

    private struct State {
        var items: [ChannelItem<Value>] = []
        /// Calls that wait, in the order in which they came.
        var calls: [Call] = []
        var nextCall: UInt64 = 0
        var task: Task<Void, Never>?
        var failure: SluiceError?
        var isFinishing = false
    }

    private struct Call {
        let number: UInt64
        /// What is to be queued; nil: it waits until the queue is empty.
        let item: ChannelItem<Value>?
        let suspension: Suspension<Outcome>
    }

    /// - Parameters:
    ///   - writer: Used by nothing else from now on, but closed by its owner.
    ///   - depth: At least 1.
    public init(_ writer: any ChannelWriter<Value>, depth: Int) throws(SluiceError) {
        guard depth > 0 else {
            throw .invalidArgument(
                "a queue of \(depth) values before channel \(writer.channel); it takes at least 1",
                channel: writer.channel)
        }
        self.writer = writer
        self.depth = depth
    }

    /// Queues a value, waiting while the queue is full.
    ///
    /// - Throws: ``SluiceError/Code/cancelled``, and then the value is not queued; ``SluiceError/Code/closed`` after
    ///   ``finish()``; what writing an earlier value has thrown.
    nonisolated(nonsending)
        public func write(_ value: Value) async throws(SluiceError)
    { try await wait(with: .value(value)) }

    /// Queues an error in a value's place.
    nonisolated(nonsending)
        public func write(failure: ApplicationFailure) async throws(SluiceError)
    { try await wait(with: .failure(failure)) }

    /// Waits until everything is written; the queue takes no more. The writer stays open.
    ///
    /// - Throws: What writing has thrown; ``SluiceError/Code/cancelled``, and then the queue goes on.
    nonisolated(nonsending)
        public func finish() async throws(SluiceError)
    {
        state.withLock { $0.isFinishing = true }
        try await wait(with: nil)
    }

    /// Gives up what is not written; every later call throws ``SluiceError/Code/cancelled``.
    public func cancel() {
        let task = state.withLock { $0.task }
        // The write that it waits in ends, and with it the queue.
        task?.cancel()
        if task == nil { fail(cancelledError) }
    }

    /// What is queued, from the value that is being written, or that has failed, on.
    public var unwritten: [ChannelItem<Value>] { state.withLock { $0.items } }
}

// The calls.
extension WriteQueue {
    nonisolated(nonsending)
        private func wait(with item: ChannelItem<Value>?) async throws(SluiceError)
    {
        let number = state.withLock { state in
            state.nextCall += 1
            return state.nextCall
        }
        let outcome = await withTaskCancellationHandler {
            unsafe await withUnsafeContinuation { (continuation: UnsafeContinuation<Outcome, Never>) in
                let call = unsafe Call(number: number, item: item, suspension: Suspension(continuation))
                begin(call)
            }
        } onCancel: {
            cancel(number)
        }
        try outcome.get()
    }

    private func begin(_ call: Call) {
        let outcome: Outcome? = state.withLock { state in
            if let failure = state.failure { return .failure(failure) }
            if let item = call.item {
                if state.isFinishing { return .failure(finishedError) }
                if state.items.count < depth, state.calls.isEmpty {
                    state.items.append(item)
                    if state.task == nil { state.task = Task { await self.run() } }
                    return .success(())
                }
            } else if state.items.isEmpty {
                return .success(())
            }
            state.calls.append(call)
            return nil
        }
        if let outcome {
            call.suspension.resume(outcome)
        }
        // Cancelled before it was among the calls: nobody else will end it.
        else if Task.isCancelled {
            cancel(call.number)
        }
    }

    private func cancel(_ number: UInt64) {
        let call = state.withLock { state in
            state.calls.firstIndex { $0.number == number }.map { state.calls.remove(at: $0) }
        }
        call?.suspension.resume(.failure(cancelledError))
    }

    private var finishedError: SluiceError {
        SluiceError(
            .closed, "the queue before channel \(writer.channel) takes no more: finish() was called",
            channel: writer.channel)
    }

    private var cancelledError: SluiceError {
        SluiceError(.cancelled, "queueing for channel \(writer.channel) was cancelled", channel: writer.channel)
    }
}

// The task.
extension WriteQueue {
    private func run() async {
        while let item = first() {
            // A write that need not wait would not notice.
            guard !Task.isCancelled else { return fail(cancelledError) }
            do throws(SluiceError) { try await writer.write(item, timeout: .infinite) } catch { return fail(error) }
            removeFirst()
        }
    }

    /// The next to write; with none the task is over.
    private func first() -> ChannelItem<Value>? {
        state.withLock { state in
            if state.items.isEmpty || state.failure != nil { state.task = nil }
            return state.task == nil ? nil : state.items.first
        }
    }

    private func removeFirst() {
        let done = state.withLock { state in
            state.items.removeFirst()
            var done: [Call] = []
            while let call = state.calls.first {
                if let item = call.item {
                    guard state.items.count < depth else { break }
                    state.items.append(item)
                } else if !state.items.isEmpty {
                    break
                }
                done.append(state.calls.removeFirst())
            }
            return done
        }
        for call in done { call.suspension.resume(.success(())) }
    }

    private func fail(_ error: SluiceError) {
        let calls = state.withLock { state in
            state.failure = state.failure ?? error
            state.task = nil
            defer { state.calls = [] }
            return state.calls
        }
        for call in calls { call.suspension.resume(.failure(error)) }
    }
}
