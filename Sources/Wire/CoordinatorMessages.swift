package import SluiceModel

// Agent ↔ coordinator.

/// A message from an agent to the coordinator.
package struct NodeMessage: Hashable, Sendable {
    /// Chosen by the agent for what wants an answer; the coordinator's where this is an answer; else 0.
    package var request: UInt64
    package var body: Body

    package init(request: UInt64 = 0, _ body: Body) {
        self.request = request
        self.body = body
    }

    package enum Body: Hashable, Sendable {
        /// The first message of a connection; nothing but `status` before its answer, `registered` or `refused`.
        ///
        /// Sent again on every new connection, with all that the agent has; what was under way is then asked again.
        /// What a coordinator knew and this does not report may still be claimed for a second: actors by
        /// `registerActor`, channels by `createChannel` with the same specification, anything by registering once more.
        case register(RegisterNode)
        case heartbeat(Heartbeat)
        /// Answer: `actorRegistered` or `failed`.
        case registerActor(ActorName, life: ProcessLife, pid: Int32)
        case actorsLost([ActorIdentity])
        /// Answer: `channelCreated` once every reading node is ready, or `failed`. A retry finds the same channel.
        case createChannel(ChannelSpec, timeout: Timeout)
        /// Creation was given up, or its memory could not be had. Answer: `done`.
        case abandonChannel(ChannelID)
        /// From the writer's node. Answer: `done`.
        case endChannel(ChannelID, ChannelEnd)
        /// From the writer's node: every gate has passed the end, or is gone; the row may go.
        case channelDrained(ChannelID)
        /// Answer: `readerResolved` or `failed`.
        case resolveReader(ChannelName, ActorName, timeout: Timeout)
        /// The reader opened here (`true`), or closed or died (`false`).
        case readerOpen(ChannelID, ActorName, isOpen: Bool)
        /// The reader reference that the desired set asks for exists.
        case referenceReady(ChannelID)
        /// It cannot be made; the error names needed and available.
        case referenceRefused(ChannelID, SluiceError)
        /// Every reader here has read to the end, or is gone; the reference is freed.
        case referenceDrained(ChannelID)
        /// Answer: `status`.
        case status
        /// Answers `statusRequest`: a ``NodeReport`` as JSON.
        case statusReport([UInt8])
        /// Answers `ping`.
        case pong
        /// A ``PlanCall`` of a worker's. Answer: `planAnswer`, or `failed`.
        case planCall([UInt8], timeout: Timeout, life: ProcessLife, pid: Int32)
        /// Nobody waits for that request, a `planCall`, any more.
        case cancelPlanCall(request: UInt64)
        /// The memory of the node's part of a run is there.
        case partReady(RunID)
        /// It cannot be had; the error names needed and available.
        case partRefused(RunID, SluiceError)
        /// The part's memory has been given back.
        case partGone(RunID)
        /// The node leaves in order.
        case leave
    }
}

package struct RegisterNode: Hashable, Sendable {
    package var versions: VersionRange
    package var node: NodeName
    package var life: ProcessLife
    /// What an earlier registration of this life was given, else 0.
    package var incarnation: Incarnation
    /// The highest epoch seen, else 0.
    package var epoch: Epoch
    /// Where other agents reach this one.
    package var controlEndpoint: String
    package var dataEndpoint: String
    /// Z85, 40 characters; empty without keys.
    package var publicKey: String
    package var actors: [ActorReport]
    package var writers: [WriterReport]
    package var references: [ReferenceReport]
    /// Runs whose part is here.
    package var parts: [RunID]
    /// Budget of shared memory, bytes; 0: unknown.
    package var memory: UInt64

    package init(
        versions: VersionRange, node: NodeName, life: ProcessLife, incarnation: Incarnation, epoch: Epoch,
        controlEndpoint: String, dataEndpoint: String, publicKey: String, actors: [ActorReport],
        writers: [WriterReport], references: [ReferenceReport], parts: [RunID] = [], memory: UInt64 = 0
    ) {
        self.versions = versions
        self.node = node
        self.life = life
        self.incarnation = incarnation
        self.epoch = epoch
        self.controlEndpoint = controlEndpoint
        self.dataEndpoint = dataEndpoint
        self.publicKey = publicKey
        self.actors = actors
        self.writers = writers
        self.references = references
        self.parts = parts
        self.memory = memory
    }
}

package struct ActorReport: Hashable, Sendable {
    package var identity: ActorIdentity
    package var life: ProcessLife
    package var pid: Int32

    package init(identity: ActorIdentity, life: ProcessLife, pid: Int32) {
        self.identity = identity
        self.life = life
        self.pid = pid
    }
}

package struct WriterReport: Hashable, Sendable {
    package var spec: ChannelSpec
    package var end: ChannelEnd?
    /// As the last ``DesiredWriter`` had them; empty if none has come. A coordinator without its store knows from this
    /// whom the ring waits for.
    package var readerNodes: [NodeName?]

    package init(spec: ChannelSpec, end: ChannelEnd?, readerNodes: [NodeName?] = []) {
        self.spec = spec
        self.end = end
        self.readerNodes = readerNodes
    }
}

package struct ReferenceReport: Hashable, Sendable {
    package var spec: ChannelSpec
    package var published: UInt64
    /// As the ``DesiredReference`` had it; nil if unknown to this life of the agent.
    package var writerNode: NodeName?

    package init(spec: ChannelSpec, published: UInt64, writerNode: NodeName? = nil) {
        self.spec = spec
        self.published = published
        self.writerNode = writerNode
    }
}

