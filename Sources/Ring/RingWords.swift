/// Where a ring's words lie, and how many slots it has.
package struct RingWords: Hashable, Sendable {
    package let address: UInt
    package let slots: UInt64

    package init(address: UInt, slots: UInt64) {
        self.address = address
        self.slots = slots
    }

    @inline(__always)
    package var published: Word64 { Word64(address: address) + RingLayout.published }
    @inline(__always)
    package var awaited: Word64 { Word64(address: address) + RingLayout.awaited }
    @inline(__always)
    package var final: Word64 { Word64(address: address) + RingLayout.final }

    /// How many lines of the generation table count.
    package var generationCount: Word64 { Word64(address: address) + RingLayout.generationCount }

    /// A line of the generation table.
    package func generation(_ number: UInt32) -> GenerationWords {
        GenerationWords(address: address + UInt(RingLayout.generations) + UInt(number) * UInt(RingLayout.generation))
    }

    @inline(__always)
    package func header(_ slot: UInt64) -> HeaderWords {
        HeaderWords(address: address + UInt(RingLayout.headers) + UInt(slot) * UInt(RingLayout.header))
    }

    /// The slot after this one, without a division.
    @inline(__always)
    func next(_ slot: UInt64) -> UInt64 { slot + 1 == slots ? 0 : slot + 1 }
}

/// The words of one slot's header.
package struct HeaderWords: Hashable, Sendable {
    package let address: UInt

    @inline(__always)
    package init(address: UInt) { self.address = address }

    @inline(__always)
    package var sequence: Word64 { Word64(address: address) }
    @inline(__always)
    package var length: Word64 { Word64(address: address) + 8 }
    /// Generation in the low half, kind in the high one.
    @inline(__always)
    package var form: Word64 { Word64(address: address) + 16 }
}

/// The words of one generation's line.
package struct GenerationWords: Hashable, Sendable {
    package let address: UInt

    package init(address: UInt) { self.address = address }

    package var start: Word64 { Word64(address: address) }
    package var base: Word64 { Word64(address: address) + 8 }
    package var stride: Word64 { Word64(address: address) + 16 }
    package var size: Word64 { Word64(address: address) + 24 }
}

/// What a slot's header says of its value.
package struct ValueHeader: Hashable, Sendable {
    package var sequence: UInt64
    package var slot: UInt64
    package var length: UInt64
    package var generation: UInt32
    package var kind: UInt32

    @inline(__always)
    package init(sequence: UInt64, slot: UInt64, length: UInt64, generation: UInt32, kind: UInt32) {
        self.sequence = sequence
        self.slot = slot
        self.length = length
        self.generation = generation
        self.kind = kind
    }

    @inline(__always)
    var form: UInt64 { UInt64(kind) << 32 | UInt64(generation) }
}

/// What rings an agent's doorbell.
package struct BellWords: Hashable, Sendable {
    /// The counter in this process's segment.
    package var count: Word64
    /// The agent's word: not 0 while it sleeps.
    package var armed: Word64
    /// Of this process alone: the sleep for which the eventfd has been written already.
    package var signalled: Word64
    /// The eventfd.
    package var descriptor: Int32

    package init(count: Word64, armed: Word64, signalled: Word64, descriptor: Int32) {
        self.count = count
        self.armed = armed
        self.signalled = signalled
        self.descriptor = descriptor
    }
}
