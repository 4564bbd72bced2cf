import SharedMemory
import Synchronization

/// How many of one peer's messages libzmq has let go of. Its free callback, on libzmq's thread, only counts and signals;
/// the data thread alone moves cursors.
@safe final class FreedMessages: @unchecked Sendable {
    private let words: UnsafeMutablePointer<Words>
    /// What the data thread has taken note of.
    private var seen: UInt64 = 0

    fileprivate struct Words: ~Copyable {
        let freed = Atomic<UInt64>(0)
        /// Whether the data thread sleeps and something waits for this.
        let isAwaited = Atomic<Bool>(false)
        let signal: Int32
    }

    init(_ event: EventFD) {
        unsafe words = .allocate(capacity: 1)
        unsafe words.initialize(to: Words(signal: event.descriptor.raw))
    }

    // Only once libzmq holds nothing: the peer's link sees to that.
    deinit {
        unsafe words.deinitialize(count: 1)
        unsafe words.deallocate()
    }

    var hint: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(words) }

    /// Messages let go of since the last call.
    func take() -> Int {
        // SYNC POINT: acquires what libzmq's thread did with the bytes before it let go, with `count` below.
        let now = unsafe words.pointee.freed.load(ordering: .acquiring)
        let new = now - seen
        seen = now
        return Int(new)
    }

    var hasNew: Bool { unsafe words.pointee.freed.load(ordering: .sequentiallyConsistent) != seen }

    func await(_ wanted: Bool) {
        // SYNC POINT: pairs with the load in `count`. After this the data thread looks at `hasNew` once more.
        unsafe words.pointee.isAwaited.store(wanted, ordering: .sequentiallyConsistent)
    }

    /// For slots of a ring: nothing to free.
    static let slotFreed: @convention(c) (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?) -> Void = { _, hint in
        unsafe count(hint)
    }

    /// For a batch's buffer, which was allocated for it.
    static let batchFreed: @convention(c) (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?) -> Void = { data, hint in
        unsafe data?.deallocate()
        unsafe count(hint)
    }

    private static func count(_ hint: UnsafeMutableRawPointer?) {
        guard let words = unsafe hint?.assumingMemoryBound(to: Words.self) else { return }
        let signal = unsafe words.pointee.signal
        unsafe words.pointee.freed.wrappingAdd(1, ordering: .sequentiallyConsistent)
        if unsafe words.pointee.isAwaited.load(ordering: .sequentiallyConsistent) { EventFD.signal(signal) }
    }
}
