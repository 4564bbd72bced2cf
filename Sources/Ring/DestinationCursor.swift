/// An agent's cursor, for one remote node, in the gate list of a ring of its own node.
///
/// The agent sends values from where they lie and moves the cursor when they have landed. One thread's, the data thread's.
@safe
package final class DestinationCursor {
    package let memory: RingMemory
    package let gate: UInt32
    /// What the agent's segment holds for this cursor.
    package private(set) var released: UInt64
    private let words: ReaderWords
    private let process: ProcessSegment
    /// Where the last value that was looked at lies.
    private var payload: Payload?
    /// The first value of that generation; nil until one has been looked at.
    private var moved: UInt64?
    private var wakes = WakeCount()
    private let mayOmitFence = FenceRule.current.mayOmit

    /// - Parameters:
    ///   - line: In the agent's own segment.
    ///   - first: The first value that is this destination's.
    package init(_ memory: RingMemory, process: ProcessSegment, line: UInt32, gate: UInt32, first: UInt64) {
        self.memory = memory
        self.process = process
        self.gate = gate
        released = first
        let cursor = process.cursor(line)
        // Nobody takes with this cursor, so its stream's end is not looked at.
        words = ReaderWords(ring: memory.words, cursor: cursor, event: process.event, end: cursor.acquired, gate: gate)
        ReaderSteps.begin(HardwareMemory(), words, first: first)
    }

    /// Values below it may be sent.
    package var published: UInt64 { memory.published }

    /// A value in place; valid until ``release(to:)`` has passed it.
    ///
    /// - Parameter sequence: ``released`` ..< ``published``
    package func value(_ sequence: UInt64) throws(RingViolation) -> RingValue {
        var place = payload
        defer { payload = place }
        return try value(sequence, &place)
    }

    private func value(_ sequence: UInt64, _ payload: inout Payload?) throws(RingViolation) -> RingValue {
        let published = published
        let slots = UInt64(memory.slots)
        guard published >= released, published - released <= slots, released..<published ~= sequence else {
            throw .published(published, released: released, next: sequence, slots: slots)
        }
        let slot = sequence % slots
        let header = ReaderSteps.read(HardwareMemory(), words.ring.header(slot), slot)
        guard header.sequence == sequence else { throw .sequence(header.sequence, expected: sequence) }
        if payload?.generation != header.generation { payload = come(to: header, from: payload) }
        guard let bytes = unsafe payload?.bytes(slot: header.slot, length: header.length) else {
            throw .length(header.length, stride: payload?.stride ?? 0, generation: header.generation)
        }
        return unsafe RingValue(sequence: sequence, kind: header.kind, bytes: bytes)
    }

    /// A value of another generation than the one before; a stream that was opened again looks at older ones once more.
    @inline(never)
    private func come(to value: ValueHeader, from former: Payload?) -> Payload? {
        if let former, former.generation < value.generation { moved = value.sequence }
        return memory.payloads[value.generation]
    }

    /// Whether everything below its newest generation has landed, since this was asked last.
    package func hasLeftGeneration() -> Bool {
        guard let first = moved, released >= first else { return false }
        moved = nil
        return true
    }

    /// Goes through the values from `first` up to `end`, until `body` has had enough; each is valid as ``value(_:)`` says.
    package func forEach(
        from first: UInt64, upTo end: UInt64, _ body: (RingValue) -> Bool
    ) throws(RingViolation) {
        var sequence = first
        // In place of the property, which would be guarded for each value.
        var place = payload
        defer { payload = place }
        while sequence < end {
            guard body(try value(sequence, &place)) else { return }
            sequence += 1
        }
    }

    /// Values below `sequence` have landed, and nothing refers to their slots any more.
    package func release(to sequence: UInt64) {
        precondition(sequence >= released, "released goes from \(released) to \(sequence)")
        guard sequence > released else { return }
        released = sequence
        ReaderSteps.tell(HardwareMemory(), words, sequence, &wakes, mayOmitFence: mayOmitFence, nil)
    }

    /// How far the destination has been sent to, for those who watch.
    package func recordSent(_ sequence: UInt64) { HardwareMemory().store(sequence, to: words.cursor.acquired) }
}

/// A value where it lies in its ring.
@safe
package struct RingValue {
    package let sequence: UInt64
    package let kind: UInt32
    package let bytes: UnsafeRawBufferPointer
}
