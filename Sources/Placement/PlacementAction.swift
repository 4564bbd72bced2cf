package import SluiceModel
package import Wire

/// What ``Placement`` wants done, in this order. What follows a durable row waits until that row is on disk.
package enum PlacementAction: Hashable, Sendable {
    case store(RowChange)
    case send(CoordinatorMessage, to: Connection)
    /// To be joined, encoded and sent to every caller.
    case answerStatus(StatusAnswer)
    case log(Severity, String)

    package enum Severity: Hashable, Sendable { case info, notice, warning }
}

/// A change of one row of the store.
package enum RowChange: Hashable, Sendable {
    case node(NodeRow)
    case removeNode(NodeName)
    /// `isDurable` for a new incarnation, which must never be given out twice.
    case actor(ActorRow, isDurable: Bool)
    case removeActor(ActorName)
    case channel(ChannelRow)
    case removeChannel(ChannelID)

    /// Whether what follows must wait until it is on disk.
    package var isDurable: Bool {
        switch self {
        case .node: true
        case .actor(_, let isDurable): isDurable
        case .removeNode, .removeActor, .channel, .removeChannel: false
        }
    }
}

/// Whoever waits for an answer.
package struct Caller: Hashable, Sendable {
    package var connection: Connection
    package var request: UInt64

    package init(connection: Connection, request: UInt64) {
        self.connection = connection
        self.request = request
    }
}
