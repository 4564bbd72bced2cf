internal import CSluice
internal import SharedMemory
internal import Glibc
internal import Synchronization

/// How this process waits. Set once at start; both ways of sleeping are tested.
package enum WaitSettings {
    /// Whether waits may spin before they sleep.
    package static var spins: Bool {
        get { spinsFlag.load(ordering: .relaxed) }
        set { spinsFlag.store(newValue, ordering: .relaxed) }
    }
    /// Whether the kernel has futex_waitv; found out at the first use.
    package static var usesWaitv: Bool {
        get { waitvFlag.load(ordering: .relaxed) }
        set { waitvFlag.store(newValue, ordering: .relaxed) }
    }
    private static let spinsFlag = Atomic(true)
    private static let waitvFlag = Atomic(true)

    /// How long a sleep lasts at most where nothing announces its end, nanoseconds.
    package static let sliceNanoseconds: UInt64 = 20_000_000

    /// Spinning never pays where whoever is waited for needs this core.
    static let canSpin = sluice_usable_cores() > 1
}

/// How long one endpoint spins before it sleeps: as long as that has lately paid.
package struct SpinBudget: Hashable, Sendable {
    /// Bounds of one spin, nanoseconds: about a sleep's cost, and what is too short to be worth a try.
    private static let most: UInt64 = 50_000
    private static let least: UInt64 = 2_000
    /// The part of a spin that keeps the core; what follows offers it to others at every turn.
    private static let pausing: UInt64 = 10_000
    /// Sleeps in a row without a spin, once spinning has stopped to pay, before it is tried again.
    private static let rest: UInt32 = 16
    private static let pausesPerTurn = 16

    private var nanoseconds = Self.most
    private var resting: UInt32 = 0

    package init() {}

    /// Spins while `word` holds `value` and `event` does not move. False if neither came in time.
    package mutating func spin(while word: Word32, holds value: UInt32, event: Word32) -> Bool {
        guard WaitSettings.canSpin, WaitSettings.spins else { return false }
        if resting > 0 {
            resting -= 1
            return false
        }
        let start = monotonicNow(), seen = unsafe event.atomic.pointee.load(ordering: .relaxed)
        var elapsed: UInt64 = 0
        while elapsed < nanoseconds {
            for _ in 0..<Self.pausesPerTurn {
                if unsafe word.atomic.pointee.load(ordering: .relaxed) != value { return paid(elapsed) }
                sluice_cpu_relax()
            }
            if unsafe event.atomic.pointee.load(ordering: .relaxed) != seen { return true }
            elapsed = monotonicNow() - start
            if elapsed > Self.pausing { _ = sched_yield() }
        }
        failed()
        return false
    }

    private mutating func paid(_ elapsed: UInt64) -> Bool {
        nanoseconds = min(Self.most, max(nanoseconds, 4 * elapsed))
        return true
    }

    private mutating func failed() {
        nanoseconds /= 2
        if nanoseconds < Self.least {
            nanoseconds = Self.least
            resting = Self.rest
        }
    }
}
