public import SluiceModel

/// Reads a channel once for several consumers of one actor: each value is served to every one of them, then dropped.
///
/// How many there are is fixed. One value is cached at a time: a consumer that is ahead waits, within its timeout, until
/// the others have taken the present one, so the slowest sets the pace, and what it leaves unread fills the inner channel
/// as with any reader. Whichever consumer comes first reads the inner channel. Errors in a value's place and the end of
/// the stream are served to each consumer too.
///
/// Cached values are read-only: all consumers get the same one, which is `Sendable`, so that none can change what another
/// sees.
public final class CachedReader<Value: Sendable>: Sendable {
    /// An end for each consumer, so that none takes another's share.
    public let consumers: [CachedConsumer<Value>]

    /// - Parameters:
    ///   - inner: In use by the consumers alone from now on; it is closed with the last of them.
    ///   - count: How many consumers there are, 1 ... ``Limits/mostEndpoints``.
    ///   - transcoder: For ``CachedConsumer/readEncoded(timeout:)-(_)``, since the inner channel is read as values.
    /// - Throws: ``SluiceError/Code/invalidArgument`` for a count out of bounds.
    public init(
        _ inner: any ChannelReader<Value>, consumers count: Int, by transcoder: Transcoder<Value>? = nil
    ) throws(SluiceError) {
        try checkConsumers(count, channel: inner.channel)
        let core = CachedCore(inner, consumers: count, transcoder: transcoder)
        consumers = (0..<count).map { CachedConsumer(core, $0) }
    }

    /// Closes every consumer, and the inner channel with them.
    public func close() { for consumer in consumers { consumer.close() } }
}

func checkConsumers(_ count: Int, channel: String?) throws(SluiceError) {
    guard 1...Limits.mostEndpoints ~= count else {
        throw .invalidArgument(
            "a cached value cannot be read \(count) times; 1 to \(Limits.mostEndpoints) are possible", channel: channel)
    }
}
