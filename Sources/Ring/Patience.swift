internal import CSluice
internal import SharedMemory
internal import Synchronization

/// Lets more gather before it is taken, where more comes.
///
/// A side that has caught up with a stream and looks at the other's counter for every value takes the counter's cache line
/// away each time, and both go at the pace of that. So, finding little, it waits for a moment and looks again. Whether that
/// pays shows at once, in how much has come; where it does not, as in a round trip, one look in many tries it.
package struct Patience: Hashable, Sendable {
    /// One moment, nanoseconds, and how many of them at most.
    private static let moment: UInt64 = 400
    private static let mostMoments = 5
    /// Finding this much, nobody waits for more; and so much must come of a wait for it to have paid.
    private static let worthIt: UInt64 = 8
    /// So much is enough to go on with; a ring that holds less than twice that has no use for this.
    private static let enough: UInt64 = 32
    /// Looks between two tries.
    private static let triesEvery: UInt16 = 256

    private let isUseful: Bool
    private var pays = false
    private var untilTry = Self.triesEvery

    package init(slots: UInt64) { isUseful = slots >= 2 * Self.enough }

    /// Whether to wait, having found so much.
    @inline(__always)
    mutating func isDue(found: UInt64) -> Bool {
        guard isUseful, found < Self.worthIt else { return false }
        if pays { return true }
        untilTry &-= 1
        guard untilTry == 0 else { return false }
        untilTry = Self.triesEvery
        return true
    }

    /// Waits until `word`, a counter, is well beyond `value`, or a few moments.
    @inline(never)
    mutating func letGather(_ word: Word64, beyond value: UInt64) {
        guard WaitSettings.canSpin, WaitSettings.spins else { return }
        var found: UInt64 = 0
        for _ in 0..<Self.mostMoments where found < Self.enough {
            let start = monotonicNow()
            repeat { sluice_cpu_relax() } while monotonicNow() - start < Self.moment
            found = unsafe word.atomic.pointee.load(ordering: .relaxed) &- value
        }
        pays = found >= Self.worthIt
    }
}
