internal import CSluice
package import SharedMemory
internal import SluiceModel

/// One line of a ring's generation table.
package struct GenerationLine: Hashable, Sendable {
    package var generation: UInt32 = 0
    /// First sequence that lies in it.
    package var start: UInt64
    /// Where slot 0 lies, bytes from the segment's start.
    package var base: UInt64 = 0
    /// Distance of two slots, and size of the payload, bytes.
    package var stride: UInt64
    package var size: UInt64

    /// - Parameter offset: In a block that others share; nil: in memory of its own, of whole pages.
    init(generation: UInt32 = 0, start: UInt64, slots: Int, slotSize: Int, offset: UInt64? = nil) {
        self.generation = generation
        self.start = start
        let stride = RingLayout.stride(slotSize: slotSize)
        self.stride = UInt64(stride)
        base = offset ?? 0
        size = UInt64(offset == nil ? RingLayout.payloadSize(slots: slots, stride: stride) : slots * stride)
    }

    /// In the model, which knows no sizes.
    package init(generation: UInt32, start: UInt64) {
        self.generation = generation
        self.start = start
        stride = 64
        size = 64
    }
}

// A ring that grows has payload memory of several generations: values keep to the one that they were written to.
extension RingMemory {
    /// Bytes of shared memory that one generation's payload takes.
    package static func payloadCost(slots: Int, slotSize: Int) -> UInt64 {
        UInt64(RingLayout.payloadSize(slots: slots, stride: RingLayout.stride(slotSize: slotSize)))
    }

    /// New payload memory, reserved.
    package static func makePayload(slots: Int, slotSize: Int) throws(SystemCallError) -> Segment {
        try Segment(name: "sluice-payload", size: Int(payloadCost(slots: slots, slotSize: slotSize)))
    }

    /// Maps the payload of one more generation. Before any value lies in it; one that is in use already is left alone.
    package func add(_ payload: PayloadSegment) throws(ForeignMemoryError) {
        guard payload.generation < UInt32(Limits.mostGenerations) else {
            throw .invalid("a ring has no generation \(payload.generation)")
        }
        guard 1...Limits.mostSlotSize ~= payload.slotSize else {
            throw .invalid("slots of \(payload.slotSize) bytes are impossible")
        }
        let line = GenerationLine(
            generation: payload.generation, start: 0, slots: slots, slotSize: payload.slotSize,
            offset: payload.place?.offset)
        let segment = try Self.adopt(payload, line)
        if let known = try generations().first(where: { $0.generation == payload.generation }) {
            guard known.base == line.base, known.stride == line.stride, known.size == line.size else {
                throw .invalid(
                    "generation \(line.generation) has slots of \(known.stride) bytes in \(known.size) at "
                        + "\(known.base), not of \(line.stride) in \(line.size) at \(line.base)")
            }
            guard payloads[payload.generation] == nil else { return }
        }
        guard payload.place != nil else {
            return payloads.add(payload.generation, slotSize: payload.slotSize, try Self.map(segment, isWritable))
        }
        // A plan's block is one trust domain: its workers write some of it and read the rest, at one address.
        let mapping: Mapping
        do throws(SystemCallError) { mapping = try Mapping.shared(segment, writable: true) } catch {
            throw .system(error)
        }
        payloads.add(payload.generation, slotSize: payload.slotSize, mapping, offset: Int(line.base))
    }

    /// What a generation lies in, after a look at whether it is all there.
    private static func adopt(
        _ payload: PayloadSegment, _ line: GenerationLine
    ) throws(ForeignMemoryError) -> Segment {
        guard let place = payload.place else {
            return try adopt(payload.descriptor, size: Int(line.size), minimum: 1)
        }
        let (end, isTooFar) = place.offset.addingReportingOverflow(line.size)
        guard place.offset % UInt64(SLUICE_CACHE_LINE) == 0, !isTooFar, end <= place.blockBytes,
            place.blockBytes <= UInt64(Int.max)
        else {
            throw .invalid("\(line.size) bytes at \(place.offset) are not in a block of \(place.blockBytes)")
        }
        return try adopt(payload.descriptor, size: Int(place.blockBytes), minimum: 1)
    }

