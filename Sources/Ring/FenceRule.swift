internal import SharedMemory

/// How one side of a ring keeps its stores in order with its looks at whether the other side sleeps.
///
/// The ordinary way, whoever publishes or releases passes a full fence between the two, with every value. But a side that
/// has not slept for many values may *waive* the other's fences: it says so where it announces its sleeps, and before it
/// sleeps again it announces the sleep and then makes everyone pass a fence, by the kernel (membarrier). Either a store
/// comes before that fence, and the sleeper sees it, or the look behind it finds the sleep announced.
package struct FenceRule: Hashable, Sendable {
    /// This process takes part in shared fences, so its stores may go without one where the other side has waived it.
    package var mayOmit: Bool
    /// After so many values without a sleep this side waives the other's fences. `UInt64.max`: never.
    package var waivesAfter: UInt64

    package init(mayOmit: Bool, waivesAfter: UInt64) {
        self.mayOmit = mayOmit
        self.waivesAfter = waivesAfter
    }

    package static let ordinary = FenceRule(mayOmit: false, waivesAfter: .max)

    /// This process's.
    static var current: FenceRule {
        guard HeavyFence.isShared, WaitSettings.omitsFences else { return .ordinary }
        return FenceRule(mayOmit: true, waivesAfter: WaitSettings.waivesAfter)
    }
}

/// Whether one side has waived the other's fences, and when it may.
package struct Waiver: Hashable, Sendable {
    package private(set) var isGiven = false
    /// Set by a side that must not waive for a while: it is awaited in another way.
    package var isBarred = false
    private let after: UInt64
    /// Where this side last slept.
    private var slept: UInt64

    package init(_ rule: FenceRule, at sequence: UInt64) {
        after = rule.waivesAfter
        slept = sequence
    }

    /// This side is at `sequence` and has not slept: true if it waives the other's fences now.
    @inline(__always)
    mutating func isDue(at sequence: UInt64) -> Bool {
        guard sequence &- slept >= after, !isGiven, !isBarred else { return false }
        isGiven = true
        return true
    }

    /// This side is about to sleep at `sequence`: true if it has a waiver to take back.
    mutating func ends(at sequence: UInt64) -> Bool {
        guard after != .max else { return false }
        slept = sequence
        defer { isGiven = false }
        return isGiven
    }
}
