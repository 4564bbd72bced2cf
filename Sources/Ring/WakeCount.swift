/// How often one sleeper has been woken for one sleep.
///
/// Two wakes end a sleep for certain, and more would only cost system calls until the sleeper gets to run. One is not
/// enough: the sleep may have been announced after the store that this wake belongs to, by someone who has seen that store
/// and sleeps for the next. But then the next store comes after the announcement, and with its wake the sleep is over:
/// either the sleeper was asleep, or its futex finds the word changed.
package struct WakeCount: Hashable, Sendable {
    private var sleep: UInt64 = 0
    private var count: UInt8 = 0

    package init() {}

    /// Whether the sleep with this number needs a wake now; counts it.
    @inline(__always)
    mutating func isDue(_ number: UInt64) -> Bool {
        if number != sleep {
            sleep = number
            count = 0
        }
        guard count < 2 else { return false }
        count += 1
        return true
    }
}