package struct Heartbeat: Hashable, Sendable {
    /// The version of the desired set that this agent has.
    package var desired: UInt64
    /// Peers with a live session: a sign of life for them.
    package var sessions: [NodeName]

    package init(desired: UInt64, sessions: [NodeName]) {
        self.desired = desired
        self.sessions = sessions
    }
}

/// A message from the coordinator to an agent.
package struct CoordinatorMessage: Hashable, Sendable {
    package var request: UInt64
    package var body: Body

    package init(request: UInt64 = 0, _ body: Body) {
        self.request = request
        self.body = body
    }

    package enum Body: Hashable, Sendable {
        case registered(NodeRegistered)
        case refused(SluiceError, VersionRange)
        case actorRegistered(Incarnation)
        /// The reading nodes, in the order of the spec's readers; the writer's own is among them if it has readers.
        case channelCreated(ChannelID)
        case readerResolved(ChannelSpec, writerNode: NodeName)
        case done
        /// With ``SluiceError/Code/coordinatorUnavailable``, also where nothing was asked: this coordinator does not
        /// know the connection; register again.
        case failed(SluiceError)
        case desired(DesiredUpdate)
        /// Answer: `statusReport`.
        case statusRequest
        /// A ``ClusterStatus`` as JSON.
        case status([UInt8])
        /// Are you there? Answer: `pong`, at once, or another agent gets this node's name.
        case ping
        /// A later incarnation has this node's name, or its lease ran out: fail every remote endpoint, then register
        /// with incarnation 0. (`refused` with ``SluiceError/Code/fenced`` says the same.)
        case fenced(SluiceError)
        /// A ``PlanAnswer``.
        case planAnswer([UInt8])
    }
}

package struct NodeRegistered: Hashable, Sendable {
    package var version: UInt32
    package var epoch: Epoch
    package var incarnation: Incarnation
    package var leaseMilliseconds: UInt64
    package var heartbeatMilliseconds: UInt64
    /// The whole desired set: its `base` is 0.
    package var desired: DesiredUpdate

    package init(
        version: UInt32, epoch: Epoch, incarnation: Incarnation, leaseMilliseconds: UInt64,
        heartbeatMilliseconds: UInt64, desired: DesiredUpdate
    ) {
        self.version = version
        self.epoch = epoch
        self.incarnation = incarnation
        self.leaseMilliseconds = leaseMilliseconds
        self.heartbeatMilliseconds = heartbeatMilliseconds
        self.desired = desired
    }
}

/// What an agent shall have, as a change from `base`; with `base` 0, all of it.
package struct DesiredUpdate: Hashable, Sendable {
    package var base: UInt64
    package var version: UInt64
    package var peers: [Peer]
    package var lostPeers: [NodeName]
    package var writers: [DesiredWriter]
    package var removedWriters: [ChannelID]
    package var references: [DesiredReference]
    package var removedReferences: [ChannelID]
    /// Parts of runs that shall be here. A part, once told, does not change. Answer: `partReady` or `partRefused`, each time
    /// that it is told.
    package var parts: [PlanPart]
    /// Runs of an earlier coordinator whose part the agent has reported: to be kept as they are.
    package var keptParts: [RunID]
    /// Answer: `partGone`, once nothing of it is mapped here; also for one that a whole set leaves out.
    package var removedParts: [RunID]

    package init(
        base: UInt64, version: UInt64, peers: [Peer] = [], lostPeers: [NodeName] = [], writers: [DesiredWriter] = [],
        removedWriters: [ChannelID] = [], references: [DesiredReference] = [], removedReferences: [ChannelID] = [],
        parts: [PlanPart] = [], keptParts: [RunID] = [], removedParts: [RunID] = []
    ) {
        self.base = base
        self.version = version
        self.peers = peers
        self.lostPeers = lostPeers
        self.writers = writers
        self.removedWriters = removedWriters
        self.references = references
        self.removedReferences = removedReferences
        self.parts = parts
        self.keptParts = keptParts
        self.removedParts = removedParts
    }
}

/// Another agent.
package struct Peer: Hashable, Sendable {
    package var node: NodeName
    package var incarnation: Incarnation
    package var controlEndpoint: String
    package var dataEndpoint: String
    package var publicKey: String

    package init(
        node: NodeName, incarnation: Incarnation, controlEndpoint: String, dataEndpoint: String, publicKey: String
    ) {
        self.node = node
        self.incarnation = incarnation
        self.controlEndpoint = controlEndpoint
        self.dataEndpoint = dataEndpoint
        self.publicKey = publicKey
    }
}

/// A channel that is written on this node: where its readers are. Sent before the answer to its creation.
package struct DesiredWriter: Hashable, Sendable {
    package var channel: ChannelID
    /// For each declared reader, in the spec's order, its node; nil while its actor is lost.
    package var readerNodes: [NodeName?]
    /// The nodes that the writer's ring must wait for.
    package var destinations: [NodeName]

    package init(channel: ChannelID, readerNodes: [NodeName?], destinations: [NodeName]) {
        self.channel = channel
        self.readerNodes = readerNodes
        self.destinations = destinations
    }
}

/// A reader reference that shall exist on this node.
package struct DesiredReference: Hashable, Sendable {
    package var spec: ChannelSpec
    package var writerNode: NodeName
    /// Indices in the spec's readers of those on this node.
    package var readers: [UInt32]
    /// Set once the channel has ended: the reference goes when its readers are through. Its `final` may be
    /// ``ChannelEnd/whatLanded``. `nodeLost` may follow `closed` or `writerDied`: it counts if not all has landed.
    package var end: ChannelEnd?

    package init(spec: ChannelSpec, writerNode: NodeName, readers: [UInt32], end: ChannelEnd?) {
        self.spec = spec
        self.writerNode = writerNode
        self.readers = readers
        self.end = end
    }
}
