internal import Ring
internal import SharedMemory
internal import SluiceModel

/// Where one call of this process waits, blocked or suspended, for something that another thread of it says.
///
/// Whoever waits takes ``mark()`` before it looks, and sleeps only if nothing has been said since. It may wake for no
/// reason: look again.
final class SleepPoint: Sendable {
    private let word = FutexWord()
    private let suspension = Lock<Suspension<Void>?>(nil)

    func mark() -> UInt32 { word.load() }

    /// From any thread: something has changed.
    func wake() {
        word.bump()
        let waiting = suspension.withLock { $0.take() }
        waiting?.resume(())
    }

    /// Blocks this thread.
    func sleep(since mark: UInt32, until deadline: Deadline) {
        let point = WaitPoint(
            data: word.word, expected: mark, event: word.word, eventExpected: mark, isUnannounced: false)
        Waiter.wait(CollectionOfOne(point), until: deadline)
    }

    /// Suspends this task; a cancelled one wakes.
    nonisolated(nonsending)
        func sleep(since mark: UInt32, until deadline: Deadline) async
    {
        let timer = alarm(at: deadline)
        await withTaskCancellationHandler {
            unsafe await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
                let waiting = unsafe Suspension(continuation)
                let isLate = suspension.withLock { suspension in
                    // Under the lock: a wake that is later than this look finds the suspension.
                    guard word.load() == mark else { return true }
                    suspension = waiting
                    return false
                }
                if isLate { waiting.resume(()) }
            }
        } onCancel: {
            wake()
        }
        timer?.cancel()
        // Orders what was done before the wake, for the thread sanitizer too.
        suspension.withLock { _ in }
    }

    private func alarm(at deadline: Deadline) -> Task<Void, Never>? {
        guard let left = deadline.remaining(at: monotonicNow()) else { return nil }
        return Task {
            do { try await Task.sleep(for: .nanoseconds(Int64(clamping: left))) } catch { return }
            wake()
        }
    }
}
