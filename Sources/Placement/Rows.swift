package import SluiceModel
package import Wire

/// Everything that outlives a coordinator.
package struct StoredRows: Hashable, Sendable {
    package var nodes: [NodeRow]
    package var actors: [ActorRow]
    package var channels: [ChannelRow]

    package init(nodes: [NodeRow] = [], actors: [ActorRow] = [], channels: [ChannelRow] = []) {
        self.nodes = nodes
        self.actors = actors
        self.channels = channels
    }
}

package struct NodeRow: Hashable, Sendable {
    package var name: NodeName
    package var life: ProcessLife
    package var incarnation: Incarnation
    package var standing: NodeStanding
    package var controlEndpoint: String
    package var dataEndpoint: String
    package var publicKey: String

    package init(
        name: NodeName, life: ProcessLife, incarnation: Incarnation, standing: NodeStanding, controlEndpoint: String,
        dataEndpoint: String, publicKey: String
    ) {
        self.name = name
        self.life = life
        self.incarnation = incarnation
        self.standing = standing
        self.controlEndpoint = controlEndpoint
        self.dataEndpoint = dataEndpoint
        self.publicKey = publicKey
    }
}

/// Whether a node's latest incarnation counts as running.
package enum NodeStanding: UInt32, Hashable, Sendable {
    case alive = 1
    /// Its lease ran out.
    case lost = 2
    /// It left in order.
    case left = 3
}

package struct ActorRow: Hashable, Sendable {
    package var name: ActorName
    package var incarnation: Incarnation
    package var node: NodeName
    package var life: ProcessLife
    package var pid: Int32
    package var isAlive: Bool

    package init(
        name: ActorName, incarnation: Incarnation, node: NodeName, life: ProcessLife, pid: Int32, isAlive: Bool
    ) {
        self.name = name
        self.incarnation = incarnation
        self.node = node
        self.life = life
        self.pid = pid
        self.isAlive = isAlive
    }
}

package struct ChannelRow: Hashable, Sendable {
    package var spec: ChannelSpec
    package var writerNode: NodeName
    package var end: ChannelEnd?
    package var isSevered: Bool
    package var isWriterDrained: Bool
    /// The nodes with a reader reference that the writer's ring waits for.
    package var destinations: [NodeName]
    /// Indices of the readers that have opened it.
    package var opened: [UInt32]

    package init(
        spec: ChannelSpec, writerNode: NodeName, end: ChannelEnd?, isSevered: Bool, isWriterDrained: Bool,
        destinations: [NodeName], opened: [UInt32]
    ) {
        self.spec = spec
        self.writerNode = writerNode
        self.end = end
        self.isSevered = isSevered
        self.isWriterDrained = isWriterDrained
        self.destinations = destinations
        self.opened = opened
    }
}
