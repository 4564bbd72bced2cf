internal import Ring
internal import SharedMemory
internal import SluiceModel

/// The waiter threads of one worker: none until the first call suspends, then one for each
/// ``Bounds/waitsPerThread`` that wait at once.
final class WaiterPool: Sendable {
    private struct State {
        var threads: [WaiterThread] = []
        var isStopped = false
    }

    private let segment: ProcessSegment
    private let state = Lock(State())

    init(segment: ProcessSegment) { self.segment = segment }

    /// Suspends until there may be something to do, the deadline, or cancellation.
    nonisolated(nonsending)
        func wait(for target: AsyncWait.Target, until deadline: Deadline) async -> AsyncWait.Outcome
    {
        let wait = AsyncWait(target, deadline: deadline)
        defer { wait.acknowledge() }
        return await withTaskCancellationHandler {
            unsafe await withUnsafeContinuation { continuation in
                unsafe wait.suspend(Suspension(continuation))
                do throws(SystemCallError) { try park(wait) } catch { wait.resume(.failed(error.asSluiceError)) }
            }
        } onCancel: {
            // Before the pokes: a thread that takes the wait only now looks at this first.
            wait.cancel()
            for thread in state.withLock({ $0.threads }) { thread.poke() }
        }
    }

    func stop() {
        let threads = state.withLock { state in
            state.isStopped = true
            defer { state.threads = [] }
            return state.threads
        }
        for thread in threads { thread.stop() }
    }

    private func park(_ wait: AsyncWait) throws(SystemCallError) {
        let isParked = try state.withLock { state throws(SystemCallError) in
            if state.isStopped { return false }
            if state.threads.contains(where: { $0.take(wait) }) { return true }
            precondition(state.threads.count < Bounds.waiterThreads, "more waits than endpoints")
            let thread = try WaiterThread(segment: segment)
            state.threads.append(thread)
            return thread.take(wait)
        }
        // The worker is over, and so is every wait.
        if !isParked { wait.resume(.ready) }
    }

    /// Parks the waits of one selection, waking each thread once; those that no thread can take are resumed with why.
    ///
    /// - Returns: The threads that have some of them.
    func park(_ waits: [AsyncWait]) -> [WaiterThread] {
        var rest = waits[...]
        var used: [WaiterThread] = []
        let refusal = state.withLock { state -> SluiceError? in
            guard !state.isStopped else { return .workerClosed }
            for thread in state.threads where !rest.isEmpty && thread.take(&rest) { used.append(thread) }
            while !rest.isEmpty {
                guard state.threads.count < Bounds.waiterThreads else {
                    let most = Bounds.waiterThreads * Bounds.waitsPerThread
                    return SluiceError(
                        .limitReached, "this worker has \(most) waits under way; wait for fewer channels at once",
                        needed: UInt64(most + rest.count), available: UInt64(most))
                }
                do throws(SystemCallError) {
                    let thread = try WaiterThread(segment: segment)
                    state.threads.append(thread)
                    if thread.take(&rest) { used.append(thread) }
                } catch { return error.asSluiceError }
            }
            return nil
        }
        if let refusal { for wait in rest { wait.resume(.failed(refusal)) } }
        return used
    }
}
