internal import CSluice
internal import Ring
internal import SharedMemory
internal import SluiceModel

/// One thread that sleeps for up to ``Bounds/waitsPerThread`` suspended calls at once.
final class WaiterThread: Sendable {
    private struct Inbox {
        var new: [AsyncWait] = []
        /// Waits that it has, new ones included.
        var count = 0
        var isStopping = false
    }

    private let inbox = Lock(Inbox())
    private let segment: ProcessSegment
    /// Bumped to make the thread look at its inbox.
    private let poked = FutexWord()

    /// Starts the thread.
    init(segment: ProcessSegment) throws(SystemCallError) {
        self.segment = segment
        _ = try NamedThread("sluice-waiter") { [self] in run() }
    }

    /// Takes a wait, if there is room for it.
    func take(_ wait: AsyncWait) -> Bool {
        let isTaken = inbox.withLock { inbox in
            guard inbox.count < Bounds.waitsPerThread, !inbox.isStopping else { return false }
            inbox.count += 1
            inbox.new.append(wait)
            return true
        }
        if isTaken { poke() }
        return isTaken
    }

    /// Takes as many waits as there is room for; false if there is none.
    func take(_ waits: inout ArraySlice<AsyncWait>) -> Bool {
        let taken = inbox.withLock { inbox in
            let taken = inbox.isStopping ? [] : waits.prefix(Bounds.waitsPerThread - inbox.count)
            inbox.count += taken.count
            inbox.new += taken
            return taken.count
        }
        waits = waits.dropFirst(taken)
        if taken > 0 { poke() }
        return taken > 0
    }

    /// Makes the thread look at everything again.
    func poke() {
        // What was changed before it is seen in the round that this begins.
        poked.bump()
        // Without futex_waitv the thread sleeps on the event word alone.
        if !WaitSettings.usesWaitv { segment.bumpEvent() }
    }

    /// The thread ends once nobody waits any more.
    func stop() {
        inbox.withLock { $0.isStopping = true }
        poke()
    }

    private func run() {
        var parked: [AsyncWait] = []
        var points: [WaitPoint] = []
        while true {
            // First of all: a poke after it ends the sleep below.
            let seen = poked.load()
            let event = HardwareMemory().load(segment.event)
            let isStopping = inbox.withLock { inbox in
                parked += inbox.new
                inbox.new.removeAll()
                return inbox.isStopping && parked.isEmpty
            }
            if isStopping { return }
            points.removeAll(keepingCapacity: true)
            points.append(
                WaitPoint(
                    data: poked.word, expected: seen, event: segment.event, eventExpected: event, isUnannounced: false))
            let before = parked.count
            parked.removeAll { wait in isOver(wait, &points) }
            if parked.count < before { inbox.withLock { $0.count -= before - parked.count } }
            Waiter.wait(points, until: parked.map(\.deadline).min() ?? .never)
            for wait in parked { wait.finish() }
        }
    }

    /// Resumes a call that need not wait any more; announces the sleep of one that must.
    private func isOver(_ wait: AsyncWait, _ points: inout [WaitPoint]) -> Bool {
        let isLate = wait.deadline.hasPassed(at: monotonicNow())
        guard !wait.isCancelled else {
            wait.resume(.cancelled)
            return true
        }
        guard let point = wait.prepare() else {
            wait.resume(.ready)
            return true
        }
        guard isLate else {
            points.append(point)
            return false
        }
        wait.finish()
        wait.resume(.timedOut)
        return true
    }
}
