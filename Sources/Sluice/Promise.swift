internal import CSluice
internal import SluiceModel
internal import Synchronization

/// One answer for one caller, who waits for it blocked or suspended.
///
/// Every promise is fulfilled: by the answer, at the deadline, by cancellation or by the worker's end.
final class Promise: Sendable {
    typealias Outcome = Result<Answer, SluiceError>

    private enum State {
        case pending
        case suspended(UnsafeContinuation<Outcome, Never>)
        case fulfilled(Outcome)
    }

    private let state = Mutex(State.pending)
    private let bell = OneShot()

    /// The first outcome counts; later ones are dropped.
    func fulfil(_ outcome: Outcome) {
        let waiter: UnsafeContinuation<Outcome, Never>? = state.withLock { state in
            switch state {
            case .pending:
                state = .fulfilled(outcome)
                return nil
            case .suspended(let continuation):
                state = .fulfilled(outcome)
                return unsafe continuation
            case .fulfilled:
                return nil
            }
        }
        bell.ring()
        unsafe waiter?.resume(returning: outcome)
    }

    /// Blocks this thread until the outcome is there.
    func wait() -> Outcome {
        while true {
            if case .fulfilled(let outcome) = state.withLock({ $0 }) { return outcome }
            bell.wait()
        }
    }

    /// Suspends until the outcome is there. For one caller.
    func value() async -> Outcome {
        await withUnsafeContinuation { continuation in
            let outcome: Outcome? = state.withLock { state in
                if case .fulfilled(let outcome) = state { return outcome }
                state = unsafe .suspended(continuation)
                return nil
            }
            if let outcome { unsafe continuation.resume(returning: outcome) }
        }
    }
}
