internal import SharedMemory
internal import SluiceModel
internal import Synchronization

/// One outcome for waits that several waiter threads have parked: the first of them to be over ends all.
///
/// Whoever waits goes on once every thread has let go of its waits, since their readers are its own again then.
final class WaitGroup: Sendable {
    private struct State {
        /// Waits that a thread may still look at.
        var pending: Int
        var outcome: AsyncWait.Outcome?
        /// Those that have some of the waits.
        var threads: [WaiterThread] = []
        var suspension: Suspension<Void>?
    }

    private let state: Lock<State>
    private let over = Atomic<Bool>(false)
    private let bell = OneShot()

    private init(count: Int) { state = Lock(State(pending: count)) }

    /// Parks a wait for each source at its own worker's threads.
    static func park(_ sources: [any WaitSource], until deadline: Deadline) -> WaitGroup {
        let group = WaitGroup(count: sources.count)
        var waits: [ObjectIdentifier: (pool: WaiterPool, waits: [AsyncWait])] = [:]
        for source in sources {
            let wait = AsyncWait(.member(source, of: group), deadline: deadline)
            waits[ObjectIdentifier(source.core), default: (source.core.waiters, [])].waits.append(wait)
        }
        for (pool, waits) in waits.values {
            let threads = pool.park(waits)
            let isLate = group.state.withLock { state in
                state.threads += threads
                return state.outcome != nil
            }
            // The end came before it was known whom to tell.
            if isLate { for thread in threads { thread.poke() } }
        }
        return group
    }

    /// For the waiter threads: nobody waits any more.
    var isOver: Bool { over.load(ordering: .acquiring) }

    /// Ends the wait; the first outcome counts.
    func end(_ outcome: AsyncWait.Outcome) {
        let threads = state.withLock { state -> [WaiterThread] in
            guard state.outcome == nil else { return [] }
            state.outcome = outcome
            // SYNC POINT: with the load in `isOver`, after a thread has loaded the word that it is poked by.
            over.store(true, ordering: .releasing)
            return state.threads
        }
        for thread in threads { thread.poke() }
    }

    /// By a waiter thread that has let go of one of the waits.
    func settle(_ outcome: AsyncWait.Outcome) {
        end(outcome)
        let (isLast, waiting) = state.withLock { state in
            state.pending -= 1
            guard state.pending == 0 else { return (false, nil as Suspension<Void>?) }
            defer { state.suspension = nil }
            return (true, state.suspension)
        }
        guard isLast else { return }
        bell.ring()
        waiting?.resume(())
    }

    /// Blocks this thread until the wait is over.
    func wait() -> AsyncWait.Outcome {
        bell.wait()
        return outcome
    }

    /// Suspends until the wait is over, or the task is cancelled.
    nonisolated(nonsending)
        func value() async -> AsyncWait.Outcome
    {
        await withTaskCancellationHandler {
            unsafe await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
                let waiter = unsafe Suspension(continuation)
                let isSettled = state.withLock { state in
                    if state.pending == 0 { return true }
                    state.suspension = waiter
                    return false
                }
                if isSettled { waiter.resume(()) }
            }
        } onCancel: {
            end(.cancelled)
        }
        return outcome
    }

    private var outcome: AsyncWait.Outcome {
        guard let outcome = state.withLock({ $0.outcome }) else { preconditionFailure("over without an outcome") }
        return outcome
    }
}
