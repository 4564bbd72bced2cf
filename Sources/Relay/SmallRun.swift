/// Small values of one stream that go into a batch one after the other.
///
/// The outbox says where it begins and how far it may go; it is filled without asking it for each value, and told
/// at the end: ``Outbox/sent(_:)-(SmallRun)``.
@frozen package struct SmallRun: Sendable {
    package let stream: Int
    /// The stream's number, as its receiver opened it.
    package let number: UInt64
    /// The value to go next.
    @usableFromInline var next: UInt64
    /// The first that may not go: not published, or without credit.
    package let end: UInt64
    /// Bytes left in the batch, and until another stream has its turn.
    @usableFromInline var room: Int
    @usableFromInline var turnRoom: Int
    @usableFromInline let largest: Int
    /// Bytes taken, entries included.
    @usableFromInline var bytes = 0

    init(stream: Int, number: UInt64, next: UInt64, end: UInt64, room: Int, turnRoom: Int, largest: Int) {
        self.stream = stream
        self.number = number
        self.next = next
        self.end = end
        self.room = room
        self.turnRoom = turnRoom
        self.largest = largest
    }

    /// The sequence of the value that would go next.
    @inlinable package var sequence: UInt64 { next }

    /// Whether the next value, of so many bytes, goes too; then it counts as gone.
    @inlinable package mutating func take(length: Int) -> Bool {
        let entry = Outbox.entryBytes(length)
        guard next < end, length <= largest, entry <= room, turnRoom > 0 else { return false }
        next += 1
        room -= entry
        turnRoom -= entry
        bytes += entry
        return true
    }
}
