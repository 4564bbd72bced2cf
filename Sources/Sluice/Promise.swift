internal import SharedMemory
internal import SluiceModel

/// One answer for one caller, who waits for it blocked or suspended.
///
/// Every promise is fulfilled: by the answer, at the deadline, by cancellation or by the worker's end.
final class Promise: Sendable {
    typealias Outcome = Result<Answer, SluiceError>

    private enum State {
        case pending
        case suspended(Suspension<Void>)
        case fulfilled(Outcome)

        var outcome: Outcome? { if case .fulfilled(let outcome) = self { outcome } else { nil } }
    }

    private let state = Lock(State.pending)
    private let bell = OneShot()

    /// The first outcome counts; later ones are dropped.
    func fulfil(_ outcome: Outcome) {
        let waiter: Suspension<Void>? = state.withLock { state in
            switch state {
            case .pending:
                state = .fulfilled(outcome)
                return nil
            case .suspended(let waiter):
                state = .fulfilled(outcome)
                return waiter
            case .fulfilled:
                return nil
            }
        }
        bell.ring()
        waiter?.resume(())
    }

    /// Blocks this thread until the outcome is there.
    func wait() -> Outcome {
        while true {
            if let outcome = state.withLock({ $0.outcome }) { return outcome }
            bell.wait()
        }
    }

    /// Suspends until the outcome is there. For one caller.
    nonisolated(nonsending)
        func value() async -> Outcome
    {
        unsafe await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            let waiter = unsafe Suspension(continuation)
            let isFulfilled = state.withLock { state in
                if state.outcome != nil { return true }
                state = .suspended(waiter)
                return false
            }
            if isFulfilled { waiter.resume(()) }
        }
        // From under the lock, which orders what the fulfilling thread did before: the runtime's ordering of a resumption
        // would do, but is nothing that the thread sanitizer sees.
        return wait()
    }
}
