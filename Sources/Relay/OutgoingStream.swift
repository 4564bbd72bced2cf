import SluiceModel

/// One channel on its way to one remote node.
struct OutgoingStream: Sendable {
    let channel: ChannelID
    /// What the destination's cursor has released: the ring may reuse the slots below.
    var cursor: UInt64
    /// Values below are in the ring.
    var published: UInt64
    var isOpen = false
    var isRemoved = false
    /// Whether it stands in the queue of turns.
    var hasTurn = false
    /// Batched bytes of the present turn.
    var turnBytes = 0

    /// The number that the receiver gave this opening.
    var stream: UInt64 = 0
    /// The value to send next, and how much of it has been sent.
    var next: UInt64
    var offset = 0
    var landed: UInt64
    var mayReach: UInt64 = 0
    /// Largest value that the receiver's slots have room for, bytes.
    var room = 0
    /// The next value has more: nothing is sent until the receiver has made room.
    var isTooLarge = false
    /// The sequence of each chunk inside libzmq, oldest first; rising within one opening.
    private var references = FIFO<UInt64>()
    /// How many of them, the oldest, belong to earlier openings.
    private var earlierReferences = 0

    init(channel: ChannelID, cursor: UInt64) {
        self.channel = channel
        self.cursor = cursor
        published = cursor
        next = cursor
        landed = cursor
    }

    /// The first value that may not go: not published, or without credit.
    var end: UInt64 { min(published, mayReach) }
    var canSend: Bool { isOpen && !isTooLarge && next < end }
    var isReferenced: Bool { references.count > 0 }

    /// Landed there, and no longer referenced here.
    var releasable: UInt64 {
        // A stream that is opened again within a session starts over at a lower value: behind the older, higher
        // references may stand lower ones, so the first is the lowest only once the older ones are gone.
        earlierReferences > 0 ? cursor : min(landed, references.first ?? landed)
    }

    /// Whether its cursor, or its end, waits for libzmq to let go of slots.
    var isHeld: Bool { isReferenced && (!isOpen || releasable < landed) }

    mutating func open(stream: UInt64, next: UInt64, mayReach: UInt64, room: Int) {
        isOpen = true
        self.room = room
        isTooLarge = false
        self.stream = stream
        self.next = next
        offset = 0
        landed = next
        self.mayReach = mayReach
        earlierReferences = references.count
    }

    mutating func handed(_ sequence: UInt64) { references.append(sequence) }
    mutating func letGo() {
        _ = references.popFirst()
        earlierReferences = max(0, earlierReferences - 1)
    }
}
