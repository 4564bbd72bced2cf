package import SluiceModel
import Wire

/// What the coordinator knows of one node.
package struct Node: Hashable, Sendable {
    package let name: NodeName
    /// 0 for a node that only reports of others have named.
    package internal(set) var life: ProcessLife
    package internal(set) var incarnation: Incarnation
    package internal(set) var standing = NodeStanding.alive
    package internal(set) var controlEndpoint = ""
    package internal(set) var dataEndpoint = ""
    package internal(set) var publicKey = ""
    /// Budget of shared memory, bytes; 0: unknown.
    package internal(set) var memory: UInt64 = 0
    /// Where it registered; nil until it has with this coordinator, and once nobody answers there.
    package internal(set) var connection: Connection?
    /// Its own last message, and the last sign of life, a peer's session included.
    package internal(set) var lastHeard: UInt64
    package internal(set) var lastSign: UInt64

    /// Version of its desired set that was last sent, and the one that its next heartbeat must have reached.
    package internal(set) var version: UInt64 = 0
    var expected: UInt64 = 0
    /// The desired set.
    package internal(set) var writers: Set<ChannelID> = []
    package internal(set) var references: Set<ChannelID> = []
    /// What the desired set takes in a message, estimated.
    package internal(set) var desiredBytes = 0

    /// Living actors here, and every channel written here that has a row.
    package internal(set) var actors: Set<ActorName> = []
    package internal(set) var written: Set<ChannelID> = []
    var challenge: Challenge?
    var unclaimed: Unclaimed?

    init(name: NodeName, now: UInt64) {
        self.name = name
        life = ProcessLife(rawValue: 0)
        incarnation = 0
        lastHeard = now
        lastSign = now
    }

    init(_ row: NodeRow, now: UInt64) {
        self.init(name: row.name, now: now)
        life = row.life
        incarnation = row.incarnation
        standing = row.standing
        controlEndpoint = row.controlEndpoint
        dataEndpoint = row.dataEndpoint
        publicKey = row.publicKey
    }

    var row: NodeRow {
        NodeRow(
            name: name, life: life, incarnation: incarnation, standing: standing, controlEndpoint: controlEndpoint,
            dataEndpoint: dataEndpoint, publicKey: publicKey)
    }

    /// As other agents shall see it; nil if they cannot reach it.
    var peer: Peer? {
        guard standing == .alive, !controlEndpoint.isEmpty else { return nil }
        return Peer(
            node: name, incarnation: incarnation, controlEndpoint: controlEndpoint, dataEndpoint: dataEndpoint,
            publicKey: publicKey)
    }
}

/// Another life asks for a name whose holder has not been given up.
struct Challenge: Hashable, Sendable {
    var registration: RegisterNode
    var caller: Caller
    /// Of the ping that the holder must answer.
    var ping: UInt64
    var deadline: UInt64
}

/// What a node had before it registered again, and has not reported.
struct Unclaimed: Hashable, Sendable {
    var actors: Set<ActorName> = []
    var writers: Set<ChannelID> = []
    var references: Set<ChannelID> = []
    var deadline: UInt64
}
