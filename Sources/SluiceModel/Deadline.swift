/// A point of the monotonic clock, or never. What a ``Timeout`` becomes when a call starts.
package struct Deadline: Hashable, Sendable, Comparable {
    /// CLOCK_MONOTONIC nanoseconds; `UInt64.max` is never.
    package let nanoseconds: UInt64

    package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    package static let never = Deadline(nanoseconds: .max)

    /// The end of a wait that starts at `now` (CLOCK_MONOTONIC nanoseconds).
    package init(_ timeout: Timeout, from now: UInt64) {
        guard let wait = timeout.nanoseconds else {
            self = .never
            return
        }
        let (sum, overflow) = now.addingReportingOverflow(wait)
        self = overflow ? .never : Deadline(nanoseconds: sum)
    }

    package func hasPassed(at now: UInt64) -> Bool { self != .never && now >= nanoseconds }

    /// Nanoseconds left at `now`; `nil` for ever.
    package func remaining(at now: UInt64) -> UInt64? {
        self == .never ? nil : (nanoseconds > now ? nanoseconds - now : 0)
    }

    package static func < (a: Deadline, b: Deadline) -> Bool { a.nanoseconds < b.nanoseconds }
}
