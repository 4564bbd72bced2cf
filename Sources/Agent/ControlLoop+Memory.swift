import SharedMemory

// What the agent's process keeps in memory beside the rings.
extension ControlLoop {
    /// The pages that starting has brought here, of a process that is the agent's alone.
    enum StartPages {
        case used
        /// There is a channel: at that time they go for the first time, if values have come by; else it is looked again,
        /// but not for ever.
        case goAt(UInt64, looks: Int)
        case gone
        /// The first traffic has come to rest as well.
        case over
    }

    func tendMemory() {
        let isQuiet = heap.look(passed: figures.bytesPassed, now: now)
        if isQuiet { HeapTrimming.trim() }
        guard options.ownsProcess else { return }
        switch start {
        case .over: break
        case .used where isQuiet, .goAt where isQuiet, .gone where isQuiet: letGoOfStart(.over)
        case .used where !written.isEmpty || !references.isEmpty: start = .goAt(now + AgentLimits.firstValues, looks: 1)
        case .goAt(let time, let looks) where now >= time:
            if figures.bytesPassed == 0, looks < AgentLimits.firstLooks {
                start = .goAt(now + AgentLimits.firstValues, looks: looks + 1)
            } else {
                letGoOfStart(.gone)
            }
        case .used, .goAt, .gone: break
        }
    }

    private func letGoOfStart(_ next: StartPages) {
        ResidentPages.letGoOfStart()
        start = next
    }
}
