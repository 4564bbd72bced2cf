internal import CSluice
internal import SharedMemory
internal import SluiceModel
internal import Synchronization

/// Lets one call at a time into an endpoint, and a close from any thread in when no call is inside.
///
/// What a call pays is a store, a load and a load; the thread that closes pays for both sides with a heavy fence. Either
/// the call sees that the endpoint closes, or the closer sees that the call is inside and leaves the closing to it.
@safe struct CallGate: @unchecked Sendable {
    private struct Words: ~Copyable {
        /// 1 while a call, or a loan, is inside.
        let busy = Atomic<UInt32>(0)
        /// 1 from the first close on.
        let closing = Atomic<UInt32>(0)
        /// 1 once somebody has taken the closing upon itself.
        let taken = Atomic<UInt32>(0)
    }

    private let words: UnsafeMutablePointer<Words>
    private let mark: ForkMark
    /// Whether membarrier works here; else both sides use full fences.
    private let isAsymmetric: Bool

    enum Entry { case entered, busy, closed, forked }

    /// Once before the first gate, and the first ring, on the thread that connects.
    static func prepare() {
        _ = HeavyFence.isAvailable
        HeavyFence.takePart()
    }

    init(mark: ForkMark) {
        unsafe words = .allocate(capacity: 1)
        unsafe words.initialize(to: Words())
        self.mark = mark
        isAsymmetric = HeavyFence.isAvailable
    }

    /// After the endpoint's last use.
    func deallocate() {
        unsafe words.deinitialize(count: 1)
        unsafe words.deallocate()
    }

    var isForked: Bool { mark.isForked }
    /// For those who only look: whether a call, or a loan, is inside.
    var isBusy: Bool { unsafe words.pointee.busy.load(ordering: .relaxed) != 0 }
    /// For those inside, and for those who only look.
    var isClosing: Bool { unsafe words.pointee.closing.load(ordering: .acquiring) != 0 }

    /// A call begins. After ``Entry/entered`` and ``Entry/closed`` it ends with ``leave()``.
    @inline(__always)
    func enter() -> Entry {
        if mark.isForked { return .forked }
        if unsafe words.pointee.busy.load(ordering: .relaxed) != 0 { return .busy }
        // SYNC POINT: with the load in `close`, ordered before the load below by the closer's heavy fence.
        unsafe words.pointee.busy.store(1, ordering: .relaxed)
        lightFence()
        return unsafe words.pointee.closing.load(ordering: .acquiring) == 0 ? .entered : .closed
    }

    /// The call is over. True if the endpoint closes and this caller has to do it, once.
    @inline(__always)
    func leave() -> Bool {
        // SYNC POINT: with the load in `close` and in the next `enter`: whoever sees 0 sees what this call did.
        unsafe words.pointee.busy.store(0, ordering: .releasing)
        lightFence()
        guard unsafe words.pointee.closing.load(ordering: .acquiring) != 0 else { return false }
        return takesClosing()
    }

    /// Marks the endpoint as closing; for the first one `announce` then has to wake whoever waits inside.
    ///
    /// - Returns: Whether the caller has to close it; if not, the call inside will, or has.
    func close(announce: () -> Void) -> Bool {
        guard unsafe words.pointee.closing.exchange(1, ordering: .sequentiallyConsistent) == 0 else { return false }
        announce()
        // After it, every call either is seen here or sees `closing`.
        if !isAsymmetric || !sluice_heavy_fence() { atomicMemoryFence(ordering: .sequentiallyConsistent) }
        // SYNC POINT: with the stores in `enter` and `leave`.
        guard unsafe words.pointee.busy.load(ordering: .acquiring) == 0 else { return false }
        return takesClosing()
    }

    @inline(never)
    private func takesClosing() -> Bool {
        unsafe words.pointee.taken.exchange(1, ordering: .acquiringAndReleasing) == 0
    }

    @inline(__always)
    private func lightFence() {
        if isAsymmetric { sluice_light_fence() } else { atomicMemoryFence(ordering: .sequentiallyConsistent) }
    }
}
