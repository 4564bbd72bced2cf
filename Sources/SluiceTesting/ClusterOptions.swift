public import SluiceModel

/// How a cluster's coordinator and agents run.
public enum ClusterMode: String, Hashable, Sendable, CaseIterable {
    /// As objects of this process: the quickest to start, but nothing can be killed or paused.
    case inProcess
    /// As processes on ports of this host's loopback.
    case processes
    /// As processes, each node in a network namespace of its own, all joined by a bridge. Needs root, and `ip`.
    case namespaces
}

/// Everything that can be chosen about a cluster.
public struct ClusterOptions: Sendable {
    /// One name per node.
    public var nodes: [String]
    public var mode: ClusterMode
    /// Whether every connection between nodes is authenticated and encrypted, with keys made for this cluster.
    public var keys: Bool
    /// How long a node may be silent before it counts as lost; the coordinator's default if nil.
    public var lease: Duration?
    /// Shared memory that each agent may hand out, bytes; the agent's default if nil.
    public var memory: UInt64?
    /// How long a closed channel waits for a declared reader that never came; the agent's default if nil.
    public var linger: Timeout?
    /// Further arguments for `sluice agent` and `sluice coordinator`; not for ``ClusterMode/inProcess``.
    public var agentArguments: [String]
    public var coordinatorArguments: [String]
    /// Environment of all that the cluster starts, on top of this process's own.
    public var environment: [String: String]
    /// How long a start may take until the service says that it is ready.
    public var readyWithin: Timeout

    /// Options for nodes named `node1`, `node2` …
    public init(nodes: Int, mode: ClusterMode = .processes, keys: Bool = false) {
        self.init(nodes: (0..<max(nodes, 0)).map { "node\($0 + 1)" }, mode: mode, keys: keys)
    }

    public init(nodes: [String], mode: ClusterMode = .processes, keys: Bool = false) {
        self.nodes = nodes
        self.mode = mode
        self.keys = keys
        lease = nil
        memory = nil
        linger = nil
        agentArguments = []
        coordinatorArguments = []
        environment = [:]
        readyWithin = .seconds(20)
    }
}
