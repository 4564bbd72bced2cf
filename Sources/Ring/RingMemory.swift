internal import CSluice
package import SharedMemory
package import SluiceModel

/// A ring's memory as this process maps it: control, and the payload of each generation.
@safe
package final class RingMemory: Sendable {
    package let channel: ChannelID
    package let slots: Int
    /// Largest value of generation 0, bytes.
    package let slotSize: Int
    package let isWritable: Bool
    private let control: Mapping
    let payloads = PayloadMap()

    private init(control: Mapping, channel: ChannelID, slots: Int, slotSize: Int, isWritable: Bool) {
        self.control = control
        self.channel = channel
        self.slots = slots
        self.slotSize = slotSize
        self.isWritable = isWritable
    }

    var words: RingWords { RingWords(address: unsafe UInt(bitPattern: control.base), slots: UInt64(slots)) }
    var table: GateTable { GateTable(address: words.address) }

    /// Values 0 ..< this may be read.
    package var published: UInt64 { HardwareMemory().load(words.published) }

    /// The gate for which the writer sleeps, or is about to; nil if it does not.
    package var awaitedGate: UInt32? {
        let gate = UInt32(truncatingIfNeeded: HardwareMemory().load(words.awaited))
        return gate == SLUICE_AWAITS_NOBODY || gate == SLUICE_AWAITS_WAIVED ? nil : gate
    }

    /// How many values the ring will ever hold, if its writer has said so.
    package var final: UInt64? {
        let final = HardwareMemory().load(words.final)
        return final == .max ? nil : final
    }

    /// Has the header of a slot brought here.
    @inline(__always)
    func prefetchHeader(_ slot: UInt64) { sluice_prefetch(words.header(slot).address) }

    /// Has it brought here to be written to.
    @inline(__always)
    func prefetchHeaderToWrite(_ slot: UInt64) { sluice_prefetch_to_write(words.header(slot).address) }
}

/// A new ring: its memory here, and the segments whose descriptors others get.
package struct NewRing: Sendable {
    package let memory: RingMemory
    /// Nil if the memory is this process's alone.
    package let control: Segment?
    package let payload: Segment?
}

extension RingMemory {
    /// Bytes of shared memory that a ring takes: what admission must find free.
    package static func byteCost(slots: Int, slotSize: Int) -> UInt64 {
        controlCost(slots: slots) + payloadCost(slots: slots, slotSize: slotSize)
    }

    /// Bytes of it that are there whatever its values.
    package static func controlCost(slots: Int) -> UInt64 { UInt64(RingLayout.controlSize(slots: slots)) }

    /// Makes a ring: all memory reserved, identity filled in, nothing published, no gates.
    ///
    /// - Parameters:
    ///   - slots: 1 ... ``Limits/mostSlots``
    ///   - slotSize: bytes, 1 ... ``Limits/mostSlotSize``
    ///   - isLocal: Memory that no other process can map; for tests and for rings within one process.
    ///   - block: Where the payload lies, which has room for it; nil: in memory of its own.
    package static func create(
        channel: ChannelID, slots: Int, slotSize: Int, isLocal: Bool = false,
        in block: (segment: Segment, offset: UInt64)? = nil
    ) throws(SystemCallError) -> NewRing {
        precondition(1...Limits.mostSlots ~= slots && 1...Limits.mostSlotSize ~= slotSize, "\(slots) × \(slotSize)")
        let controlSize = RingLayout.controlSize(slots: slots)
        let control = isLocal ? nil : try Segment(name: "sluice-control", size: controlSize)
        var payload = block?.segment
        if payload == nil, !isLocal { payload = try makePayload(slots: slots, slotSize: slotSize) }
        let controlMap = if let control { try control.map(writable: true) } else { Mapping(local: controlSize) }

        let ring = unsafe controlMap.base.assumingMemoryBound(to: sluice_ring.self)
        unsafe ring.pointee.version = SLUICE_LAYOUT_VERSION
        unsafe ring.pointee.slots = UInt32(slots)
        unsafe ring.pointee.channel = channel.rawValue
        unsafe ring.pointee.size = UInt64(controlSize)
        unsafe ring.pointee.slot_size = UInt64(slotSize)
        unsafe ring.pointee.final = UInt64.max
        unsafe ring.pointee.next_gate = 1
        let line = GenerationLine(start: 0, slots: slots, slotSize: slotSize, offset: block?.offset)
        if let block {
            precondition(
                block.offset % UInt64(SLUICE_CACHE_LINE) == 0 && line.base + line.size <= UInt64(block.segment.size),
                "\(line) is not in a block of \(block.segment.size) bytes")
        }
        unsafe ring.pointee.generations.0 = sluice_generation(
            start: 0, base: line.base, stride: line.stride, size: line.size)
        unsafe ring.pointee.generation_count = 1
        unsafe ring.pointee.magic = SLUICE_RING_MAGIC

        let memory = RingMemory(
            control: controlMap, channel: channel, slots: slots, slotSize: slotSize, isWritable: true)
        if let block {
            let mapping = try Mapping.shared(block.segment, writable: true)
            memory.payloads.add(0, slotSize: slotSize, mapping, offset: Int(block.offset))
        } else if let payload {
            memory.payloads.add(0, slotSize: slotSize, try payload.map(writable: true))
        } else {
            memory.addLocalPayload(0, slotSize: slotSize)
        }
        return NewRing(memory: memory, control: control, payload: payload)
    }

