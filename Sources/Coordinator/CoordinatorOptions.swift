public import Logging
public import SluiceModel
package import ZeroMQ

/// What a ``CoordinatorService`` is started with.
public struct CoordinatorOptions: Sendable {
    /// Where agents and `sluice status` reach it, `tcp://HOST:PORT`; port 0 takes a free one.
    public var endpoint = "tcp://127.0.0.1:7070"
    /// The SQLite file that outlives it; nil keeps everything in memory, and a restart knows only what agents report.
    public var store: String?
    /// Silence after which a node is declared lost, by a coordinator that has been up for as long; 1 s to 7 days.
    public var lease: Timeout = .seconds(60)
    /// How often agents say that they are there; at most a third of the lease.
    public var heartbeat: Timeout = .seconds(2)
    /// Its own directory of those that `sluice keygen` makes; nil serves without keys.
    public var keys: String?
    /// Serves beyond this host without keys.
    public var isInsecure = false
    public var logger = Logger(label: "sluice.coordinator")

    /// In place of ``keys``.
    package var keyring: Keyring?

    public init() {}
}

/// The bounds of the shell around ``Placement``.
enum ShellLimits {
    /// Messages taken from the socket before timers are looked at.
    static let mostMessagesPerRound = 256
    /// Messages that wait for one agent that does not read; one more, and it must register again.
    static let mostQueuedMessages: Int32 = 65_536
    /// Messages that wait for the disk; one more, and the coordinator stops itself.
    static let mostHeldMessages = 65_536
    /// Milliseconds for which rows that nobody waits for are gathered into one transaction.
    static let groupMilliseconds = 50
    /// Milliseconds until a transaction that failed is tried again.
    static let retryMilliseconds = 1000
    /// Status answers that are being put together; further callers are refused.
    static let mostStatusAnswers = 8
    /// Bytes of one agent's status report; of a larger one nothing is shown, since to read it takes too long.
    static let mostReportBytes = 4 << 20
    /// Lines a second about peers that break the protocol; the rest is only counted.
    static let mostComplaintsPerSecond = 5
    /// Milliseconds that the socket may go on sending after its end.
    static let lingerMilliseconds: UInt16 = 200
}
