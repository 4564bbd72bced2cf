package import Wire

/// One connection of the coordinator's ROUTER socket: what libzmq calls the peer by.
package struct Connection: Hashable, Sendable, CustomStringConvertible {
    package let routingID: [UInt8]

    package init(routingID: [UInt8]) { self.routingID = routingID }

    package var description: String {
        routingID.map { (String($0 >> 4, radix: 16) + String($0 & 15, radix: 16)) }.joined()
    }
}

/// What ``Placement`` is told.
package enum PlacementInput: Hashable, Sendable {
    /// `user` is what CURVE authenticated the peer as; nil without keys.
    case message(NodeMessage, from: Connection, user: String?)
    /// A message could not be sent: nobody is behind that connection any more.
    case unroutable(Connection)
    /// Time has passed.
    case tick
}
