import SluiceModel
import Wire

/// What one input has touched: only identities, so that what is sent and stored is how things stand at its end.
struct Changes: Sendable {
    struct Desired: Sendable {
        var peers: Set<NodeName> = []
        var writers: Set<ChannelID> = []
        var references: Set<ChannelID> = []
        /// Runs whose part comes or goes.
        var parts: Set<RunID> = []
    }

    var desired: [NodeName: Desired] = [:]
    /// Nodes that get their whole desired set.
    var whole: [NodeName: Whole] = [:]
    var nodeRows: Set<NodeName> = []
    /// Whether the row must be on disk before anyone hears of it.
    var actorRows: [ActorName: Bool] = [:]
    var channelRows: Set<ChannelID> = []
    /// References given up: one that is asked for again before its agent hears of that is still there.
    var released: [ReferenceKey: Channel.Reference] = [:]
    /// Openings to look at again.
    var openings: Set<ChannelName> = []
    /// Status requests and pings: they overtake nothing that matters.
    var actions: [PlacementAction] = []
    /// Answers that an agent needs before its desired set: who its actors are, before what they are to read.
    var introductions: [PlacementAction] = []
    /// In the order in which they were given.
    var answers: [PlacementAction] = []

    struct ReferenceKey: Hashable, Sendable {
        var channel: ChannelID
        var node: NodeName
    }

    enum Whole: Sendable {
        /// The node's set is not the one that was sent.
        case repair
        /// It is the answer to a registration, in this version of the protocol.
        case registered(Caller, version: UInt32)
    }
}

extension Placement {
    mutating func answer(_ body: CoordinatorMessage.Body, to caller: Caller) {
        changes.answers.append(.send(CoordinatorMessage(request: caller.request, body), to: caller.connection))
    }

    /// Tells an agent that an actor of its is registered.
    mutating func introduce(_ incarnation: Incarnation, to caller: Caller) {
        let message = CoordinatorMessage(request: caller.request, .actorRegistered(incarnation))
        changes.introductions.append(.send(message, to: caller.connection))
    }

    mutating func log(_ severity: PlacementAction.Severity, _ text: String) {
        changes.actions.append(.log(severity, text))
    }

    mutating func touchWriter(_ id: ChannelID) {
        guard let channel = channels[id] else { return }
        changes.channelRows.insert(id)
        guard nodes[channel.writerNode]?.writers.contains(id) == true else { return }
        changes.desired[channel.writerNode, default: .init()].writers.insert(id)
    }

    mutating func touchReference(_ id: ChannelID, on node: NodeName) {
        changes.desired[node, default: .init()].references.insert(id)
    }

    mutating func touchActor(_ name: ActorName, isDurable: Bool) {
        changes.actorRows[name, default: false] = changes.actorRows[name, default: false] || isDurable
    }

    /// Tells every other node how `name` stands now.
    mutating func touchPeer(_ name: NodeName) {
        for (other, node) in nodes where other != name && node.connection != nil {
            changes.desired[other, default: .init()].peers.insert(name)
        }
    }

    /// Turns everything touched into actions: rows, then who was registered, then desired sets, then the other answers.
    mutating func flush() -> [PlacementAction] {
        settleOpenings()
        var actions = changes.actions
        actions += rowChanges()
        actions += changes.introductions
        for (name, whole) in changes.whole.sorted(by: { $0.key < $1.key }) {
            changes.desired[name] = nil
            if let action = wholeSet(of: name, whole) { actions.append(action) }
        }
        for (name, touched) in changes.desired.sorted(by: { $0.key < $1.key }) {
            if let action = update(of: name, touched) { actions.append(action) }
        }
        actions += changes.answers
        changes = Changes()
        return actions
    }

    private func rowChanges() -> [PlacementAction] {
        var rows: [PlacementAction] = []
        for name in changes.nodeRows.sorted() {
            rows.append(.store(nodes[name].map { .node($0.row) } ?? .removeNode(name)))
        }
        for (name, isDurable) in changes.actorRows.sorted(by: { $0.key < $1.key }) {
            rows.append(.store(actors[name].map { .actor($0.row, isDurable: isDurable) } ?? .removeActor(name)))
        }
        for id in changes.channelRows.sorted(by: { $0.rawValue < $1.rawValue }) {
            // A channel that is being created is not stored: its creator asks again.
            guard let channel = channels[id] else {
                rows.append(.store(.removeChannel(id)))
                continue
            }
            if !channel.isCreating { rows.append(.store(.channel(channel.row))) }
        }
        return rows
    }
}
