package import SluiceModel

/// The seam between the protocol and the memory that it runs on.
///
/// Each step of the ring is written once, over this. In production the accesses are machine instructions and system calls
/// (``HardwareMemory``) and `Interrupt` is `Never`, so that nothing of the seam is left after specialisation. In the
/// model each access may be the last before another thread runs, or before the process dies; that is what `Interrupt` is for.
package protocol MemoryAccess {
    associatedtype Interrupt: Error
    /// Where a writer's gate list lies, with its lock.
    associatedtype Gates

    /// Acquire.
    func load(_ word: Word64) throws(Interrupt) -> UInt64
    func load(_ word: Word32) throws(Interrupt) -> UInt32
    /// Sequentially consistent: not before an earlier ``storeOrdered(_:to:)`` of this thread is visible.
    func loadOrdered(_ word: Word64) throws(Interrupt) -> UInt64
    /// Release.
    func store(_ value: UInt64, to word: Word64) throws(Interrupt)
    /// Sequentially consistent: a store and a full fence.
    func storeOrdered(_ value: UInt64, to word: Word64) throws(Interrupt)
    /// A full fence of this thread alone.
    func fence() throws(Interrupt)
    /// Every thread, of all processes that take part, passes a full fence between two of its instructions.
    func heavyFence() throws(Interrupt)
    /// Adds one: an atomic read-modify-write, and as such a full fence.
    func increment(_ word: Word64) throws(Interrupt)
    func increment(_ word: Word32) throws(Interrupt)
    /// Not atomic: data that `published` and `released` guard.
    func read(_ word: Word64) throws(Interrupt) -> UInt64
    func write(_ value: UInt64, to word: Word64) throws(Interrupt)
    /// Stores the time, to a tick; nothing depends on it.
    func stamp(_ word: Word64) throws(Interrupt)

    /// Wakes every thread that sleeps on the word.
    func wake(_ word: Word32) throws(Interrupt)
    /// Sleeps until one of the point's two words differs from what is expected or is woken, or until the deadline.
    func sleep(_ point: WaitPoint, until deadline: Deadline) throws(Interrupt)
    /// Writes an eventfd.
    func signal(_ descriptor: Int32) throws(Interrupt)

    /// Takes the gate list, for this thread alone until it puts it back.
    func lock(_ gates: Gates) throws(Interrupt) -> GateList
    func unlock(_ gates: Gates, _ list: consuming GateList) throws(Interrupt)

    /// Whether a deadline has passed.
    func hasPassed(_ deadline: Deadline) throws(Interrupt) -> Bool
    /// Spins while `word` holds `value` and `event` does not move; false if that did not end in time.
    func spin(
        _ budget: inout SpinBudget, while word: Word32, holds value: UInt32, event: Word32
    ) throws(Interrupt) -> Bool
    /// Waits for a moment for a counter to get well beyond `value`; nothing depends on it.
    func letGather(_ patience: inout Patience, _ word: Word64, beyond value: UInt64)
    /// A loop starts over and has kept nothing but its `inout` state: here the model may forget how it came about.
    func again() throws(Interrupt)
}

/// Two words to sleep on, with what they held when there was nothing to do.
package struct WaitPoint: Hashable, Sendable {
    /// What is waited for: `published`, or the slowest cursor's `released`; the event word itself if there is no such.
    package var data: Word32
    package var expected: UInt32
    /// This process's event word.
    package var event: Word32
    package var eventExpected: UInt32
    /// Nobody will wake this sleep for its data word: look again after ``WaitSettings/sliceNanoseconds``.
    package var isUnannounced: Bool

    package init(data: Word32, expected: UInt32, event: Word32, eventExpected: UInt32, isUnannounced: Bool) {
        self.data = data
        self.expected = expected
        self.event = event
        self.eventExpected = eventExpected
        self.isUnannounced = isUnannounced
    }
}
