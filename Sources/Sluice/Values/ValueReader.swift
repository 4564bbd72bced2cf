internal import Ring
public import SluiceModel

/// The reading end of a channel whose values are of a Swift type, with tensors at any depth in them.
///
/// The tensors of a value view its slot, which is held until the last of them is gone: a reader that keeps ``slots`` of
/// values so holds the writer up, and the writer's ``SluiceError/Code/timedOut`` names it. ``Tensor/copy()`` one to keep
/// it, or give the reader an allocator.
public final class ValueReader<Value: Sendable>: ChannelReader, RingBackedReader {
    private let reader: Reader
    private let decoder: ValueDecoder<Value>
    /// What the channel's ends have agreed on about its values.
    public let declaration: Declaration

    /// - Parameters:
    ///   - coding: What the user has registered; both ends need the same.
    ///   - declaration: What the channel declares if nil.
    ///   - allocator: Where tensors are copied to; nil if they shall view their slot.
    package init(
        _ reader: Reader, coding: ValueCoding = ValueCoding(), declaration: Declaration? = nil,
        allocator: TensorAllocator? = nil
    ) throws(SluiceError) {
        let spec = reader.endpoint.spec
        self.reader = reader
        if let declaration {
            self.declaration = declaration
        } else {
            self.declaration = try Declaration(decoding: spec.declaration, channel: spec.name.rawValue)
        }
        decoder = try ValueDecoder(coding, self.declaration, allocator)
    }

    public var channel: String { reader.channel }
    /// Values that may be unread, or held, at once.
    public var slots: Int { reader.slots }
    /// The number of the next value that it will take.
    public var next: UInt64 { reader.next }

    var source: ReaderEndpoint { reader.endpoint }

    public func read(timeout: Timeout) throws(SluiceError) -> Value? {
        try reader.endpoint.enter()
        defer { reader.endpoint.leave() }
        guard let slot = try reader.endpoint.takeValue(timeout) else { return nil }
        return try decode(slot)
    }

    nonisolated(nonsending)
        public func read(timeout: Timeout) async throws(SluiceError) -> Value?
    {
        try reader.endpoint.enter()
        defer { reader.endpoint.leave() }
        guard let slot = try await reader.endpoint.takeValue(timeout) else { return nil }
        return try decode(slot)
    }

    public func readEncoded(timeout: Timeout) throws(SluiceError) -> EncodedValue? {
        try reader.readEncoded(timeout: timeout)
    }

    nonisolated(nonsending)
        public func readEncoded(timeout: Timeout) async throws(SluiceError) -> EncodedValue?
    {
        try await reader.readEncoded(timeout: timeout)
    }

    public func skip(timeout: Timeout) throws(SluiceError) -> Bool { try reader.skip(timeout: timeout) }

    nonisolated(nonsending)
        public func skip(timeout: Timeout) async throws(SluiceError) -> Bool
    {
        try await reader.skip(timeout: timeout)
    }

    public func close() { reader.close() }

    /// The value of a slot that was taken from the channel.
    func decode(_ slot: consuming Ring.ReadLease) throws(SluiceError) -> Value {
        let place = reader.endpoint.place(slot.sequence)
        return try decoder.decode(slot, at: place)
    }
}

extension ReaderEndpoint {
    /// Where a value stands.
    func place(_ sequence: UInt64) -> ValuePlace {
        ValuePlace(
            channel: spec.name.rawValue, writer: spec.writer.rawValue, node: writerNode,
            pid: writerPID == 0 ? nil : writerPID, sequence: sequence)
    }
}
