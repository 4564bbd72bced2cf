internal import Synchronization

/// How long a call may wait. A timeout changes nothing: the same call may simply be made again.
public struct Timeout: Hashable, Sendable, CustomStringConvertible {
    /// Nanoseconds; `nil` waits for ever.
    public let nanoseconds: UInt64?

    private init(_ nanoseconds: UInt64?) { self.nanoseconds = nanoseconds }

    /// A timeout that arrived: exactly these nanoseconds, `nil` for ever.
    package init(nanoseconds: UInt64?) { self.nanoseconds = nanoseconds }

    /// Tries once.
    public static let zero = Timeout(0)
    /// Waits for ever, until the channel ends or the call is cancelled.
    public static let infinite = Timeout(nil)

    /// What a read, a write or a wait that names no timeout is given: ``infinite`` unless it is set.
    ///
    /// One for the whole process; a call that is under way keeps the one that it began with. Sequences of values and
    /// communicators do not ask for it.
    public static var usual: Timeout {
        get { Timeout(nanoseconds: decoded(usualNanoseconds.load(ordering: .relaxed))) }
        set { usualNanoseconds.store(newValue.nanoseconds ?? .max, ordering: .relaxed) }
    }

    /// `UInt64.max` for ever. Nothing else is read by who reads it, so that no order is needed.
    private static let usualNanoseconds = Atomic<UInt64>(.max)

    private static func decoded(_ nanoseconds: UInt64) -> UInt64? { nanoseconds == .max ? nil : nanoseconds }

    public static func seconds(_ n: Double) -> Timeout { .nanoseconds(n * 1e9) }
    public static func milliseconds(_ n: Double) -> Timeout { .nanoseconds(n * 1e6) }
    public static func microseconds(_ n: Double) -> Timeout { .nanoseconds(n * 1e3) }

    /// A duration; what is negative tries once, what exceeds 2⁶³ ns waits for ever.
    public init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = .nanoseconds(Double(seconds) * 1e9 + Double(attoseconds) / 1e9)
    }

    private static func nanoseconds(_ n: Double) -> Timeout {
        guard n < 0x1p63 else { return .infinite }
        return Timeout(n > 0 ? UInt64(n) : 0)
    }

    public var description: String {
        guard let nanoseconds else { return "no limit" }
        switch nanoseconds {
        case 0: return "0 s"
        case ..<1_000_000: return "\(Double(nanoseconds) / 1e3) µs"
        case ..<1_000_000_000: return "\(Double(nanoseconds) / 1e6) ms"
        default: return "\(Double(nanoseconds) / 1e9) s"
        }
    }
}
