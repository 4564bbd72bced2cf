/// How the values of a channel reach its readers, decided once, when it is created.
public enum ChannelForm: String, Hashable, Sendable, Codable {
    /// By reference: the one reader is the writer's own actor.
    case intraProcess
    /// In one slot of shared memory, on the writer's node and on each that has readers.
    case sharedMemory
    /// In a ring of several slots.
    case bufferedSharedMemory
    /// In a ring for other actors, and by reference for the writer's own.
    case composite

    /// What a channel between these actors is.
    ///
    /// - Parameters:
    ///   - readers: At least one; one that is named twice counts once.
    ///   - slots: Values that may be unread at once.
    public init(writer: String, readers: [String], slots: Int) {
        let hasOthers = readers.contains { $0 != writer }
        self =
            switch (readers.contains(writer), hasOthers) {
            case (true, false): .intraProcess
            case (true, true): .composite
            case (false, _): .shared(slots: slots)
            }
    }

    private static func shared(slots: Int) -> ChannelForm { slots > 1 ? .bufferedSharedMemory : .sharedMemory }

    /// The same channel if its own actor, too, reads values from shared memory.
    public func encoded(slots: Int) -> ChannelForm { .shared(slots: slots) }
}

/// The way from a channel's writer to one of its readers.
public enum ReaderRoute: String, Hashable, Sendable, Codable {
    /// Writer and reader are the same actor: by reference.
    case sameActor
    /// Another actor of the writer's node: in place, from the writer's ring.
    case sameNode
    /// An actor of another node: from that node's reader reference.
    case otherNode

    /// The way to a reader, by who writes and reads, and where.
    public init(writer: String, on writerNode: String, reader: String, on readerNode: String) {
        self = reader == writer ? .sameActor : readerNode == writerNode ? .sameNode : .otherNode
    }
}

extension ChannelSpec {
    /// How its values reach its readers.
    public var form: ChannelForm {
        ChannelForm(writer: writer.rawValue, readers: readers.map(\.rawValue), slots: slots)
    }
}
