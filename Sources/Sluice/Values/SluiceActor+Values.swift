internal import Ring
public import SluiceModel

// Channels of a Swift type. The user asks for a channel; how its values travel follows from who reads it.
extension SluiceActor {
    /// Creates a channel whose values are of a Swift type, with this actor as its writer.
    ///
    /// To this actor itself values go by reference, neither encoded nor copied; to other actors, on whichever node, they
    /// go encoded, tensors beside the rest. ``ChannelForm`` says which of these a channel is.
    ///
    /// - Parameters:
    ///   - type: `Codable`, or registered in `coding`; any type at all if this actor is the only reader.
    ///   - readers: The actors that will read it, this one too if it is named; one that is named twice counts once.
    ///   - hint: How values travel: ``ValueHint/sharedMemory`` encodes them for this actor, too; ``ValueHint/tensor(_:)``
    ///     declares the shapes of their tensors, which then need not travel with each value.
    ///   - coding: What the user has registered; readers need the same.
    ///   - slots: Values that may be unread at once.
    ///   - slotSize: Bytes of a slot at first; if nil 1 MiB, or 4 KiB where values go by reference.
    ///   - largestValue: How far the channel may grow its slots, bytes.
    ///   - timeout: How long to wait for the readers' actors to be registered.
    /// - Throws: As ``createChannel(_:readers:slots:slotSize:largestValue:timeout:)-(_,_,_,_,_,_)`` does;
    ///   ``SluiceError/Code/invalidArgument`` also for a type that cannot be encoded.
    public func createChannel<Value: Sendable>(
        _ name: String, of type: Value.Type, readers: [String], hint: ValueHint = .auto,
        coding: ValueCoding = ValueCoding(), slots: Int = 8, slotSize: Int? = nil, largestValue: Int? = nil,
        timeout: Timeout = .seconds(30)
    ) throws(SluiceError) -> any ChannelWriter<Value> {
        let plan = try TypedChannel<Value>(self, readers, hint, coding, slots)
        let writer = try createChannel(
            name, readers: readers, slots: slots, slotSize: slotSize ?? plan.usualSlotSize, largestValue: largestValue,
            declaration: plan.declaration.encoded(), timeout: timeout)
        return try plan.writer(writer)
    }

    /// Creates a channel whose values are of a Swift type, with this actor as its writer.
    nonisolated(nonsending)
        public func createChannel<Value: Sendable>(
            _ name: String, of type: Value.Type, readers: [String], hint: ValueHint = .auto,
            coding: ValueCoding = ValueCoding(), slots: Int = 8, slotSize: Int? = nil, largestValue: Int? = nil,
            timeout: Timeout = .seconds(30)
        ) async throws(SluiceError) -> any ChannelWriter<Value>
    {
        let plan = try TypedChannel<Value>(self, readers, hint, coding, slots)
        let writer = try await createChannel(
            name, readers: readers, slots: slots, slotSize: slotSize ?? plan.usualSlotSize, largestValue: largestValue,
            declaration: plan.declaration.encoded(), timeout: timeout)
        return try plan.writer(writer)
    }

    /// Opens a channel of a Swift type that names this actor among its readers.
    ///
    /// - Parameters:
    ///   - type: What to read values as: the writer's type, or another one that its encoded form fits.
    ///   - coding: What the user has registered.
    ///   - allocator: Where tensors are copied to; nil if they shall view their slot, which they then hold.
    ///   - timeout: How long to wait for the channel to be created.
    /// - Throws: As ``openReader(_:timeout:)-(_,_)`` does; ``SluiceError/Code/cannotDecode`` for a channel of plain bytes.
    public func openReader<Value: Sendable>(
        _ channel: String, of type: Value.Type, coding: ValueCoding = ValueCoding(), allocator: TensorAllocator? = nil,
        timeout: Timeout = .seconds(30)
    ) throws(SluiceError) -> any ChannelReader<Value> {
        try reader(try openReader(channel, timeout: timeout), coding, allocator)
    }

    /// Opens a channel of a Swift type that names this actor among its readers.
    nonisolated(nonsending)
        public func openReader<Value: Sendable>(
            _ channel: String, of type: Value.Type, coding: ValueCoding = ValueCoding(),
            allocator: TensorAllocator? = nil, timeout: Timeout = .seconds(30)
        ) async throws(SluiceError) -> any ChannelReader<Value>
    {
        try reader(try await openReader(channel, timeout: timeout), coding, allocator)
    }

    private func reader<Value: Sendable>(
        _ reader: Reader, _ coding: ValueCoding, _ allocator: TensorAllocator?
    ) throws(SluiceError) -> any ChannelReader<Value> {
        let spec = reader.endpoint.spec
        let declaration = try Declaration(decoding: spec.declaration, channel: spec.name.rawValue)
        guard spec.writer == identifier, declaration.hint != .sharedMemory else {
            return try ValueReader(reader, coding: coding, declaration: declaration, allocator: allocator)
        }
        return try IntraProcessReader(
            reader, by: Transcoder(coding, declaration, at: reader.endpoint.place(0), allocator))
    }
}

/// What a channel of a type will be, before there is one.
private struct TypedChannel<Value: Sendable> {
    let declaration: Declaration
    private let form: ChannelForm
    private let coding: ValueCoding

    init(
        _ actor: SluiceActor, _ readers: [String], _ hint: ValueHint, _ coding: ValueCoding, _ slots: Int
    ) throws(SluiceError) {
        declaration = try Declaration(Value.self, hint: hint)
        self.coding = coding
        let form = ChannelForm(writer: actor.name, readers: readers, slots: slots)
        self.form = hint == .sharedMemory ? form.encoded(slots: slots) : form
        // Before anything is created: a type that cannot travel.
        if self.form != .intraProcess { _ = try ValueEncoder<Value>(coding, declaration) }
    }

    var usualSlotSize: Int { form == .intraProcess ? 4096 : 1 << 20 }

    func writer(_ writer: Writer) throws(SluiceError) -> any ChannelWriter<Value> {
        switch form {
        case .intraProcess: return try IntraProcessWriter(writer)
        case .composite:
            let encoding = try ValueWriter<Value>(writer, coding: coding, declaration: declaration)
            return try CompositeWriter(over: writer, encoding: encoding)
        case .sharedMemory, .bufferedSharedMemory:
            return try ValueWriter(writer, coding: coding, declaration: declaration)
        }
    }
}

extension Transcoder {
    /// As a ``ValueWriter`` and a ``ValueReader`` do it; nil for a type that they cannot do it for.
    fileprivate init?(
        _ coding: ValueCoding, _ declaration: Declaration, at place: ValuePlace, _ allocator: TensorAllocator?
    ) {
        guard let encoder = try? ValueEncoder<Value>(coding, declaration),
            let decoder = try? ValueDecoder<Value>(coding, declaration, allocator)
        else { return nil }
        self.init(
            encode: { value in try encoder.encode(value, at: place).encoded },
            decode: { encoded in try decoder.decode(encoded, at: place) })
    }
}
