internal import Ring
internal import SharedMemory
internal import SluiceModel
internal import Synchronization

/// A suspended call that waits for a value or a slot. The waiter thread sleeps in its place.
final class AsyncWait: Sendable {
    enum Target: Sendable {
        case value(ReaderEndpoint)
        case room(WriterEndpoint)
        /// One of the many that a selection waits for.
        case member(any WaitSource, of: WaitGroup)
    }

    enum Outcome: Sendable {
        /// Something has happened: try again.
        case ready
        case timedOut
        case cancelled
        case failed(SluiceError)
    }

    let target: Target
    let deadline: Deadline
    private let cancelled = Atomic<Bool>(false)
    private let settled = Atomic<Bool>(false)
    private let suspension = Lock<Suspension<Outcome>?>(nil)

    init(_ target: Target, deadline: Deadline) {
        self.target = target
        self.deadline = deadline
    }

    func suspend(_ waiting: Suspension<Outcome>) { suspension.withLock { $0 = waiting } }

    func resume(_ outcome: Outcome) {
        let waiting = suspension.withLock { suspension in
            defer { suspension = nil }
            return suspension
        }
        // SYNC POINT: with the load in `acknowledge`.
        settled.store(true, ordering: .releasing)
        waiting?.resume(outcome)
        if case .member(_, let group) = target { group.settle(outcome) }
    }

    /// By the resumed call: it goes on with what the waiter thread did to the ring's state.
    ///
    /// The runtime's own ordering of a resumption is enough for the machine, but nothing that the thread sanitizer sees.
    func acknowledge() {
        let isSettled = settled.load(ordering: .acquiring)
        assert(isSettled, "resumed by somebody else")
    }

    /// The waiter thread looks at it when it is poked next.
    func cancel() {
        // SYNC POINT: with the load in `isCancelled`, after the waiter thread has loaded its poke word.
        cancelled.store(true, ordering: .releasing)
    }
    var isCancelled: Bool {
        if case .member(_, let group) = target { return group.isOver }
        return cancelled.load(ordering: .acquiring)
    }

    /// Announces the sleep; nil if the call should try again now.
    func prepare() -> WaitPoint? {
        switch target {
        case .value(let reader): return reader.prepareWait()
        case .room(let writer):
            guard let point = writer.ring.prepareWait() else { return nil }
            guard writer.isInterrupted else { return point }
            writer.ring.finishWait()
            return nil
        case .member(let source, _): return source.prepareWait()
        }
    }

    func finish() {
        switch target {
        case .value(let reader): reader.ring.finishWait()
        case .room(let writer): writer.ring.finishWait()
        case .member(let source, _): source.finishWait()
        }
    }
}
