internal import Logging
internal import SluiceModel
internal import Synchronization

/// What the coordinator's thread shares with everyone else.
final class CoordinatorShared: Sendable {
    let wakeup: Wakeup
    let complaints: Complaints
    private let stopping = Atomic<Bool>(false)
    private let ending = Mutex(Ending())

    private struct Ending {
        /// Set once: over, and why if not because it was told to.
        var outcome: SluiceError??
        var waiters: [CheckedContinuation<SluiceError?, Never>] = []
    }

    init(_ logger: Logger) throws(SluiceError) {
        wakeup = try Wakeup()
        complaints = Complaints(logger)
    }

    // A flag alone: what it orders, the join of the thread orders.
    var isStopping: Bool { stopping.load(ordering: .relaxed) }

    func stop() {
        stopping.store(true, ordering: .relaxed)
        wakeup.signal()
    }

    /// The thread has given everything back.
    func end(_ failure: SluiceError?) {
        let waiters = ending.withLock { ending in
            ending.outcome = .some(failure)
            defer { ending.waiters = [] }
            return ending.waiters
        }
        for waiter in waiters { waiter.resume(returning: failure) }
    }

    /// Why it ended, once it has.
    func outcome() async -> SluiceError? {
        await withCheckedContinuation { continuation in
            let outcome = ending.withLock { ending in
                if ending.outcome == nil { ending.waiters.append(continuation) }
                return ending.outcome
            }
            if let outcome { continuation.resume(returning: outcome) }
        }
    }
}
