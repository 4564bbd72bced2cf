/// What a channel is: everything that its creator chose.
public struct ChannelSpec: Hashable, Sendable {
    public let id: ChannelID
    public let name: ChannelName
    public let writer: ActorName
    /// In the order given, each actor once.
    public let readers: [ActorName]
    /// Values that may be unread at once, 1 ... ``Limits/mostSlots``.
    public let slots: Int
    /// Bytes of a slot at first, 1 ... ``Limits/mostSlotSize``.
    public let slotSize: Int
    /// Largest value that the channel may ever grow its slots for, bytes, ``slotSize`` ... ``Limits/mostSlotSize``.
    public let largestValue: Int
    /// What its ends have agreed on about its values, for every reader to find; nothing below them looks at it.
    public let declaration: [UInt8]

    /// Checks and takes a description; a reader named twice counts once.
    ///
    /// - Parameter largestValue: As large as a slot if nil: such a channel does not grow.
    /// - Throws: ``SluiceError/Code/invalidArgument`` for no readers, too many, or slots or sizes out of bounds.
    public init(
        id: ChannelID, name: ChannelName, writer: ActorName, readers: [ActorName], slots: Int, slotSize: Int,
        largestValue: Int? = nil, declaration: [UInt8] = []
    ) throws(SluiceError) {
        var seen = Set<ActorName>()
        let unique = readers.filter { seen.insert($0).inserted }
        guard !unique.isEmpty else {
            throw .invalidArgument("channel \(name) has no readers; name at least one actor", channel: name.rawValue)
        }
        try Self.check(unique.count, 1...Limits.mostReaders, "readers", name)
        try Self.check(slots, 1...Limits.mostSlots, "slots", name)
        try Self.check(slotSize, 1...Limits.mostSlotSize, "bytes as its slot size", name)
        let largestValue = largestValue ?? slotSize
        try Self.check(largestValue, slotSize...Limits.mostSlotSize, "bytes as its largest value", name)
        try Self.check(declaration.count, 0...Limits.mostDeclarationBytes, "bytes of declaration", name)
        self.id = id
        self.name = name
        self.writer = writer
        self.readers = unique
        self.slots = slots
        self.slotSize = slotSize
        self.largestValue = largestValue
        self.declaration = declaration
    }

    private static func check(_ value: Int, _ range: ClosedRange<Int>, _ what: String, _ name: ChannelName)
        throws(SluiceError)
    {
        guard range.contains(value) else {
            throw .invalidArgument(
                "channel \(name) asks for \(value) \(what); \(range.lowerBound) to \(range.upperBound) are possible",
                channel: name.rawValue)
        }
    }
}

/// Why a channel has ended.
public enum EndReason: UInt32, Hashable, Sendable {
    /// Its writer closed it.
    case closed = 1
    /// Its writer's process died.
    case writerDied = 2
    /// The writer's node was declared lost.
    case nodeLost = 3
    /// An invariant of its ring was broken by a process that shares it.
    case corrupted = 4
}