    /// Of this process alone; for tests, and for rings within one process.
    package func addLocalPayload(_ generation: UInt32, slotSize: Int) {
        let line = GenerationLine(generation: generation, start: 0, slots: slots, slotSize: slotSize)
        payloads.add(generation, slotSize: slotSize, Mapping(local: Int(line.size)))
    }

    /// Unmaps the payloads of generations below `generation`: nobody here will look at them any more.
    package func dropPayloads(below generation: UInt32) { payloads.drop { $0 < generation } }

    /// Unmaps one that never came into use.
    package func dropPayload(_ generation: UInt32) { payloads.drop { $0 == generation } }

    /// The generations in use, oldest first, as the ring's writer has left them.
    package func generations() throws(ForeignMemoryError) -> [GenerationLine] {
        let memory = HardwareMemory()
        // SYNC POINT: with the store in WriterSteps.move: the lines below the count are complete.
        let count = memory.load(words.generationCount)
        guard 1...UInt64(Limits.mostGenerations) ~= count else {
            throw .invalid("a ring cannot have \(count) generations")
        }
        var lines: [GenerationLine] = []
        for number in 0..<UInt32(count) {
            let place = words.generation(number)
            var line = GenerationLine(generation: number, start: memory.load(place.start))
            line.base = memory.load(place.base)
            line.stride = memory.load(place.stride)
            line.size = memory.load(place.size)
            let (end, isTooLong) = line.stride.multipliedReportingOverflow(by: UInt64(slots))
            // Whether it lies in what came with it is for whoever maps it.
            guard number == 0 || line.base == 0, line.stride > 0, line.stride % UInt64(SLUICE_CACHE_LINE) == 0,
                !isTooLong,
                end <= line.size, line.start >= lines.last?.start ?? 0, number > 0 || line.start == 0,
                number > 0 || line.stride >= UInt64(slotSize)
            else {
                throw .invalid(
                    "generation \(number) from value \(line.start): \(slots) slots of \(line.stride) bytes do not fit "
                        + "\(line.size) bytes")
            }
            lines.append(line)
        }
        return lines
    }

    /// How many generations a control says to be in use; 0 if it cannot be read.
    package static func generationCount(_ control: Descriptor) -> UInt32 {
        guard let segment = try? adopt(control, size: nil, minimum: RingLayout.headers),
            let map = try? Self.map(segment, false)
        else { return 0 }
        let words = RingWords(address: unsafe UInt(bitPattern: map.base), slots: 1)
        return withExtendedLifetime(map) { UInt32(clamping: HardwareMemory().load(words.generationCount)) }
    }

    /// The oldest generation that a cursor may still be in that has released everything below `released`.
    package func oldestGeneration(at released: UInt64) -> UInt32 {
        guard let lines = try? generations() else { return 0 }
        return lines.last { $0.start <= released }?.generation ?? 0
    }
}

/// A look at a ring's control before its payload is known.
enum RingControl {
    static func slotSize(_ descriptor: Descriptor) throws(ForeignMemoryError) -> Int {
        let segment = try RingMemory.adopt(descriptor, size: nil, minimum: RingLayout.headers)
        let map = try RingMemory.map(segment, false)
        let ring = unsafe map.base.assumingMemoryBound(to: sluice_ring.self).pointee
        guard ring.magic == SLUICE_RING_MAGIC else { throw .invalid("this is not a ring's control segment") }
        guard 1...UInt64(Limits.mostSlotSize) ~= ring.slot_size else {
            throw .invalid("slots of \(ring.slot_size) bytes are impossible")
        }
        return Int(ring.slot_size)
    }
}
