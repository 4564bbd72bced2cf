internal import CSluice
internal import Glibc
internal import Ring
internal import SluiceModel
internal import Synchronization

/// A word of this process that threads sleep on, at a stable address as a futex needs.
@safe final class FutexWord: @unchecked Sendable {
    private let atomic: UnsafeMutablePointer<Atomic<UInt32>>

    init() {
        unsafe atomic = .allocate(capacity: 1)
        unsafe atomic.initialize(to: Atomic(0))
    }

    deinit { unsafe atomic.deallocate() }

    /// What the word is for a ``Waiter``.
    var word: Word32 { unsafe Word32(address: UInt(bitPattern: atomic)) }

    func load() -> UInt32 { unsafe atomic.pointee.load(ordering: .acquiring) }

    /// Changes the word and wakes everyone who sleeps on it.
    func bump() {
        // SYNC POINT: with `load`: whoever sees the change sees what was done before it.
        unsafe atomic.pointee.wrappingAdd(1, ordering: .sequentiallyConsistent)
        // Nothing to check: it cannot fail on a mapped word.
        _ = unsafe sluice_futex_wake(address, .max)
    }

    /// Sleeps while the word holds `value`; may return for no reason.
    func sleep(while value: UInt32) { _ = unsafe sluice_futex_wait(address, value, nil) }

    /// The same until a deadline at the latest.
    func sleep(while value: UInt32, until deadline: Deadline) {
        guard deadline != .never else { return sleep(while: value) }
        var time = timespec(
            tv_sec: Int(deadline.nanoseconds / 1_000_000_000), tv_nsec: Int(deadline.nanoseconds % 1_000_000_000))
        _ = unsafe sluice_futex_wait(address, value, &time)
    }

    private var address: UnsafePointer<UInt32> { unsafe UnsafeRawPointer(atomic).assumingMemoryBound(to: UInt32.self) }
}
