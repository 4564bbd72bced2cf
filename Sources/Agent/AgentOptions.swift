public import Logging
public import SluiceModel

/// Everything that a node's agent is told when it starts.
public struct AgentOptions: Sendable {
    /// The node's name: one live agent has it at a time.
    public var node: String
    /// Path of the Unix socket for workers; its directory must exist. Beside it lie a lock and a list of workers.
    public var socket: String
    /// The coordinator, such as `tcp://10.0.0.1:7070`.
    public var coordinator: String
    /// The address that other agents' connections are accepted on.
    public var bind: String
    /// Ports of the control and the data socket; 0 picks a free one.
    public var controlPort: UInt16
    public var dataPort: UInt16
    /// The address that other agents are told; nil: `bind`.
    public var advertise: String?
    /// Budget of shared memory, bytes; nil: what the cgroup and the machine leave.
    public var memory: UInt64?
    /// Directory of `sluice keygen`; nil: no encryption, no authentication.
    public var keys: String?
    /// Allow a bind beyond loopback without keys.
    public var insecure: Bool
    /// How long a closed channel waits for a declared reader that never came.
    public var linger: Timeout
    /// Whether the process is this agent's alone: then it also lets go of pages of code that it has done with.
    public var ownsProcess: Bool
    /// Threads of libzmq.
    public var ioThreads: Int
    public var logger: Logger

    public init(node: String, socket: String, coordinator: String) {
        self.node = node
        self.socket = socket
        self.coordinator = coordinator
        bind = "127.0.0.1"
        controlPort = 0
        dataPort = 0
        linger = .seconds(60)
        insecure = false
        ownsProcess = false
        ioThreads = 1
        logger = Logger(label: "sluice.agent")
    }
}
