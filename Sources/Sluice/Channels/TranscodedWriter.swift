public import SluiceModel

/// Writes values of any type to a channel of bytes, encoded by closures of the user's.
public final class TranscodedWriter<Value: Sendable>: ChannelWriter {
    private let writer: Writer
    private let transcoder: Transcoder<Value>

    /// - Parameter writer: In use by this one alone from now on.
    public init(_ writer: Writer, by transcoder: Transcoder<Value>) {
        self.writer = writer
        self.transcoder = transcoder
    }

    public var channel: String { writer.channel }

    public func stage(_ item: ChannelItem<Value>, timeout: Timeout) throws(SluiceError) {
        try writer.stage(try encoded(item), timeout: timeout)
    }

    nonisolated(nonsending)
        public func stage(_ item: ChannelItem<Value>, timeout: Timeout) async throws(SluiceError)
    {
        try await writer.stage(try encoded(item), timeout: timeout)
    }

    public func commit() { writer.commit() }
    public func rollBack() { writer.rollBack() }
    public func close() { writer.close() }

    private func encoded(_ item: ChannelItem<Value>) throws(SluiceError) -> ChannelItem<[UInt8]> {
        switch item {
        case .value(let value):
            let actor = writer.endpoint.spec.writer.rawValue
            return .encoded(try transcoder.encoded(value, channel: channel, actor: actor))
        case .failure(let failure): return .failure(failure)
        case .encoded(let encoded): return .encoded(encoded)
        }
    }
}
