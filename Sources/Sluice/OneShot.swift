internal import CSluice
internal import Synchronization

/// A bell that is rung once and stays rung: what a blocked caller sleeps on.
@safe final class OneShot: Sendable {
    /// At a stable address, as a futex needs.
    private let word: UnsafeMutablePointer<Atomic<UInt32>>

    init() {
        unsafe word = .allocate(capacity: 1)
        unsafe word.initialize(to: Atomic(0))
    }

    deinit { unsafe word.deallocate() }

    func ring() {
        // SYNC POINT: pairs with the load in `wait`; the ringer's stores are seen by whoever saw the bell.
        unsafe word.pointee.store(1, ordering: .releasing)
        _ = unsafe sluice_futex_wake(UnsafeRawPointer(word).assumingMemoryBound(to: UInt32.self), .max)
    }

    /// Blocks until the bell has been rung.
    func wait() {
        // SYNC POINT: pairs with the store in `ring`.
        while unsafe word.pointee.load(ordering: .acquiring) == 0 {
            // Any return (woken, interrupted, already rung) leads back to the load.
            _ = unsafe sluice_futex_wait(UnsafeRawPointer(word).assumingMemoryBound(to: UInt32.self), 0, nil)
        }
    }
}
