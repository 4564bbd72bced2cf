package import SluiceModel
package import Wire

/// What the coordinator knows of one channel.
package struct Channel: Hashable, Sendable {
    package let spec: ChannelSpec
    package let writerNode: NodeName
    package internal(set) var phase: Phase
    /// In the spec's order.
    package internal(set) var places: [Place]
    /// The reader references that shall exist.
    package internal(set) var references: [NodeName: Reference] = [:]
    /// Nodes whose readers are through to the end, of which the coordinator has not heard yet: there it is over.
    var throughNodes: Set<NodeName> = []
    /// It has ended for every other node, while its writer, on a node that was given up and came back, goes on.
    package internal(set) var isSevered = false
    /// The writer's node has said that every gate has passed the end, or the node is gone.
    package internal(set) var isWriterDrained = false
    /// Order of arrival, which tells older from newer among channels of one name.
    let number: UInt64

    package enum Phase: Hashable, Sendable {
        case creating(Creation)
        case open
        case ended(ChannelEnd)
    }

    /// One declared reader.
    package struct Place: Hashable, Sendable {
        /// nil while its actor is lost.
        package internal(set) var node: NodeName?
        /// The life of the actor that was there while the channel was open: that life reads the channels of a name in
        /// order, a later one begins with the newest.
        var incarnation: Incarnation?
        package internal(set) var isOpen = false
        package internal(set) var hasOpened = false
    }

    package struct Reference: Hashable, Sendable {
        /// Its agent has said that it exists.
        package internal(set) var isReady = false
        /// The writer's ring waits for it. Stays set while an agent restarts: its stream shall resume where it was.
        package internal(set) var isDestination = false
    }

    /// A channel that waits for its readers.
    package struct Creation: Hashable, Sendable {
        var caller: Caller
        /// For the readers' actors to be registered.
        var deadline: Deadline
        /// All actors are there; the references are under way until this.
        var referenceDeadline: Deadline?

        /// What it waits for now.
        var due: Deadline { referenceDeadline ?? deadline }
    }

    init(spec: ChannelSpec, writerNode: NodeName, phase: Phase, number: UInt64) {
        self.spec = spec
        self.writerNode = writerNode
        self.phase = phase
        self.number = number
        places = Array(repeating: Place(), count: spec.readers.count)
    }

    package var isCreating: Bool { if case .creating = phase { true } else { false } }
    package var isOpen: Bool { phase == .open }
    package var end: ChannelEnd? { if case .ended(let end) = phase { end } else { nil } }

    /// Nodes other than the writer's where readers are, in the order of their first.
    package var remoteNodes: [NodeName] {
        var seen: Set<NodeName> = [writerNode]
        return places.compactMap(\.node).filter { seen.insert($0).inserted }
    }

    /// The nodes that the writer's ring waits for, sorted by name.
    package var destinations: [NodeName] {
        guard !isSevered else { return [] }
        return references.filter(\.value.isDestination).map(\.key).sorted()
    }

    /// Indices of the readers placed on `node`.
    func readers(on node: NodeName) -> [UInt32] {
        places.indices.filter { places[$0].node == node }.map { UInt32($0) }
    }

    func index(of actor: ActorName) -> Int? { spec.readers.firstIndex(of: actor) }

    var row: ChannelRow {
        ChannelRow(
            spec: spec, writerNode: writerNode, end: end, isSevered: isSevered, isWriterDrained: isWriterDrained,
            destinations: references.filter(\.value.isDestination).map(\.key).sorted(),
            opened: places.indices.filter { places[$0].hasOpened }.map { UInt32($0) })
    }

    /// What an agent's message spends on it, estimated.
    var bytes: Int {
        96 + spec.name.rawValue.utf8.count + spec.writer.rawValue.utf8.count + writerNode.rawValue.utf8.count
            + spec.declaration.count + spec.readers.reduce(0) { $0 + $1.rawValue.utf8.count + 32 }
    }
}
