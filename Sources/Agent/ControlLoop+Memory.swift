import SharedMemory

// What the agent's process keeps in memory beside the rings.
extension ControlLoop {
    /// Once large traffic has come to rest, what it has left in the heap goes back, and pages of code that it may not use
    /// again.
    func tendMemory() {
        guard heap.look(passed: figures.bytesPassed, now: now) else { return }
        HeapTrimming.trim()
        if options.ownsProcess { ResidentPages.letGoOfCode() }
    }
}
