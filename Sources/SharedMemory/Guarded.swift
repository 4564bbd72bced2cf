internal import CSluice
package import Synchronization

/// A state and its lock.
///
/// Not `Synchronization.Mutex`: on Linux that knows its owner by a thread id that it caches, which is the parent's in a
/// forked child; there the first contended unlock traps. A child that connects for itself must be able to rely on this.
@safe
package final class Guarded<State: ~Copyable>: @unchecked Sendable {
    /// 0: free; 1: taken; 2: taken, and somebody may sleep.
    @usableFromInline let word: UnsafeMutablePointer<Atomic<UInt32>>
    @usableFromInline let state: UnsafeMutablePointer<State>

    package init(_ state: consuming sending State) {
        unsafe word = .allocate(capacity: 1)
        unsafe word.initialize(to: Atomic(0))
        unsafe self.state = .allocate(capacity: 1)
        unsafe self.state.initialize(to: state)
    }

    deinit {
        unsafe word.deallocate()
        unsafe state.deinitialize(count: 1)
        unsafe state.deallocate()
    }

    /// Runs `body` with the state, which is its alone meanwhile.
    @inlinable
    package func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout State) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // SYNC POINT: with the exchange below: what the last holder did is seen.
        if unsafe !word.pointee.compareExchange(expected: 0, desired: 1, ordering: .acquiring).exchanged { waitForLock() }
        defer {
            if unsafe word.pointee.exchange(0, ordering: .releasing) == 2 { wakeOne() }
        }
        return unsafe try body(&state.pointee)
    }

    @usableFromInline @inline(never)
    func waitForLock() {
        // Whoever has slept cannot know whether others still do, so it takes the lock as 2.
        while unsafe word.pointee.exchange(2, ordering: .acquiring) != 0 {
            _ = unsafe sluice_futex_wait(address, 2, nil)
        }
    }

    @usableFromInline @inline(never)
    func wakeOne() { _ = unsafe sluice_futex_wake(address, 1) }

    private var address: UnsafePointer<UInt32> { unsafe UnsafeRawPointer(word).assumingMemoryBound(to: UInt32.self) }
}
