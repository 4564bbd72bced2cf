internal import CSluice
package import SharedMemory
package import SluiceModel

/// A ring's memory as this process maps it: control, and the payload of each generation.
@safe
package final class RingMemory: Sendable {
    package let channel: ChannelID
    package let slots: Int
    /// Largest value, bytes.
    package let slotSize: Int
    package let isWritable: Bool
    private let control: Mapping
    let generations: [RingGeneration]

    private init(
        control: Mapping, channel: ChannelID, slots: Int, slotSize: Int, generations: [RingGeneration], isWritable: Bool
    ) {
        self.control = control
        self.channel = channel
        self.slots = slots
        self.slotSize = slotSize
        self.generations = generations
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

    /// Where a value lies; nil if its header does not fit the ring.
    @inline(__always)
    func locate(_ value: ValueHeader) -> UnsafeRawBufferPointer? {
        guard value.generation < generations.count else { return nil }
        return unsafe generations[Int(value.generation)].bytes(slot: value.slot, length: value.length)
    }

    /// Has the first lines of a slot brought here.
    @inline(__always)
    func prefetch(_ slot: UInt64) {
        sluice_prefetch(words.header(slot).address)
        generations[0].prefetch(slot)
    }
}

/// The payload memory of one generation: slots at `base`, `base + stride` …
@safe
struct RingGeneration: @unchecked Sendable {
    /// First sequence that lies in it.
    let start: UInt64
    let stride: UInt64
    /// Keeps it mapped; nil if the ring has no payload.
    private let payload: Mapping?
    private let base: UnsafeMutableRawPointer?

    init(start: UInt64, offset: UInt64, stride: UInt64, payload: Mapping?) {
        self.start = start
        self.stride = stride
        self.payload = payload
        unsafe base = payload.map { unsafe $0.base + Int(offset) }
    }

    @inline(__always)
    func bytes(slot: UInt64, length: UInt64) -> UnsafeRawBufferPointer? {
        guard length <= stride, let base = unsafe base else { return nil }
        return unsafe UnsafeRawBufferPointer(start: base + Int(slot * stride), count: Int(length))
    }

    @inline(__always)
    func prefetch(_ slot: UInt64) { sluice_prefetch(UInt(bitPattern: unsafe base) &+ UInt(slot &* stride)) }

    @inline(__always)
    func mutableBytes(slot: UInt64, length: Int) -> UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(start: base.map { unsafe $0 + Int(slot * stride) }, count: length)
    }
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
        let stride = RingLayout.stride(slotSize: slotSize)
        return UInt64(RingLayout.controlSize(slots: slots) + RingLayout.payloadSize(slots: slots, stride: stride))
    }

    /// Makes a ring: all memory reserved, identity filled in, nothing published, no gates.
    ///
    /// - Parameters:
    ///   - slots: 1 ... ``Limits/mostSlots``
    ///   - slotSize: bytes, 1 ... ``Limits/mostSlotSize``
    ///   - isLocal: Memory that no other process can map; for tests and for rings within one process.
    package static func create(
        channel: ChannelID, slots: Int, slotSize: Int, isLocal: Bool = false
    ) throws(SystemCallError) -> NewRing {
        precondition(1...Limits.mostSlots ~= slots && 1...Limits.mostSlotSize ~= slotSize, "\(slots) × \(slotSize)")
        let stride = RingLayout.stride(slotSize: slotSize)
        let controlSize = RingLayout.controlSize(slots: slots)
        let payloadSize = RingLayout.payloadSize(slots: slots, stride: stride)
        let control = isLocal ? nil : try Segment(name: "sluice-control", size: controlSize)
        let payload = isLocal ? nil : try Segment(name: "sluice-payload", size: payloadSize)
        let controlMap = if let control { try control.map(writable: true) } else { Mapping(local: controlSize) }
        let payloadMap = if let payload { try payload.map(writable: true) } else { Mapping(local: payloadSize) }

        let ring = unsafe controlMap.base.assumingMemoryBound(to: sluice_ring.self)
        unsafe ring.pointee.version = SLUICE_LAYOUT_VERSION
        unsafe ring.pointee.slots = UInt32(slots)
        unsafe ring.pointee.channel = channel.rawValue
        unsafe ring.pointee.size = UInt64(controlSize)
        unsafe ring.pointee.slot_size = UInt64(slotSize)
        unsafe ring.pointee.final = UInt64.max
        unsafe ring.pointee.next_gate = 1
        unsafe ring.pointee.generations.0 = sluice_generation(
            start: 0, base: 0, stride: UInt64(stride), size: UInt64(payloadSize))
        unsafe ring.pointee.generation_count = 1
        unsafe ring.pointee.magic = SLUICE_RING_MAGIC

        let generation = RingGeneration(start: 0, offset: 0, stride: UInt64(stride), payload: payloadMap)
        let memory = RingMemory(
            control: controlMap, channel: channel, slots: slots, slotSize: slotSize, generations: [generation],
            isWritable: true)
        return NewRing(memory: memory, control: control, payload: payload)
    }

    /// Maps a ring that another process has made, after checking that what it says of itself is possible.
    package static func attach(
        control: Descriptor, payload: Descriptor, writable: Bool, channel: ChannelID
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
        guard ring.generation_count == 1 else {
            throw .invalid("the ring has \(ring.generation_count) generations, this build knows one")
        }
        let line = ring.generations.0
        let payloadSegment = try adopt(payload, size: Int(clamping: line.size), minimum: 1)
        let (end, isTooLong) = line.stride.multipliedReportingOverflow(by: UInt64(slots))
        guard line.start == 0, 1...UInt64(Limits.mostSlotSize) ~= ring.slot_size, line.stride >= ring.slot_size,
            line.stride % UInt64(SLUICE_CACHE_LINE) == 0, line.base % UInt64(SLUICE_CACHE_LINE) == 0, !isTooLong,
            line.base <= line.size, end <= line.size - line.base
        else { throw .invalid("\(slots) slots of \(line.stride) bytes at \(line.base) do not fit \(line.size) bytes") }
        let generation = RingGeneration(
            start: line.start, offset: line.base, stride: line.stride, payload: try map(payloadSegment, writable))
        return RingMemory(
            control: controlMap, channel: channel, slots: slots, slotSize: Int(ring.slot_size),
            generations: [generation], isWritable: writable)
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

    private static func adopt(
        _ descriptor: Descriptor, size: Int?, minimum: Int
    ) throws(ForeignMemoryError) -> Segment {
        do throws(SegmentError) { return try Segment(adopting: descriptor, size: size, minimum: minimum) } catch {
            throw .segment(error)
        }
    }

    private static func map(_ segment: Segment, _ writable: Bool) throws(ForeignMemoryError) -> Mapping {
        do throws(SystemCallError) { return try segment.map(writable: writable) } catch { throw .system(error) }
    }
}

/// A gate as the control's table has it.
package struct RecordedGate: Hashable, Sendable {
    package let number: UInt32
    package let request: GateRequest
    package let floor: UInt64
}
