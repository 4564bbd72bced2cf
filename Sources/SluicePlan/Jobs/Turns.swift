internal import SharedMemory
internal import SluiceModel

/// One task at a time, in the order in which they come.
final class Turns: Sendable {
    private struct State {
        var isTaken = false
        var last: UInt64 = 0
        var waiting: [(number: UInt64, continuation: CheckedContinuation<Outcome, Never>)] = []
    }

    private enum Outcome { case mine, timedOut, cancelled }

    private let state = Lock(State())

    /// Waits for its turn, which ends with ``leave()``.
    ///
    /// - Throws: ``SluiceError/Code/timedOut``, ``SluiceError/Code/cancelled``; then it is not its turn.
    func enter(_ timeout: Timeout, _ wish: String) async throws(SluiceError) {
        let number = state.withLock { state in
            state.last += 1
            return state.last
        }
        let timer = timeout.nanoseconds.map { nanoseconds in
            Task {
                try await Task.sleep(for: .nanoseconds(Int64(clamping: nanoseconds)))
                self.give(.timedOut, to: number)
            }
        }
        defer { timer?.cancel() }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isMine = state.withLock { state in
                    if state.isTaken {
                        state.waiting.append((number, continuation))
                        return false
                    }
                    state.isTaken = true
                    return true
                }
                if isMine { continuation.resume(returning: Outcome.mine) }
            }
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
        let next = state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isTaken = false
                return nil as CheckedContinuation<Outcome, Never>?
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume(returning: .mine)
    }

    private func give(_ outcome: Outcome, to number: UInt64) {
        let waiter = state.withLock { state -> CheckedContinuation<Outcome, Never>? in
            guard let index = state.waiting.firstIndex(where: { $0.number == number }) else { return nil }
            return state.waiting.remove(at: index).continuation
        }
        waiter?.resume(returning: outcome)
    }
}
