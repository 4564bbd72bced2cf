package import SluiceModel

/// The sending half of the relay for one peer: which value, or which part of one, goes next into the one connection.
///
/// It knows sequences, credit and what lies inside libzmq; it sees no byte and no socket. The shell asks ``next(_:)``,
/// sends, and says so with ``sent(_:)``; it reports with ``freed(_:)`` how many of its messages libzmq has let go of.
/// Streams take turns, a chunk or a batch's worth each, so that a large value never holds up another stream's small one.
package struct Outbox: Sendable {
    package let limits: RelayLimits
    private var streams: [OutgoingStream] = []
    private var vacant: [Int] = []
    /// Streams that may have something to send, each at most once, in the order of their turns.
    @usableFromInline var turns = FIFO<Int>()
    /// What was handed to libzmq and has not been let go of, oldest first: libzmq frees in the order of sending.
    private var handed = FIFO<Handed>()
    /// Payload bytes inside libzmq.
    package private(set) var inFlight = 0
    private var batchesInFlight = 0
    /// Messages inside libzmq.
    package private(set) var messagesInFlight = 0
    /// Streams that could do more if libzmq let go of what it holds of them.
    @usableFromInline var held = 0
    /// Streams whose next value is too large for their receiver, and of which the shell has not been told.
    private var tooLarge: [Int] = []

    package init(limits: RelayLimits = RelayLimits()) { self.limits = limits }

    private struct Handed: Sendable {
        /// nil: a batch, which was copied and holds on to no slot.
        var stream: Int?
        var bytes: Int
    }

    // MARK: Streams

    /// Takes a destination in: nothing is sent before ``open(_:stream:next:mayReach:)``.
    ///
    /// - Parameter floor: the sequence that its cursor stands at.
    package mutating func add(channel: ChannelID, floor: UInt64) -> Int {
        let stream = OutgoingStream(channel: channel, cursor: floor)
        if let index = vacant.popLast() {
            streams[index] = stream
            return index
        }
        streams.append(stream)
        return streams.count - 1
    }

    /// Nothing more of this stream is sent unless it is opened again: so that libzmq comes to hold none of its slots.
    package mutating func close(_ index: Int) { change(index) { $0.isOpen = false } }

    /// Lets a destination go that libzmq holds no slots of: see ``close(_:)`` and ``isReferenced(_:)``. Its index is reused.
    package mutating func remove(_ index: Int) {
        precondition(!streams[index].isReferenced, "stream \(index) still lies inside libzmq")
        streams[index].isRemoved = true
        streams[index].isOpen = false
        if !streams[index].hasTurn { vacant.append(index) }
    }

    /// Whether libzmq still holds slots of this stream: its ring must stay mapped.
    package func isReferenced(_ index: Int) -> Bool { streams[index].isReferenced }

    package func channel(_ index: Int) -> ChannelID { streams[index].channel }

    /// The receiver opened the stream: sending starts over at `next`, at offset 0.
    ///
    /// - Parameter room: Largest value that its slots hold, bytes.
    /// - Returns: false if it asks for values that its cursor has let go of, or beyond what was ever published.
    package mutating func open(_ index: Int, stream: UInt64, next: UInt64, mayReach: UInt64, room: Int) -> Bool {
        guard next >= streams[index].cursor, next <= streams[index].published, mayReach >= next else { return false }
        change(index) { $0.open(stream: stream, next: next, mayReach: mayReach, room: room) }
        schedule(index)
        return true
    }

    /// The connection has ended: nothing is sent until every stream is opened again.
    ///
    /// What libzmq still holds keeps counting: a new session begins only when ``freed(_:_:)`` has told of all of it.
    package mutating func connectionEnded() {
        for index in streams.indices where streams[index].isOpen { close(index) }
    }

    /// Values below `upTo` can be sent.
    package mutating func published(_ index: Int, upTo: UInt64) {
        guard upTo > streams[index].published else { return }
        streams[index].published = upTo
        schedule(index)
    }

    /// The receiver's word about an open stream; stale and impossible ones change nothing.
    ///
    /// - Returns: false if the word is impossible: landed beyond what was sent, or credit taken back.
    package mutating func progress(_ index: Int, landed: UInt64, mayReach: UInt64) -> Bool {
        guard streams[index].isOpen else { return true }
        guard landed <= streams[index].next, landed >= streams[index].landed, mayReach >= streams[index].mayReach else {
            return false
        }
        change(index) { stream in
            stream.landed = landed
            stream.mayReach = mayReach
        }
        schedule(index)
        return true
    }

    /// The receiver's slots have grown, or shrunk to what they were.
    package mutating func reserved(_ index: Int, room: Int) {
        streams[index].room = room
        streams[index].isTooLarge = false
        schedule(index)
    }

    /// Streams that have come to a value that their receivers have no room for, since this was asked last.
    package mutating func takeTooLarge() -> [Int] {
        defer { tooLarge.removeAll() }
        return tooLarge
    }

    /// How far the destination's cursor may move: it has landed there, and libzmq holds no reference to the slot.
    package mutating func takeCursor(_ index: Int) -> UInt64? {
        let cursor = streams[index].releasable
        guard cursor > streams[index].cursor else { return nil }
        change(index) { $0.cursor = cursor }
        return cursor
    }

    /// The number of the stream as its receiver opened it; nil while it is not open.
    package func streamNumber(_ index: Int) -> UInt64? { streams[index].isOpen ? streams[index].stream : nil }

    package func landed(_ index: Int) -> UInt64 { max(streams[index].landed, streams[index].cursor) }

    // MARK: Sending

    /// What to send next.
    package enum Step: Hashable, Sendable {
        /// A whole small value, to be copied into a batch.
        case small(stream: Int, number: UInt64, sequence: UInt64, length: Int)
        /// `length` bytes of a value from `offset` on, sent from its slot; all of it if it is of no length.
        case chunk(stream: Int, number: UInt64, sequence: UInt64, offset: Int, length: Int, valueLength: Int)
    }

    /// The next thing to send, or nil if there is none, or no room for it inside libzmq.
    ///
    /// - Parameter room: with a value, only a small value that fits, entry included, comes: a batch is being filled.
    /// - Parameter lengthOf: the length of a published value of the stream with that index.
    package mutating func next(room: Int? = nil, _ lengthOf: (_ stream: Int, _ sequence: UInt64) -> Int) -> Step? {
        guard inFlight < limits.window else { return nil }
        while let index = turns.first {
            guard streams[index].canSend else {
                endTurn(index)
                continue
            }
            let sequence = streams[index].next
            let length = lengthOf(index, sequence)
            let number = streams[index].stream
            guard length <= streams[index].room else {
                streams[index].isTooLarge = true
                tooLarge.append(index)
                continue
            }
            if length <= limits.smallValue {
                if let room, Self.entryBytes(length) > room { return nil }
                if room == nil, waitsForMore(index, length) { return nil }
                return .small(stream: index, number: number, sequence: sequence, length: length)
            }
            if room != nil { return nil }
            let offset = streams[index].offset
            let part = min(limits.chunk, length - offset)
            return .chunk(
                stream: index, number: number, sequence: sequence, offset: offset, length: part, valueLength: length)
        }
        return nil
    }

    /// Whether to leave small values for a fuller batch: libzmq is still busy with others, so a short one would gain nothing
    /// by going now. The next one to be let go of brings the turn back.
    private func waitsForMore(_ index: Int, _ length: Int) -> Bool {
        guard batchesInFlight >= limits.shortBatches else { return false }
        return streams[index].end - streams[index].next < UInt64(limits.batch / Self.entryBytes(length))
    }

    /// The values that go into one batch from this step on, which must be the last that ``next(room:_:)`` gave.
    ///
    /// - Parameter room: Bytes that the batch has left.
    package func run(from step: Step, room: Int) -> SmallRun? {
        guard case .small(let index, let number, let sequence, _) = step else { return nil }
        return SmallRun(
            stream: index, number: number, next: sequence, end: streams[index].end, room: room,
            turnRoom: limits.chunk - streams[index].turnBytes, largest: min(limits.smallValue, streams[index].room))
    }

    /// What the run has taken went into a batch.
    package mutating func sent(_ run: SmallRun) {
        streams[run.stream].next = run.sequence
        streams[run.stream].turnBytes += run.bytes
        if streams[run.stream].turnBytes >= limits.chunk { rotate(run.stream) }
    }

    /// The step's bytes went into a batch, or into libzmq: move on, and let the next stream have its turn.
    package mutating func sent(_ step: Step) {
        switch step {
        case .small(let index, _, _, let length):
            streams[index].next += 1
            streams[index].turnBytes += Self.entryBytes(length)
            if streams[index].turnBytes >= limits.chunk { rotate(index) }
        case .chunk(let index, _, let sequence, let offset, let length, let valueLength):
            change(index) { $0.handed(sequence) }
            if offset + length == valueLength {
                streams[index].next += 1
                streams[index].offset = 0
            } else {
                streams[index].offset = offset + length
            }
            hand(Handed(stream: index, bytes: length))
            rotate(index)
        }
    }

    /// A batch of so many bytes went into libzmq.
    package mutating func sentBatch(bytes: Int) {
        hand(Handed(stream: nil, bytes: bytes))
        batchesInFlight += 1
    }

    private mutating func hand(_ message: Handed) {
        handed.append(message)
        messagesInFlight += 1
        inFlight += message.bytes
    }

    /// libzmq let go of the `count` oldest messages; `moved` is called with each stream that may have moved its cursor.
    package mutating func freed(_ count: Int, _ moved: (_ stream: Int) -> Void) {
        for _ in 0..<count {
            guard let message = handed.popFirst() else {
                preconditionFailure("libzmq let go of more messages than it was handed")
            }
            messagesInFlight -= 1
            inFlight -= message.bytes
            if let index = message.stream {
                change(index) { $0.letGo() }
                moved(index)
            } else {
                batchesInFlight -= 1
            }
        }
    }

    /// Whether anything waits for libzmq to let go of what it holds: then, and only then, is it worth a signal.
    ///
    /// Asked at every turn, so inlined: a call would copy the outbox, and count a reference for each of its queues.
    @inlinable package var awaitsFreed: Bool { messagesInFlight > 0 && (held > 0 || turns.count > 0) }

    /// Bytes that a small value takes in a batch: entry, payload, padding to 8.
    @inlinable package static func entryBytes(_ length: Int) -> Int { 24 + (length + 7) & ~7 }

    /// Changes a stream, and counts whether libzmq holds it back.
    private mutating func change(_ index: Int, _ body: (inout OutgoingStream) -> Void) {
        held -= streams[index].isHeld ? 1 : 0
        body(&streams[index])
        held += streams[index].isHeld ? 1 : 0
    }

    // MARK: Turns

    private mutating func schedule(_ index: Int) {
        guard streams[index].canSend, !streams[index].hasTurn else { return }
        streams[index].hasTurn = true
        turns.append(index)
    }

    private mutating func rotate(_ index: Int) {
        streams[index].turnBytes = 0
        guard turns.count > 1, turns.first == index, let first = turns.popFirst() else { return }
        turns.append(first)
    }

    private mutating func endTurn(_ index: Int) {
        streams[index].turnBytes = 0
        streams[index].hasTurn = false
        _ = turns.popFirst()
        if streams[index].isRemoved { vacant.append(index) }
    }
}
