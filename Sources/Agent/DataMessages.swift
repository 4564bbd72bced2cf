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
    case addReference(ChannelSpec, writerNode: NodeName, writer: RingWriter?, slotSize: Int)
    /// `referenceBegins` was answered: the ring stands ready.
    case startReference(ChannelID, RingWriter, slotSize: Int)
    /// A reader's cursor joined or left the reference's gate list.
    case referenceReader(ChannelID, ProcessLife, line: UInt32, isOpen: Bool)
    /// The coordinator knows the end; the writer's node may be gone.
    case endReference(ChannelID, ChannelEnd)
    /// Answered with `referenceRemoved` once nothing of it is in use.
    case removeReference(ChannelID)
    /// Every node with readers shall have slots for so much. Answered with `reserved` or `reserveRefused` for each.
    case reserve(ChannelID, slotSize: Int)
    /// The growth came to nothing.
    case unreserve(ChannelID)
    /// The ring has grown.
    case outgoingGrown(ChannelID, slotSize: Int)
    /// A reference can take values of so many bytes: its writer's node hears of it.
    case referenceGrown(ChannelID, slotSize: Int)
    case referenceRefused(ChannelID, slotSize: Int, SluiceError)
    /// What the reference was offered, and has not used, is taken back. Answered with `referenceShrunk`.
    case shrinkReference(ChannelID)
    case stop
}

struct OutgoingSetup: Sendable {
    var channel: ChannelID
    var memory: RingMemory
    /// What its newest slots hold, bytes.
    var slotSize: Int
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
    /// The node has slots for so much.
    case reserved(ChannelID, NodeName, slotSize: Int)
    case reserveRefused(ChannelID, NodeName, slotSize: Int, SluiceError)
    /// The writer's node wants this reference to have, or no longer to have, slots for so much.
    case reserveWanted(ChannelID, slotSize: Int)
    case unreserveWanted(ChannelID, slotSize: Int)
    /// The reference's writer is in this generation, and will not leave it unasked.
    case referenceShrunk(ChannelID, generation: UInt32)
    /// All values of a generation that is not the newest have landed somewhere.
    case destinationLeftGeneration(ChannelID)
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

    var bytesPassed: UInt64 { bytesSent.current &+ bytesReceived.current }
}
