internal import CSluice
internal import Glibc
internal import SharedMemory
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
    /// Bounds of one spin, nanoseconds: some times a sleep's cost, and what is too short to be worth a try.
    private static let most: UInt64 = 50_000
    private static let least: UInt64 = 2_000
    /// The part of a spin that keeps the core; what follows offers it to others at every turn.
    private static let pausing: UInt64 = 10_000
    /// A turn takes about a microsecond. One that took this long has lost the core to somebody else, nanoseconds.
    private static let stall: UInt64 = 30_000
    /// Sleeps in a row without a spin once spinning has stopped to pay; doubled each time that a new try fails.
    private static let shortRest: UInt32 = 16
    private static let longRest: UInt32 = 1_024
    private static let pausesPerTurn = 16

    private var nanoseconds = Self.most
    private var resting: UInt32 = 0
    private var rest = Self.shortRest

    package init() {}

    /// Spins while `word` holds `value` and `event` does not move. False if neither came in time.
    package mutating func spin(while word: Word32, holds value: UInt32, event: Word32) -> Bool {
        guard WaitSettings.canSpin, WaitSettings.spins else { return false }
        if resting > 0 {
            resting -= 1
            return false
        }
        let start = monotonicNow()
        let seen = unsafe event.atomic.pointee.load(ordering: .relaxed)
        var turn = start
        while true {
            for _ in 0..<Self.pausesPerTurn {
                if unsafe word.atomic.pointee.load(ordering: .relaxed) != value { return changed(start, turn) }
                sluice_cpu_relax()
            }
            if unsafe event.atomic.pointee.load(ordering: .relaxed) != seen { return true }
            let now = monotonicNow()
            if now - turn > Self.stall {
                giveUp()
                return false
            }
            if now - start >= nanoseconds {
                nanoseconds /= 2
                if nanoseconds < Self.least { giveUp() }
                return false
            }
            turn = now
            if now - start > Self.pausing { _ = sched_yield() }
        }
    }

    private mutating func changed(_ start: UInt64, _ turn: UInt64) -> Bool {
        let now = monotonicNow()
        // The word has changed while others had the core: a sleep would have left it to them at once.
        if now - turn > Self.stall {
            giveUp()
        } else {
            nanoseconds = min(Self.most, max(nanoseconds, 4 * (now - start)))
            rest = Self.shortRest
        }
        return true
    }

    /// It does not pay: sleep for a while, then try a short one.
    private mutating func giveUp() {
        nanoseconds = Self.least
        resting = rest
        rest = min(2 * rest, Self.longRest)
    }
}
