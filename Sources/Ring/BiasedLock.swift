internal import CSluice
internal import Glibc
internal import SharedMemory
internal import Synchronization

/// A lock that costs its first user next to nothing until there is a second one.
///
/// The first thread that takes it owns it: its later turns are a store, a load and a store, with no fence. The first turn
/// of another thread ends that for good, with a heavy fence that makes both sides see each other, and from then on it is
/// an ordinary lock. After Kawachiya, Koseki and Onodera, "Lock Reservation" (OOPSLA 2002), with the kernel's membarrier
/// in place of the stopped thread.
@safe
package struct BiasedLock<State: ~Copyable>: ~Copyable, @unchecked Sendable {
    private struct Words: ~Copyable {
        /// The thread that needs no lock; 0 before the first turn.
        let owner = Atomic<UInt>(0)
        /// 1 while the owner has a turn without the lock.
        let inside = Atomic<UInt32>(0)
        /// 1 from the second user on.
        let isRevoked = Atomic<UInt32>(0)
    }

    private let words: UnsafeMutablePointer<Words>
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let state: UnsafeMutablePointer<State>

    package init(_ state: consuming sending State) {
        unsafe words = .allocate(capacity: 1)
        unsafe words.initialize(to: Words())
        // Without the kernel's help the first user cannot be stopped, so there is no such user.
        if !HeavyFence.isAvailable { unsafe words.pointee.isRevoked.store(1, ordering: .relaxed) }
        unsafe mutex = .allocate(capacity: 1)
        unsafe pthread_mutex_init(mutex, nil)
        unsafe self.state = .allocate(capacity: 1)
        unsafe self.state.initialize(to: state)
    }

    deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
        unsafe state.deinitialize(count: 1)
        unsafe state.deallocate()
        unsafe words.deinitialize(count: 1)
        unsafe words.deallocate()
    }

    /// Runs `body` with the state, to this thread alone. Not to be called from within `body`.
    @inline(__always)
    package func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout State) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        if enterAsOwner() {
            // SYNC POINT: with the load in `revoke`: who sees it sees what this turn did.
            defer { unsafe words.pointee.inside.store(0, ordering: .releasing) }
            return try unsafe body(&state.pointee)
        }
        lock()
        defer { unsafe pthread_mutex_unlock(mutex) }
        return try unsafe body(&state.pointee)
    }

    @inline(__always)
    private func enterAsOwner() -> Bool {
        guard unsafe words.pointee.owner.load(ordering: .acquiring) == sluice_thread_pointer() else { return false }
        // SYNC POINT: with the store in `revoke`, whose heavy fence comes between this store and the load below.
        unsafe words.pointee.inside.store(1, ordering: .relaxed)
        sluice_light_fence()
        if unsafe words.pointee.isRevoked.load(ordering: .acquiring) == 0 { return true }
        unsafe words.pointee.inside.store(0, ordering: .releasing)
        return false
    }

    /// Takes the mutex, and makes the lock this thread's own or an ordinary one.
    @inline(never)
    private func lock() {
        unsafe pthread_mutex_lock(mutex)
        guard unsafe words.pointee.isRevoked.load(ordering: .relaxed) == 0 else { return }
        if unsafe words.pointee.owner.load(ordering: .relaxed) == 0 {
            // This turn has the mutex as well: nobody else begins one before it ends.
            unsafe words.pointee.owner.store(sluice_thread_pointer(), ordering: .releasing)
        } else {
            revoke()
        }
    }

    /// After this the owner takes the mutex, too. Holding it, so that a third user waits for the owner as well.
    private func revoke() {
        unsafe words.pointee.isRevoked.store(1, ordering: .sequentiallyConsistent)
        // It was there when the lock was made; a child of a fork has to ask for it again.
        if !sluice_heavy_fence() { _ = sluice_prepare_heavy_fence() && sluice_heavy_fence() }
        // SYNC POINT: with the stores in `enterAsOwner` and `withLock`. The owner's turns are short, and it may only be
        // waiting for this core.
        while unsafe words.pointee.inside.load(ordering: .acquiring) != 0 { sched_yield() }
    }
}
