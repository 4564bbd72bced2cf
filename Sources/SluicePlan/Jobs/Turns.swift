internal import SharedMemory
internal import SluiceModel

/// One task at a time, in the order in which they come.
final class Turns: Sendable {
    private struct State {
        var isTaken = false
        var last: UInt64 = 0
        var waiting: [Waiter] = []
    }

    private struct Waiter {
        let number: UInt64
        let continuation: CheckedContinuation<Outcome, Never>
        let timer: Task<Void, any Error>?
    }

    private enum Outcome { case mine, timedOut, cancelled }

    private let state = Lock(State())

    /// Waits for its turn, which ends with ``leave()``.
    ///
    /// - Throws: ``SluiceError/Code/timedOut``, ``SluiceError/Code/cancelled``; then it is not its turn.
    func enter(_ timeout: Timeout, _ wish: String) async throws(SluiceError) {
        guard !takeIfFree() else { return }
        let number = state.withLock { state in
            state.last += 1
            return state.last
        }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { queue(number, $0, timeout) }
        } onCancel: {
            give(.cancelled, to: number)
        }
        switch outcome {
        case .mine: break
        case .timedOut: throw SluiceError(.timedOut, "\(wish): another task waits for the same")
        case .cancelled: throw SluiceError(.cancelled, "\(wish) was cancelled")
        }
    }

    func leave() {
        let next = state.withLock { state -> Waiter? in
            guard !state.waiting.isEmpty else {
                state.isTaken = false
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.timer?.cancel()
        next?.continuation.resume(returning: .mine)
    }

    /// Nobody has to be waited for, most of the time.
    private func takeIfFree() -> Bool {
        state.withLock { state in
            defer { state.isTaken = true }
            return !state.isTaken
        }
    }

    private func queue(_ number: UInt64, _ continuation: CheckedContinuation<Outcome, Never>, _ timeout: Timeout) {
        let isMine = state.withLock { state in
            defer { state.isTaken = true }
            guard state.isTaken else { return true }
            // Made under the lock: when its time has come, it finds whom it is for.
            let timer = timeout.nanoseconds.map { nanoseconds in
                Task {
                    try await Task.sleep(for: .nanoseconds(Int64(clamping: nanoseconds)))
                    self.give(.timedOut, to: number)
                }
            }
            state.waiting.append(Waiter(number: number, continuation: continuation, timer: timer))
            return false
        }
        if isMine { continuation.resume(returning: .mine) }
        // A cancellation that was earlier has found nobody.
        if Task.isCancelled { give(.cancelled, to: number) }
    }

    private func give(_ outcome: Outcome, to number: UInt64) {
        let waiter = state.withLock { state -> Waiter? in
            guard let index = state.waiting.firstIndex(where: { $0.number == number }) else { return nil }
            return state.waiting.remove(at: index)
        }
        waiter?.timer?.cancel()
        waiter?.continuation.resume(returning: outcome)
    }
}
