/// How long a wait may spin before it sleeps: as long as that has lately paid.
///
/// A spin that failed halves the next one; below what is worth a try there is none for a number of waits, twice as many
/// each time, and then one try that is long enough to outlast the other side's wake: two sides that both sleep would never
/// find out otherwise that spinning pays. One that paid restores it at once, to four times what was needed.
package struct SpinAllowance: Hashable, Sendable {
    /// A turn of a spin takes about a microsecond. One that took this long has lost the core to somebody else,
    /// nanoseconds.
    package static let stall: UInt64 = 30_000
    /// Who keeps an offered core for so long computes, and has no part in what is waited for: a sleeper would get the core
    /// back at once, a spinner only when that one's slice is over, nanoseconds.
    package static let slice: UInt64 = 1_000_000
    /// What is too short to be worth a try, nanoseconds.
    private static let least: UInt64 = 2_000
    /// The try after a rest: longer than whoever is waited for takes to wake up and answer, nanoseconds.
    private static let trial: UInt64 = 50_000
    /// Sleeps in a row without a spin once spinning has stopped to pay; doubled each time that a new try fails.
    private static let shortRest: UInt32 = 16
    private static let longRest: UInt32 = 1_024

    private let most: UInt64
    private var nanoseconds: UInt64
    private var isTrial = false
    private var resting: UInt32 = 0
    private var rest = Self.shortRest

    /// - Parameter most: The longest spin, nanoseconds: some times a sleep's cost.
    package init(most: UInt64) {
        self.most = most
        nanoseconds = most
    }

    /// How long to spin now, nanoseconds; nil: sleep at once.
    package mutating func next() -> UInt64? {
        guard WaitSettings.canSpin, WaitSettings.spins else { return nil }
        guard resting == 0 else {
            resting -= 1
            return nil
        }
        return nanoseconds
    }

    /// What was waited for came after so long; the last turn, in which others may have had the core, took part of that.
    package mutating func paid(after elapsed: UInt64, turn: UInt64) {
        guard turn < Self.slice else { return failed() }
        nanoseconds = min(most, max(nanoseconds, 4 * elapsed))
        isTrial = false
        rest = Self.shortRest
    }

    /// It did not come in time.
    package mutating func failed() {
        nanoseconds /= 2
        if isTrial || nanoseconds < Self.least { giveUp() }
    }

    /// It does not pay, or somebody needs the core: sleep for a while, then try once.
    package mutating func giveUp() {
        nanoseconds = min(most, Self.trial)
        isTrial = true
        resting = rest
        rest = min(2 * rest, Self.longRest)
    }
}
