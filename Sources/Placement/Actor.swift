package import SluiceModel

/// What the coordinator knows of one actor.
package struct Actor: Hashable, Sendable {
    package internal(set) var name: ActorName
    package internal(set) var incarnation: Incarnation
    package internal(set) var node: NodeName
    package internal(set) var life: ProcessLife
    package internal(set) var pid: Int32
    package internal(set) var isAlive: Bool
    /// Another process that asks for the name while it is not known whether this one still lives.
    var claimant: Claimant?

    struct Claimant: Hashable, Sendable {
        var caller: Caller
        var node: NodeName
        var life: ProcessLife
        var pid: Int32
    }

    init(_ row: ActorRow) {
        name = row.name
        incarnation = row.incarnation
        node = row.node
        life = row.life
        pid = row.pid
        isAlive = row.isAlive
    }

    var row: ActorRow {
        ActorRow(name: name, incarnation: incarnation, node: node, life: life, pid: pid, isAlive: isAlive)
    }
}
