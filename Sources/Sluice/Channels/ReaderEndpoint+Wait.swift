internal import Ring
internal import SharedMemory
internal import SluiceModel

extension ReaderEndpoint {
    /// Blocks until there may be an item to take, or an end or an error; at most until `deadline`.
    ///
    /// - Parameter interrupted: Asked before each sleep; who changes it bumps this process's event word.
    func waitForItem(until deadline: Deadline, interrupted: () -> Bool) throws(SluiceError) {
        try enter()
        defer { leave() }
        while !deadline.hasPassed(at: monotonicNow()) {
            guard let point = ring.prepareWait() else { return }
            // After the event word was loaded: what interrupts has bumped it since, or is seen here.
            let isOver = isInterrupted || interrupted()
            if !isOver { Waiter.wait(CollectionOfOne(point), until: deadline) }
            ring.finishWait()
            if isOver { return }
        }
    }
}
