/// The agent's bounds, each with its name.
enum AgentLimits {
    /// Messages taken from one socket before the others have their turn.
    static let burst = 64
    /// Bursts taken from the socket of a process that has ended: more than a socket holds.
    static let lastWordsBursts = 32
    /// Bytes of a frame beyond its payload.
    static let mostFrameBytes: Int64 = (2 << 20) + 4096
    /// A dialled peer must have welcomed us after so long, nanoseconds.
    static let handshake: UInt64 = 3_000_000_000
    /// First and longest pause before a peer, or the coordinator, is dialled again, nanoseconds.
    static let firstRetry: UInt64 = 20_000_000
    static let longestRetry: UInt64 = 500_000_000
    /// Between two attempts to open a stream that was refused, nanoseconds.
    static let reopen: UInt64 = 100_000_000
    /// The longest the data thread looks on before it sleeps, nanoseconds: a value's way to another node and back.
    static let longestSpin: UInt64 = 100_000
    /// ZMTP heartbeats between agents, milliseconds: a cut link is noticed after the timeout.
    static let heartbeat: Int32 = 1000
    static let heartbeatTimeout: Int32 = 3000
    /// A worker whose socket has ended may come back within this time, nanoseconds; its process's end is noticed at once.
    static let reconnectGrace: UInt64 = 5_000_000_000
    /// After a restart, workers of the former life have so long to hand back what they hold, nanoseconds.
    static let handBack: UInt64 = 3_000_000_000
    /// A request to a worker is given up after this time, nanoseconds: it is stopped or wedged.
    static let workerAnswer: UInt64 = 10_000_000_000
    /// A growth is given up after this time, nanoseconds, also if the call that wanted it has a shorter timeout: a call
    /// that tries once and comes again finds it done.
    static let growth: UInt64 = 5_000_000_000
    /// The same for a reader reference: the refusal names the reader that has not mapped its memory.
    static let referenceGrowth: UInt64 = 2_000_000_000
    /// How often the coordinator is asked where a channel is for one open, if its ring keeps going away.
    static let mostResolutions = 8
    /// Messages that may wait for a worker that does not read.
    static let mostQueuedMessages = 8192
    /// Memory that is left alone when the machine's or the cgroup's headroom is shared out, bytes.
    static let memoryReserve: UInt64 = 64 << 20
    /// What a reader reference has mapped before the first value arrives, bytes: more than comes in one burst, and little
    /// beside what reserving it takes the control thread.
    static let mappedAhead = 16 << 20
    /// Log lines about dropped frames of one peer: one in so many.
    static let dropLogEvery: UInt64 = 1000
}
