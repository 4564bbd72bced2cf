import Ring
import SharedMemory
import SluiceModel
import Wire

/// A ring whose memory this node's agent owns: one that a worker here writes, or a reader reference.
final class LocalRing {
    enum Role {
        /// `endpoint`: the worker's number for its writer.
        case written(ProcessLife, endpoint: UInt32)
        case reference(writerNode: NodeName?)
    }

    let spec: ChannelSpec
    var role: Role
    let memory: RingMemory
    /// Both kinds of descriptors are kept for as long as somebody may still come.
    let control: Segment
    let controlReadOnly: Descriptor
    /// Of the generations that somebody may still read, oldest first.
    var payloads: [HeldPayload]
    var growth: GrowthUnderWay?
    var growthRequests: [GrowthRequest] = []
    /// A reference whose growth came to nothing elsewhere: its data thread is taking it back.
    var isShrinking = false
    /// What it shall have then, bytes.
    var wantedSize: Int?
    /// References, once it is known where the stream begins.
    var writer: RingWriter?
    /// By index in the declared readers: those of this node.
    var places: [Int: ReaderPlace] = [:]
    var destinations: [NodeName: DestinationPlace] = [:]
    /// Gates of a former life of this agent, by the index of their first reader.
    var formerDestinations: [UInt32: UInt32] = [:]
    /// Nodes that asked for the stream before it was known that they read it.
    var wanted: [NodeName: UInt64?] = [:]
    /// Written: how many values there will ever be. Reference: all of them are here.
    var end: ChannelEnd?
    /// Written: the creation has been answered.
    var isOpen = false
    /// Opens that wait until the reference begins.
    var waiting: [() -> Void] = []
    /// After its end: until when declared readers that never came are waited for.
    var lingersUntil: UInt64?
    var isGoing = false

    init(_ spec: ChannelSpec, _ role: Role, _ memory: RingMemory, control: Segment, payloads: [HeldPayload])
        throws(SystemCallError)
    {
        self.spec = spec
        self.role = role
        self.memory = memory
        self.control = control
        self.payloads = payloads
        controlReadOnly = try control.reopenReadOnly().descriptor
    }

    var isReference: Bool { if case .reference = role { true } else { false } }

    var writerLife: ProcessLife? { if case .written(let life, _) = role { life } else { nil } }

    var route: Route { isReference ? .reference : .local }

    /// Nobody has anything more to get from it.
    var isDrained: Bool {
        end != nil && destinations.isEmpty && places.values.allSatisfy { if case .gone = $0 { true } else { false } }
    }
}

/// Where a declared reader of this node stands.
enum ReaderPlace {
    /// Not there yet: a cursor of the agent's holds the ring for it.
    case expected(line: UInt32, gate: UInt32)
    /// Its gate is being put into the list.
    case opening(ProcessLife, line: UInt32)
    case open(ProcessLife, line: UInt32, gate: UInt32)
    /// Closed, dead, or its node has changed.
    case gone
}

struct DestinationPlace {
    var line: UInt32
    /// nil while the writer has not answered.
    var gate: UInt32?
    var isGoing = false
}