    /// Maps a ring that another process has made, after checking that what it says of itself is possible.
    ///
    /// - Parameter payloads: Of the generations that may still be read, the newest included.
    package static func attach(
        control: Descriptor, payloads: [PayloadSegment], writable: Bool, channel: ChannelID
    ) throws(ForeignMemoryError) -> RingMemory {
        let controlSegment = try adopt(control, size: nil, minimum: RingLayout.headers)
        let controlMap = try map(controlSegment, writable)
        // Copied once, then checked: its owner could change it in between.
        let ring = unsafe controlMap.base.assumingMemoryBound(to: sluice_ring.self).pointee
        guard ring.magic == SLUICE_RING_MAGIC else { throw .invalid("this is not a ring's control segment") }
        guard ring.version == SLUICE_LAYOUT_VERSION else {
            throw .invalid("the ring's layout is \(ring.version), not \(SLUICE_LAYOUT_VERSION)")
        }
        guard ring.channel == channel.rawValue else { throw .invalid("the ring is not of channel \(channel)") }
        let slots = Int(ring.slots)
        guard 1...Limits.mostSlots ~= slots, ring.size == controlSegment.size,
            RingLayout.controlSize(slots: slots) == controlSegment.size
        else { throw .invalid("the control's \(controlSegment.size) bytes are not those of \(slots) slots") }
        guard 1...UInt64(Limits.mostSlotSize) ~= ring.slot_size else {
            throw .invalid("slots of \(ring.slot_size) bytes are impossible")
        }
        let memory = RingMemory(
            control: controlMap, channel: channel, slots: slots, slotSize: Int(ring.slot_size), isWritable: writable)
        for payload in payloads { try memory.add(payload) }
        guard let newest = try memory.generations().last, memory.payloads[newest.generation] != nil else {
            throw .invalid("its newest generation did not come with it")
        }
        return memory
    }

    /// Maps a ring that has not grown.
    package static func attach(
        control: Descriptor, payload: Descriptor, writable: Bool, channel: ChannelID
    ) throws(ForeignMemoryError) -> RingMemory {
        let slotSize = try RingControl.slotSize(control)
        return try attach(
            control: control,
            payloads: [PayloadSegment(generation: 0, slotSize: slotSize, descriptor: payload)], writable: writable,
            channel: channel)
    }

    /// Lets the stream begin at `sequence` instead of 0: a reader reference that joins one under way. Before it has a
    /// writer or a gate.
    package func begin(at sequence: UInt64) {
        precondition(isWritable && published == 0 && recordedGates().isEmpty, "the ring has begun")
        HardwareMemory().store(sequence, to: words.published)
    }

    /// Places a gate before the ring goes to its writer; the writer finds it in the control.
    ///
    /// - Returns: The gate's number.
    package func addInitialGate(_ request: GateRequest) throws(GateError) -> UInt32 {
        precondition(isWritable && published == 0, "gates of a running ring are its writer's")
        let (gates, next) = table.read()
        var list = GateList(table: table)
        list.gates = gates
        list.nextNumber = next
        guard let number = list.insert(request, floor: 0, cursor: nil, view: nil) else { throw .tooManyGates }
        return number
    }

    /// The gates that the control tells of: to a restarted agent, or to one that looks at a ring whose writer is gone.
    package func recordedGates() -> [RecordedGate] {
        table.read().gates.map { RecordedGate(number: $0.number, request: $0.request, floor: $0.floor) }
    }

    static func adopt(
        _ descriptor: Descriptor, size: Int?, minimum: Int
    ) throws(ForeignMemoryError) -> Segment {
        do throws(SegmentError) { return try Segment(adopting: descriptor, size: size, minimum: minimum) } catch {
            throw .segment(error)
        }
    }

    static func map(_ segment: Segment, _ writable: Bool) throws(ForeignMemoryError) -> Mapping {
        do throws(SystemCallError) { return try segment.map(writable: writable) } catch { throw .system(error) }
    }
}

/// A gate as the control's table has it.
package struct RecordedGate: Hashable, Sendable {
    package let number: UInt32
    package let request: GateRequest
    package let floor: UInt64
}
