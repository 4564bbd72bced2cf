/// Every bound of a worker that is neither an option of a call nor a limit of the protocol, with its name.
enum Bounds {
    /// How long an agent may take to answer `hello` when the worker comes back to it, nanoseconds.
    static let handshake: UInt64 = 5_000_000_000
    /// How long one try to come back to the agent may wait for its listener to take the connection, nanoseconds.
    static let connect: UInt64 = 50_000_000
    /// How long past a call's deadline the agent's own answer is awaited, nanoseconds: the agent knows why, the worker
    /// only knows that there was no answer.
    static let answerGrace: UInt64 = 500_000_000
    /// The same for a channel's growth, which a write waits for.
    static let growthGrace: UInt64 = 50_000_000
    /// A write that has waited at least so long for a reader of another node asks who that is, and waits for the answer for
    /// so long at most, nanoseconds.
    static let culpritAnswer: UInt64 = 250_000_000
    static let culpritWorthAsking: UInt64 = 100_000_000
    /// How long closing a worker waits for the agent to acknowledge what was closed, nanoseconds.
    static let farewell: UInt64 = 2_000_000_000
    /// Messages taken from the agent before the control thread looks after its other duties.
    static let messagesPerRound = 64
    /// Events that the diagnostics hook may be told of a peer that breaks the protocol, per connection.
    static let violationsReported: UInt64 = 16
    /// Waits that one waiter thread parks at once: the kernel's 128 words less its event and its own word.
    static let waitsPerThread = 126
    /// Waiter threads of one worker: enough for every endpoint to wait.
    static let waiterThreads = 17
    /// A slice of waiting where the kernel has no `futex_waitv`, nanoseconds.
    static let waitSlice: UInt64 = 20_000_000
    /// Names of a worker's actors in its `hello`, bytes, and what each takes besides.
    static let actorBytes = 128 << 10
    static let actorOverheadBytes = 16
}
