internal import Ring
internal import SharedMemory
internal import SluiceModel

/// What the consumers of a cached channel share.
///
/// No lock is held while anybody waits. One consumer at a time reads the inner channel, within its own timeout; the
/// others sleep within theirs, and when it has nothing, or gives up, one of them reads on.
final class CachedCore<Value: Sendable>: Sendable {
    let inner: any ChannelReader<Value>
    let transcoder: Transcoder<Value>?
    private let points: [SleepPoint]
    private let state: Lock<CachedState<Value>>

    init(_ inner: any ChannelReader<Value>, consumers: Int, transcoder: Transcoder<Value>?) {
        self.inner = inner
        self.transcoder = transcoder
        points = (0..<consumers).map { _ in SleepPoint() }
        state = Lock(CachedState(consumers: consumers))
    }

    func hasSomething(for number: Int) -> Bool { state.withLock { $0.hasSomething(for: number) } }

    func close(_ number: Int) {
        let change = state.withLock { state in
            state.close(number).map { (left: $0.left, stop: $0.stop, isLast: state.isOver) }
        }
        guard let (left, stop, isLast) = change else { return }
        _ = consume left
        stop?()
        if isLast { inner.close() }
        for point in points { point.wake() }
        // It may sleep in the inner channel's ring.
        (inner as? any RingBackedReader)?.source.core.segment.bumpEvent()
    }

    /// A call that begins later sees what has changed.
    private func wake(_ numbers: [Int]) { for number in numbers { points[number].wake() } }
}

// Taking the next item.
extension CachedCore {
    typealias Item = CachedState<Value>.Item

    /// Nil at the end of the stream.
    func take(_ number: Int, _ timeout: Timeout) throws(SluiceError) -> Item? {
        let deadline = Deadline(timeout, from: monotonicNow())
        try begin(number)
        defer { state.withLock { $0.finish(number) } }
        while true {
            let mark = points[number].mark()
            let step = step(number)
            switch step {
            case .take(let item): return item
            case .end: return nil
            case .closed: throw closed(number)
            case .read: try settle(number, readInner(number, timeout, deadline))
            case .awaitReader, .awaitConsumers:
                if deadline.hasPassed(at: monotonicNow()) { throw late(number, step, timeout) }
                points[number].sleep(since: mark, until: deadline)
            }
        }
    }

    nonisolated(nonsending)
        func take(_ number: Int, _ timeout: Timeout) async throws(SluiceError) -> Item?
    {
        let deadline = Deadline(timeout, from: monotonicNow())
        try begin(number)
        defer { state.withLock { $0.finish(number) } }
        while true {
            let mark = points[number].mark()
            let step = step(number)
            switch step {
            case .take(let item): return item
            case .end: return nil
            case .closed: throw closed(number)
            case .read: try settle(number, await readInner(number, timeout, deadline))
            case .awaitReader, .awaitConsumers:
                if Task.isCancelled { throw cancelled(number) }
                if deadline.hasPassed(at: monotonicNow()) { throw late(number, step, timeout) }
                await points[number].sleep(since: mark, until: deadline)
            }
        }
    }

    private func begin(_ number: Int) throws(SluiceError) {
        guard state.withLock({ $0.begin(number) }) else {
            throw .invalidArgument(
                "consumer \(number) of channel \(inner.channel) is in use: another call is not over yet",
                channel: inner.channel)
        }
    }

    private func step(_ number: Int) -> CachedState<Value>.Step {
        let (step, waiting) = state.withLock { state in
            let step = state.step(number)
            if case .take = step, state.item == nil { return (step, state.busy(besides: number)) }
            return (step, [])
        }
        wake(waiting)
        return step
    }

    private func settle(_ number: Int, _ outcome: Result<Value?, SluiceError>) throws(SluiceError) {
        let (error, isClosed, waiting) = state.withLock { state in
            (state.settle(number, outcome), state.consumers[number].isClosed, state.busy(besides: number))
        }
        wake(waiting)
        // One that was closed meanwhile says so, whatever has ended its reading.
        if let error, !isClosed { throw error }
    }
}

