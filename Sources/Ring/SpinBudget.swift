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
    /// Whether fences are left out where the other side has waived them, if the kernel helps.
    package static var omitsFences: Bool {
        get { omitsFlag.load(ordering: .relaxed) }
        set { omitsFlag.store(newValue, ordering: .relaxed) }
    }
    /// Values without a sleep after which a side waives the other's fences. Taking a waiver back costs some microseconds:
    /// it is to be rare beside what the waiver saves.
    package static var waivesAfter: UInt64 {
        get { waiverValues.load(ordering: .relaxed) }
        set { waiverValues.store(newValue, ordering: .relaxed) }
    }
    private static let omitsFlag = Atomic(true)
    private static let waiverValues = Atomic<UInt64>(1_024)
    private static let spinsFlag = Atomic(true)
    private static let waitvFlag = Atomic(true)

    /// How long a sleep lasts at most where nothing announces its end, nanoseconds.
    package static let sliceNanoseconds: UInt64 = 20_000_000

    /// Spinning never pays where whoever is waited for needs this core.
    package static let canSpin = sluice_usable_cores() > 1
}

/// One endpoint's spins.
package struct SpinBudget: Hashable, Sendable {
    /// The longest spin, nanoseconds: a value's way to another node and back by an agent that is awake.
    private static let most: UInt64 = 100_000
    /// The part of a spin that keeps the core; what follows offers it to others at every turn.
    private static let pausing: UInt64 = 2_000
    private static let pausesPerTurn = 16
    /// An offer of the core that nobody takes is over sooner, nanoseconds.
    private static let offer: UInt64 = 700

    private var allowance = SpinAllowance(most: Self.most)
    /// Whether what was waited for came while others had this core: whoever makes it may need it, so it is offered at once.
    private var isShared = false

    package init() {}

    /// Spins while `word` holds `value` and `event` does not move. False if neither came in time.
    package mutating func spin(while word: Word32, holds value: UInt32, event: Word32) -> Bool {
        guard let limit = allowance.next() else { return false }
        let start = monotonicNow()
        let seen = unsafe event.atomic.pointee.load(ordering: .relaxed)
        let pauses = isShared ? 1 : Self.pausesPerTurn
        let pausing = isShared ? 0 : Self.pausing
        var turn = start
        while true {
            for pause in 0..<pauses {
                if unsafe word.atomic.pointee.load(ordering: .relaxed) != value {
                    return changed(start, turn, isFirstLook: pause == 0)
                }
                sluice_cpu_relax()
            }
            if unsafe event.atomic.pointee.load(ordering: .relaxed) != seen { return true }
            let now = monotonicNow()
            if now - turn > SpinAllowance.stall {
                allowance.giveUp()
                return false
            }
            if now - start >= limit {
                allowance.failed()
                return false
            }
            turn = now
            if now - start >= pausing { _ = sched_yield() }
        }
    }

    private mutating func changed(_ start: UInt64, _ turn: UInt64, isFirstLook: Bool) -> Bool {
        let now = monotonicNow()
        if turn != start { isShared = isFirstLook && now - turn > Self.offer }
        // Also if others had the core for long: who is runnable needs no wake, which would take it from whoever gives it.
        allowance.paid(after: now - start, turn: now - turn)
        return true
    }
}
