import Relay
import Ring
import SluiceModel
import Wire

/// A ring of this node with readers on other nodes.
final class OutgoingChannel {
    let id: ChannelID
    let memory: RingMemory
    let writer: ProcessLife
    let group: Int
    /// What its newest slots hold, and what they are to hold, bytes.
    var slotSize: Int
    var growingTo: Int?
    var end: ChannelEnd?
    var destinations: [NodeName: Destination] = [:]
    /// Opens of nodes that have no gate yet: answered when it is there.
    var waitingOpens: [NodeName: OpenStream] = [:]

    /// What its receivers' slots are to hold.
    var wanted: Int { max(slotSize, growingTo ?? 0) }

    init(_ setup: OutgoingSetup) {
        id = setup.channel
        memory = setup.memory
        slotSize = setup.slotSize
        writer = setup.writer
        group = Int(setup.endpoint) / ProcessView.endpointsPerBell
        end = setup.end
    }
}

/// One remote node among the readers of a ring.
final class Destination {
    unowned let channel: OutgoingChannel
    let cursor: DestinationCursor
    let link: PeerLink
    let index: Int
    /// What its slots hold, as it has said; 0 until then.
    var room = 0
    /// The end was told in the present opening.
    var isEndTold = false
    /// It has everything, and the control thread knows.
    var isDone = false
    var isRemoved = false

    init(_ channel: OutgoingChannel, _ cursor: DestinationCursor, _ link: PeerLink, _ index: Int) {
        self.channel = channel
        self.cursor = cursor
        self.link = link
        self.index = index
    }
}
