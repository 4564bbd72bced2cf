/// Everything that `sluice status` shows: the coordinator's view, joined with what each agent answered in time.
public struct ClusterStatus: Codable, Hashable, Sendable {
    public var epoch: UInt64
    public var nodes: [NodeStatus]
    public var actors: [ActorStatus]
    public var channels: [ChannelStatus]

    public init(epoch: UInt64, nodes: [NodeStatus], actors: [ActorStatus], channels: [ChannelStatus]) {
        self.epoch = epoch
        self.nodes = nodes
        self.actors = actors
        self.channels = channels
    }
}

/// One node, as the coordinator sees it and its agent reports it.
public struct NodeStatus: Codable, Hashable, Sendable {
    /// `alive`: answered this request; `silent`: did not, but its lease runs; `lost`: past its lease.
    public enum State: String, Codable, Sendable { case alive, silent, lost }

    public var name: String
    public var incarnation: UInt64
    public var state: State
    /// Since its last message, milliseconds.
    public var silentMilliseconds: UInt64
    public var controlEndpoint: String
    public var dataEndpoint: String
    /// What its agent answered; nil if it did not in time.
    public var agent: AgentFigures?

    public init(
        name: String, incarnation: UInt64, state: State, silentMilliseconds: UInt64, controlEndpoint: String,
        dataEndpoint: String, agent: AgentFigures?
    ) {
        self.name = name
        self.incarnation = incarnation
        self.state = state
        self.silentMilliseconds = silentMilliseconds
        self.controlEndpoint = controlEndpoint
        self.dataEndpoint = dataEndpoint
        self.agent = agent
    }
}

/// What an agent counts.
public struct AgentFigures: Codable, Hashable, Sendable {
    public var pid: Int32
    public var workers: Int
    /// Shared memory handed out, bytes, and the budget that bounds it.
    public var memoryUsed: UInt64
    public var memoryBudget: UInt64
    public var descriptors: Int
    public var mappings: Int
    /// Malformed or oversized frames and messages dropped.
    public var framesDropped: UInt64
    /// Payload bytes sent to, and received from, other agents.
    public var bytesSent: UInt64
    public var bytesReceived: UInt64
    /// Peers with a live session.
    public var sessions: [String]

    public init(
        pid: Int32, workers: Int, memoryUsed: UInt64, memoryBudget: UInt64, descriptors: Int, mappings: Int,
        framesDropped: UInt64, bytesSent: UInt64, bytesReceived: UInt64, sessions: [String]
    ) {
        self.pid = pid
        self.workers = workers
        self.memoryUsed = memoryUsed
        self.memoryBudget = memoryBudget
        self.descriptors = descriptors
        self.mappings = mappings
        self.framesDropped = framesDropped
        self.bytesSent = bytesSent
        self.bytesReceived = bytesReceived
        self.sessions = sessions
    }
}

/// One registered actor.
public struct ActorStatus: Codable, Hashable, Sendable {
    public var name: String
    public var incarnation: UInt64
    public var node: String
    public var pid: Int32
    public var isAlive: Bool

    public init(name: String, incarnation: UInt64, node: String, pid: Int32, isAlive: Bool) {
        self.name = name
        self.incarnation = incarnation
        self.node = node
        self.pid = pid
        self.isAlive = isAlive
    }
}

/// One channel and how far everybody is.
public struct ChannelStatus: Codable, Hashable, Sendable {
    public var id: String
    public var name: String
    public var writer: String
    public var writerNode: String
    public var slots: Int
    /// Of the newest generation, bytes; as created if the writer's node did not answer.
    public var slotSize: Int
    /// How far it may grow, bytes.
    public var largestValue: Int
    /// How often it has grown; nil if the writer's node did not answer.
    public var generation: UInt32?
    public var form: ChannelForm
    /// `creating`, `open`, or why it has ended: `closed`, `writerDied`, `nodeLost`.
    public var state: String
    /// Values published by the writer; nil if its node did not answer.
    public var published: UInt64?
    public var readers: [ReaderStatus]
    /// One for each node with readers that is not the writer's, by the nodes' names; those whose agents answered.
    public var references: [ReferenceStatus] = []

