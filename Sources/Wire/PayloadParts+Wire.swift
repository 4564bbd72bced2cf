internal import CSluiceProtos
internal import SluiceModel

extension PayloadSpec: @unsafe WireValue {
    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__PayloadSpec> {
        let c = unsafe arena.new(sluice__payload_spec__init)
        unsafe c.pointee.generation = generation
        unsafe c.pointee.slot_size = UInt64(slotSize)
        unsafe c.pointee.offset = place?.offset ?? 0
        unsafe c.pointee.block_bytes = place?.blockBytes ?? 0
        unsafe c.pointee.run = place?.run.rawValue ?? 0
        return unsafe c
    }

    init(_ c: Sluice__PayloadSpec) throws(FieldFault) {
        let (offset, blockBytes) = unsafe (c.offset, c.block_bytes)
        guard blockBytes > 0 ? offset < blockBytes : offset == 0 else {
            throw FieldFault(
                "PayloadSpec.offset", .inconsistent("\(offset) is not in a block of \(blockBytes) bytes"))
        }
        var place: BlockPlace?
        if blockBytes > 0 {
            place = BlockPlace(
                run: try unsafe Check.run(c.run, "PayloadSpec.run"), offset: offset, blockBytes: blockBytes)
        }
        unsafe self.init(
            generation: try Check.generation(c.generation, "PayloadSpec.generation"),
            slotSize: try Check.slotSize(c.slot_size, "PayloadSpec.slotSize"), place: place)
    }
}

/// One generation of one channel's ring.
struct ChannelPayload: @unsafe WireValue {
    var channel: ChannelID
    var payload: PayloadSpec

    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__ChannelPayload> {
        let c = unsafe arena.new(sluice__channel_payload__init)
        unsafe c.pointee.channel = channel.rawValue
        unsafe c.pointee.payload = payload.packed(in: arena)
        return unsafe c
    }
}

extension ChannelPayload {
    init(_ c: Sluice__ChannelPayload) throws(FieldFault) {
        unsafe self.init(
            channel: try Check.channel(c.channel, "ChannelPayload.channel"),
            payload: try PayloadSpec(c.payload, "ChannelPayload.payload"))
    }
}

/// The number of a generation of one channel's ring.
struct ChannelGeneration: @unsafe WireValue {
    var channel: ChannelID
    var generation: UInt32

    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__ChannelGeneration> {
        let c = unsafe arena.new(sluice__channel_generation__init)
        unsafe c.pointee.channel = channel.rawValue
        unsafe c.pointee.generation = generation
        return unsafe c
    }
}

extension ChannelGeneration {
    init(_ c: Sluice__ChannelGeneration) throws(FieldFault) {
        unsafe self.init(
            channel: try Check.channel(c.channel, "ChannelGeneration.channel"),
            generation: try Check.generation(c.generation, "ChannelGeneration.generation"))
    }
}

/// What the slots of one channel have room for, or shall have.
struct ChannelSlotSize: @unsafe WireValue {
    var channel: ChannelID
    var slotSize: Int

    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__SlotSize> {
        let c = unsafe arena.new(sluice__slot_size__init)
        unsafe c.pointee.channel = channel.rawValue
        unsafe c.pointee.slot_size = UInt64(slotSize)
        return unsafe c
    }
}

extension ChannelSlotSize {
    init(_ c: Sluice__SlotSize) throws(FieldFault) {
        unsafe self.init(
            channel: try Check.channel(c.channel, "SlotSize.channel"),
            slotSize: try Check.slotSize(c.slot_size, "SlotSize.slotSize"))
    }
}

extension Check {
    static func generation(_ value: UInt32, _ field: String) throws(FieldFault) -> UInt32 {
        try range(value, 0, UInt64(Limits.mostGenerations - 1), field)
    }

    static func slotSize(_ value: UInt64, _ field: String) throws(FieldFault) -> Int {
        Int(try range(value, 1, UInt64(Limits.mostSlotSize), field))
    }
}