// Reading the inner channel, by the one consumer whose turn it is.
extension CachedCore {
    private func readInner(_ number: Int, _ timeout: Timeout, _ deadline: Deadline) -> Result<Value?, SluiceError> {
        while true {
            if let outcome = tryInner(number, timeout, deadline) { return outcome }
            if state.withLock({ $0.consumers[number].isClosed }) { return .failure(closed(number)) }
            guard let ring = inner as? any RingBackedReader else { return readToTheEnd(number, timeout, deadline) }
            // Where the ring is known this consumer can be closed alone.
            do throws(SluiceError) {
                try ring.source.waitForItem(until: deadline) { state.withLock { $0.consumers[number].isClosed } }
            } catch { return .failure(error) }
        }
    }

    /// A consumer that is closed meanwhile stays until the inner channel has something, or its timeout.
    private func readToTheEnd(
        _ number: Int, _ timeout: Timeout, _ deadline: Deadline
    ) -> Result<Value?, SluiceError> {
        do throws(SluiceError) { return .success(try inner.read(timeout: remaining(deadline))) } catch {
            return .failure(explain(error, number, timeout))
        }
    }

    nonisolated(nonsending)
        private func readInner(
            _ number: Int, _ timeout: Timeout, _ deadline: Deadline
        ) async -> Result<Value?, SluiceError>
    {
        if let outcome = tryInner(number, timeout, deadline) { return outcome }
        // A task of its own, which can be cancelled when the consumer closes as well as when its caller is.
        let task = Task { [self] () async -> Result<Value?, SluiceError> in
            do throws(SluiceError) { return .success(try await inner.read(timeout: remaining(deadline))) } catch {
                return .failure(explain(error, number, timeout))
            }
        }
        if !state.withLock({ $0.canStop(number) { task.cancel() } }) { task.cancel() }
        return await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Nil if nothing is there, and there is time to wait for it.
    private func tryInner(_ number: Int, _ timeout: Timeout, _ deadline: Deadline) -> Result<Value?, SluiceError>? {
        do throws(SluiceError) { return .success(try inner.read(timeout: .zero)) } catch {
            if error.code == .timedOut, !deadline.hasPassed(at: monotonicNow()) { return nil }
            return .failure(explain(error, number, timeout))
        }
    }

    private func remaining(_ deadline: Deadline) -> Timeout {
        Timeout(nanoseconds: deadline.remaining(at: monotonicNow()))
    }
}

// What went wrong, in words.
extension CachedCore {
    /// Its own timeout, not what was left of it at the last try.
    private func explain(_ error: SluiceError, _ number: Int, _ timeout: Timeout) -> SluiceError {
        guard error.code == .timedOut else { return error }
        var error = error
        let value = error.sequence.map { "value \($0)" } ?? "a value"
        error.message = "\(value) of channel \(inner.channel) did not come to consumer \(number) within \(timeout)"
        let process = error.pid.map { " (pid \($0))" } ?? ""
        if let writer = error.actor { error.message += ": writer \(writer)\(process) has not published it" }
        return error
    }

    private func late(_ number: Int, _ step: CachedState<Value>.Step, _ timeout: Timeout) -> SluiceError {
        var reason = "consumer \(number) of channel \(inner.channel) got no value within \(timeout): "
        switch step {
        case .awaitConsumers(let behind):
            let names = behind.map { "consumer \($0)" }.joined(separator: ", ")
            reason += "the present one is yet to be taken by \(names)"
        case .awaitReader(let reader): reason += "consumer \(reader) waits for one to be published"
        default: break
        }
        return SluiceError(.timedOut, reason, channel: inner.channel)
    }

    private func cancelled(_ number: Int) -> SluiceError {
        SluiceError(
            .cancelled, "reading channel \(inner.channel) was cancelled in consumer \(number)", channel: inner.channel)
    }

    func closed(_ number: Int) -> SluiceError {
        SluiceError(.closed, "consumer \(number) of channel \(inner.channel) is closed", channel: inner.channel)
    }
}
