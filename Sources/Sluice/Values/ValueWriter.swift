internal import Ring
internal import SharedMemory
public import SluiceModel

/// The writing end of a channel whose values are of a Swift type, with tensors at any depth in them.
///
/// Tensors travel beside the rest of their value: each is copied once, from where it lies into the slot. A dense one keeps
/// its strides; one with holes or repeated elements arrives in row-major order. The rest is JSON, in which numbers that
/// are not finite keep their sign, but not the payload of what is not a number.
public final class ValueWriter<Value: Sendable>: ChannelWriter {
    private let writer: Writer
    private let encoder: ValueEncoder<Value>
    /// What the channel's ends have agreed on about its values.
    public let declaration: Declaration

    /// - Parameters:
    ///   - coding: What the user has registered; both ends need the same.
    ///   - declaration: What the channel declares if nil.
    package init(
        _ writer: Writer, coding: ValueCoding = ValueCoding(), declaration: Declaration? = nil
    ) throws(SluiceError) {
        let spec = writer.endpoint.spec
        self.writer = writer
        if let declaration {
            self.declaration = declaration
        } else {
            self.declaration = try Declaration(decoding: spec.declaration, channel: spec.name.rawValue)
        }
        encoder = try ValueEncoder(coding, self.declaration)
    }

    public var channel: String { writer.channel }
    /// How many values have been published; the next one has this number.
    public var published: UInt64 { writer.published }

    public func stage(_ item: ChannelItem<Value>, timeout: Timeout) throws(SluiceError) {
        let ready = try prepare(item)
        try writer.endpoint.stage(ready.byteCount, timeout)
        fill(ready)
    }

    nonisolated(nonsending)
        public func stage(_ item: ChannelItem<Value>, timeout: Timeout) async throws(SluiceError)
    {
        let ready = try prepare(item)
        try await writer.endpoint.stage(ready.byteCount, timeout)
        fill(ready)
    }

    public func commit() { writer.commit() }
    public func rollBack() { writer.rollBack() }
    public func close() { writer.close() }
}

extension ValueWriter {
    /// What goes into the slot once there is one.
    private enum Ready {
        case value(PreparedValue)
        case encoded(EncodedValue)

        var byteCount: Int {
            switch self {
            case .value(let value): value.byteCount
            case .encoded(let encoded): encoded.bytes.count
            }
        }
    }

    private func prepare(_ item: ChannelItem<Value>) throws(SluiceError) -> Ready {
        switch item {
        case .value(let value): .value(try encoder.encode(value, at: writer.endpoint.place))
        case .failure(let failure): .encoded(writer.endpoint.encoded(failure))
        case .encoded(let encoded): .encoded(encoded)
        }
    }

    private func fill(_ ready: Ready) {
        switch ready {
        case .value(let value): unsafe writer.endpoint.withStaged(kind: value.kind) { unsafe value.write(into: $0) }
        case .encoded(let encoded): writer.endpoint.fill(encoded)
        }
    }
}

extension WriterEndpoint {
    /// Where the next value stands.
    var place: ValuePlace {
        ValuePlace(
            channel: spec.name.rawValue, writer: spec.writer.rawValue, node: node, pid: core.segment.identity.pid,
            sequence: ring.published)
    }
}
