internal import SharedMemory

/// Runs what is given to it one after the other, on a thread of its own that is there only while there is something to do.
///
/// As a task executor it keeps what a group must hear, such as another rank's end, off the cooperative pool: that may be
/// full of calls which wait for just this.
final class ErrandThread: TaskExecutor {
    private struct State {
        var waiting: [@Sendable () -> Void] = []
        var isRunning = false
    }

    private let name: String
    private let state = Lock(State())

    init(_ name: String) { self.name = name }

    func run(_ errand: @escaping @Sendable () -> Void) {
        let isFirst = state.withLock { state in
            state.waiting.append(errand)
            defer { state.isRunning = true }
            return !state.isRunning
        }
        guard isFirst else { return }
        do throws(SystemCallError) { _ = try NamedThread(name) { [self] in drain() } } catch {
            // No thread to be had: then it is the caller's.
            drain()
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        run { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }

    private func drain() {
        while let errand = next() { errand() }
    }

    private func next() -> (@Sendable () -> Void)? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isRunning = false
                return nil
            }
            return state.waiting.removeFirst()
        }
    }
}
