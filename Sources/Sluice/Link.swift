internal import SharedMemory
internal import SluiceModel

/// How a worker stands with its agent.
enum Link {
    /// Not connected; the next try is at `retryAt` (monotonic nanoseconds).
    case down(reason: String, retryAt: UInt64)
    /// `hello` is sent; the answer must come before `until`.
    case greeting(UnixConnection, until: UInt64)
    case up(UnixConnection)
    /// For good: closed, or refused by the agent.
    case over(SluiceError)

    var connection: UnixConnection? {
        switch self {
        case .greeting(let connection, _), .up(let connection): connection
        case .down, .over: nil
        }
    }

    var isUp: Bool { if case .up = self { true } else { false } }
    var isOver: Bool { if case .over = self { true } else { false } }
}
