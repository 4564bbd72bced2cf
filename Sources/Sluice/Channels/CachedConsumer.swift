public import SluiceModel

/// One consumer of a ``CachedReader``: it gets every item of the inner channel, in order, once.
///
/// Closing or dropping it counts it out: the others wait for it no more. With the last one the inner channel closes. A
/// blocking call that waits for the inner channel, in a consumer that another thread closes, ends at once where that
/// channel is a ring's, as ``Reader`` and ``IntraProcessReader`` are; elsewhere when something comes, which the others
/// then get, or at its timeout.
public final class CachedConsumer<Value: Sendable>: ChannelReader {
    private let core: CachedCore<Value>
    /// Which of the consumers it is, from 0.
    public let number: Int

    init(_ core: CachedCore<Value>, _ number: Int) {
        self.core = core
        self.number = number
    }

    deinit { close() }

    public var channel: String { core.inner.channel }

    /// Whether a read would end at once, without a look at the inner channel.
    var hasValue: Bool { core.hasSomething(for: number) }
    var inner: any ChannelReader<Value> { core.inner }

    public func read(timeout: Timeout) throws(SluiceError) -> Value? { try core.take(number, timeout)?.get() }

    nonisolated(nonsending)
        public func read(timeout: Timeout) async throws(SluiceError) -> Value?
    { try await core.take(number, timeout)?.get() }

    /// Takes the next item, encoded by the transcoder; nil at the end of the stream.
    ///
    /// - Throws: Also ``SluiceError/Code/cannotEncode``, for every value if there is no transcoder; the item is consumed.
    public func readEncoded(timeout: Timeout = .usual) throws(SluiceError) -> EncodedValue? {
        guard let item = try core.take(number, timeout) else { return nil }
        return try encoded(item)
    }

    nonisolated(nonsending)
        public func readEncoded(timeout: Timeout = .usual) async throws(SluiceError) -> EncodedValue?
    {
        guard let item = try await core.take(number, timeout) else { return nil }
        return try encoded(item)
    }

    public func skip(timeout: Timeout = .usual) throws(SluiceError) -> Bool {
        try core.take(number, timeout) != nil
    }

    nonisolated(nonsending)
        public func skip(timeout: Timeout = .usual) async throws(SluiceError) -> Bool
    {
        try await core.take(number, timeout) != nil
    }

    public func close() { core.close(number) }

    private func encoded(_ item: CachedState<Value>.Item) throws(SluiceError) -> EncodedValue {
        switch item {
        case .success(let value):
            guard let transcoder = core.transcoder else {
                throw SluiceError(
                    .cannotEncode, "channel \(channel) is cached as values; create its CachedReader with a transcoder",
                    channel: channel)
            }
            return try transcoder.encoded(value, channel: channel, actor: nil)
        case .failure(let error):
            guard error.code == .application else { throw error }
            let unknown = ApplicationFailure.Origin(actor: "", node: "", pid: 0)
            return EncodedValue(
                kind: ValueKind.failure, bytes: ApplicationFailure(error).encoded(by: unknown, room: .max))
        }
    }
}
