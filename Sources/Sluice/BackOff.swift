/// When to try again to reach an agent that is away: soon at first, then ever less often, within named bounds.
struct BackOff {
    /// Nanoseconds before the first try, and the most between two.
    static let first: UInt64 = 10_000_000
    static let longest: UInt64 = 500_000_000

    private var step = BackOff.first

    /// Nanoseconds until the next try.
    mutating func next() -> UInt64 {
        let wait = step
        step = min(step * 2, Self.longest)
        return wait
    }

    mutating func reset() { step = Self.first }
}