    public init(
        id: String, name: String, writer: String, writerNode: String, slots: Int, slotSize: Int, largestValue: Int,
        generation: UInt32?, form: ChannelForm, state: String, published: UInt64?, readers: [ReaderStatus]
    ) {
        self.id = id
        self.name = name
        self.writer = writer
        self.writerNode = writerNode
        self.slots = slots
        self.slotSize = slotSize
        self.largestValue = largestValue
        self.generation = generation
        self.form = form
        self.state = state
        self.published = published
        self.readers = readers
    }

    /// The readers that hold the writer back: for those on other nodes their reader references have slots besides.
    public var heldBackBy: [ReaderStatus] {
        guard let published else { return [] }
        return readers.filter { reader in
            let rings: UInt64 = reader.route == .otherNode ? 2 : 1
            return reader.isGating && published >= reader.released + UInt64(slots) * rings
        }
    }
}

/// A channel's reader reference on one node: the ring that all readers there read from.
public struct ReferenceStatus: Codable, Hashable, Sendable {
    public var node: String
    /// The agent that owns it, and alone writes it.
    public var agent: Int32
    /// How many readers it has there: those that are open, and those that are expected.
    public var readers: Int
    /// Values that have come to it.
    public var published: UInt64

    public init(node: String, agent: Int32, readers: Int, published: UInt64) {
        self.node = node
        self.agent = agent
        self.readers = readers
        self.published = published
    }
}

/// One declared reader of a channel.
public struct ReaderStatus: Codable, Hashable, Sendable {
    public enum State: String, Codable, Sendable {
        /// Its actor is not registered, or its node did not answer.
        case unknown
        /// Expected: it has not been opened yet.
        case expected
        case open
        /// Closed, or its process died.
        case gone
    }

    public var actor: String
    public var node: String?
    public var pid: Int32?
    public var route: ReaderRoute
    public var state: State
    /// Values taken, and values given back.
    public var acquired: UInt64
    public var released: UInt64
    /// How long it has held the oldest value that it has not given back.
    public var heldMilliseconds: UInt64?

    public init(
        actor: String, node: String?, pid: Int32?, route: ReaderRoute, state: State, acquired: UInt64, released: UInt64,
        heldMilliseconds: UInt64?
    ) {
        self.actor = actor
        self.node = node
        self.pid = pid
        self.route = route
        self.state = state
        self.acquired = acquired
        self.released = released
        self.heldMilliseconds = heldMilliseconds
    }

    /// Whether the channel's writer waits for it.
    public var isGating: Bool { state == .expected || state == .open }
}

/// One agent's answer to the coordinator's status request.
public struct NodeReport: Codable, Hashable, Sendable {
    public var figures: AgentFigures
    /// Rings of this node: those written here, and the reader references.
    public var rings: [RingReport]

    public init(figures: AgentFigures, rings: [RingReport]) {
        self.figures = figures
        self.rings = rings
    }
}

/// One ring as its agent sees it.
public struct RingReport: Codable, Hashable, Sendable {
    /// ``ChannelID/rawValue``
    public var channel: UInt64
    /// Whether this is the node's reader reference rather than the writer's own ring.
    public var isReference: Bool
    public var published: UInt64
    /// Of the newest generation: its number, and bytes of a slot.
    public var generation: UInt32
    public var slotSize: Int
    /// Local readers only.
    public var readers: [ReaderStatus]

    public init(
        channel: UInt64, isReference: Bool, published: UInt64, generation: UInt32, slotSize: Int,
        readers: [ReaderStatus]
    ) {
        self.channel = channel
        self.isReference = isReference
        self.published = published
        self.generation = generation
        self.slotSize = slotSize
        self.readers = readers
    }
}
