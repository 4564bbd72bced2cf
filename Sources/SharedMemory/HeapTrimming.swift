internal import CSluice

/// When a heap that large messages have passed through goes back to what is in use: once they have stopped for a while.
///
/// Trimming waits for nobody but has every arena's lock in turn, and its pages must be faulted in again: so not between
/// two values of a stream, and not in the threads that move them. Whoever asks tells how much has passed; while nothing
/// does, there is nothing to ask for.
package struct HeapTrimming: Sendable {
    /// Traffic has stopped when so little has passed for so long: bytes, nanoseconds.
    package static let little: UInt64 = 1 << 20
    package static let quiet: UInt64 = 500_000_000

    private var seen: UInt64 = 0
    /// When to look again; nil: nothing has passed that would have left something.
    package private(set) var due: UInt64?

    package init() {}

    /// - Parameter passed: Bytes that have gone through the heap since the process began.
    /// - Returns: Whether to ``trim()`` now.
    package mutating func look(passed: UInt64, now: UInt64) -> Bool {
        if passed - seen >= Self.little {
            seen = passed
            due = now + Self.quiet
            return false
        }
        guard let due, now >= due else { return false }
        self.due = nil
        return true
    }

    /// Gives every page of the heap back that holds nothing, in all arenas.
    package static func trim() { sluice_trim_heap() }
}
