/// What every sleep and every wake has in common.
package enum WaitSteps {
    /// Announces that something has been recorded which sleepers of this process must see.
    @inline(__always)
    package static func bump<Memory: MemoryAccess>(_ memory: Memory, _ event: Word32) throws(Memory.Interrupt) {
        // SYNC POINT: with the load of `event` that begins each preparation to sleep. The record comes first, so whoever
        // has not seen the record has loaded the word before this, and its futex compares false or is woken.
        try memory.increment(event)
        try memory.wake(event)
    }
}

/// Ringing an agent.
package enum DoorbellSteps {
    /// After a store that the agent's data thread must see.
    @inline(__always)
    package static func ring<Memory: MemoryAccess>(
        _ memory: Memory, _ bell: BellWords
    ) throws(Memory.Interrupt) {
        // SYNC POINT: with ``ProcessSegment/arm()`` and the look at the bells after it. The increment is the full fence
        // between what was stored and the load of `armed`.
        try memory.increment(bell.count)
        let armed = try memory.loadOrdered(bell.armed)
        guard armed != 0 else { return }
        // One signal for each sleep is enough here: unlike a futex's wake it stays until the agent takes it, and the agent
        // takes it before it announces the next sleep.
        guard try memory.load(bell.signalled) != armed else { return }
        try memory.signal(bell.descriptor)
        // After the signal: another thread of this process must not rely on one that is not there yet.
        try memory.store(armed, to: bell.signalled)
    }
}
