internal import CSluice
internal import Synchronization

/// How long an actor's kernels take, for the planner.
final class ActorProfile: Sendable {
    private let firings = Atomic<UInt64>(0)
    private let nanoseconds = Atomic<UInt64>(0)

    init() {}

    func begin() -> UInt64 { sluice_monotonic_ns() }

    func end(_ began: UInt64) {
        firings.wrappingAdd(1, ordering: .relaxed)
        nanoseconds.wrappingAdd(sluice_monotonic_ns() &- began, ordering: .relaxed)
    }

    /// Of one firing, nanoseconds; nil before the first.
    var mean: UInt64? {
        let count = firings.load(ordering: .relaxed)
        return count == 0 ? nil : nanoseconds.load(ordering: .relaxed) / count
    }
}
