import Ring
import SharedMemory
import SluiceModel
import Wire

/// From the control thread to the data thread.
enum DataCommand: Sendable {
    /// This life's place among the nodes.
    case identity(Incarnation, Epoch)
    case workerJoined(ProcessView, doorbell: EventFD)
    case workerLeft(ProcessLife)
    case peer(Peer)
    case peerLost(NodeName)
    /// A ring written on this node, with readers elsewhere.
    case addOutgoing(OutgoingSetup)
    /// The gate for a destination is in the ring's list, at `first`.
    case addDestination(ChannelID, NodeName, line: UInt32, gate: UInt32, first: UInt64)
    case endOutgoing(ChannelID, ChannelEnd)
    /// Answered with `destinationRemoved` once libzmq holds none of its slots.
    case removeDestination(ChannelID, NodeName)
    case removeOutgoing(ChannelID)
    /// A reader reference that shall be filled from `writerNode`; without a writer it asks where it begins.
    case addReference(ChannelSpec, writerNode: NodeName, writer: RingWriter?)
    /// `referenceBegins` was answered: the ring stands ready.
    case startReference(ChannelID, RingWriter)
    /// A reader's cursor joined or left the reference's gate list.
    case referenceReader(ChannelID, ProcessLife, line: UInt32, isOpen: Bool)
    /// The coordinator knows the end; the writer's node may be gone.
    case endReference(ChannelID, ChannelEnd)
    /// Answered with `referenceRemoved` once nothing of it is in use.
    case removeReference(ChannelID)
    case stop
}

struct OutgoingSetup: Sendable {
    var channel: ChannelID
    var memory: RingMemory
    var writer: ProcessLife
    /// The writer's bell is `endpoint / 64`.
    var endpoint: UInt32
    var end: ChannelEnd?
}

/// From the data thread to the control thread.
enum DataReport: Sendable {
    /// All values up to the channel's end have landed there.
    case destinationDone(ChannelID, NodeName)
    case destinationRemoved(ChannelID, NodeName)
    /// The node wants to receive, and the ring has no gate for it: its agent, or this one, was restarted.
    case destinationWanted(ChannelID, NodeName, next: UInt64?)
    /// Nobody reads there any more.
    case destinationClosed(ChannelID, NodeName)
    /// The stream of this new reference begins at `next`.
    case referenceBegins(ChannelID, next: UInt64)
    /// Every value up to the end is in the reference.
    case referenceEnded(ChannelID, ChannelEnd)
    case referenceRemoved(ChannelID)
    case sessions([NodeName])
    case refusedByPeer(NodeName, SluiceError)
    /// The data thread cannot go on.
    case failed(SluiceError)
}

/// What the data thread counts; read by others for status.
final class DataFigures: Sendable {
    let framesDropped = Counter()
    let bytesSent = Counter()
    let bytesReceived = Counter()
}
