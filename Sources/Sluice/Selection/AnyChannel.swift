public import SluiceModel

/// A channel's reading end whose type of value is left open, so that one ``MultiReader`` reads channels of several.
public final class AnyChannelReader: ReaderWrapper {
    public typealias Value = any Sendable

    public let base: any ChannelReader

    public init(_ base: any ChannelReader) { self.base = base }

    public var channel: String { base.channel }

    public func read(timeout: Timeout) throws(SluiceError) -> (any Sendable)? { try Self.read(base, timeout) }

    nonisolated(nonsending)
        public func read(timeout: Timeout) async throws(SluiceError) -> (any Sendable)?
    {
        try await Self.read(base, timeout)
    }

    public func readEncoded(timeout: Timeout) throws(SluiceError) -> EncodedValue? {
        try base.readEncoded(timeout: timeout)
    }

    nonisolated(nonsending)
        public func readEncoded(timeout: Timeout) async throws(SluiceError) -> EncodedValue?
    {
        try await base.readEncoded(timeout: timeout)
    }

    public func skip(timeout: Timeout) throws(SluiceError) -> Bool { try base.skip(timeout: timeout) }

    nonisolated(nonsending)
        public func skip(timeout: Timeout) async throws(SluiceError) -> Bool
    {
        try await base.skip(timeout: timeout)
    }

    public func close() { base.close() }

    private static func read<Base: ChannelReader>(_ base: Base, _ timeout: Timeout) throws(SluiceError)
        -> (any Sendable)?
    {
        // By hand: an optional that is put into an existential would be a value even if it is nil.
        guard let value = try base.read(timeout: timeout) else { return nil }
        return value
    }

    nonisolated(nonsending)
        private static func read<Base: ChannelReader>(_ base: Base, _ timeout: Timeout) async throws(SluiceError)
        -> (any Sendable)?
    {
        guard let value = try await base.read(timeout: timeout) else { return nil }
        return value
    }
}

/// A channel's writing end whose type of value is left open, so that one ``MultiWriter`` writes channels of several.
///
/// A value of another type than the channel's is ``SluiceError/Code/cannotEncode``.
public final class AnyChannelWriter: ChannelWriter {
    public typealias Value = any Sendable

    public let base: any ChannelWriter

    public init(_ base: any ChannelWriter) { self.base = base }

    public var channel: String { base.channel }

    public func stage(_ item: ChannelItem<any Sendable>, timeout: Timeout) throws(SluiceError) {
        try Self.stage(base, item, timeout)
    }

    nonisolated(nonsending)
        public func stage(_ item: ChannelItem<any Sendable>, timeout: Timeout) async throws(SluiceError)
    {
        try await Self.stage(base, item, timeout)
    }

    public func commit() { base.commit() }
    public func rollBack() { base.rollBack() }
    public func close() { base.close() }

    private static func stage<Base: ChannelWriter>(
        _ base: Base, _ item: ChannelItem<any Sendable>, _ timeout: Timeout
    ) throws(SluiceError) {
        try base.stage(try typed(item, for: base), timeout: timeout)
    }

    nonisolated(nonsending)
        private static func stage<Base: ChannelWriter>(
            _ base: Base, _ item: ChannelItem<any Sendable>, _ timeout: Timeout
        ) async throws(SluiceError)
    {
        try await base.stage(try typed(item, for: base), timeout: timeout)
    }

    private static func typed<Base: ChannelWriter>(
        _ item: ChannelItem<any Sendable>, for base: Base
    ) throws(SluiceError) -> ChannelItem<Base.Value> {
        switch item {
        case .failure(let failure): return .failure(failure)
        case .encoded(let encoded): return .encoded(encoded)
        case .value(let value):
            guard let typed = value as? Base.Value else {
                throw SluiceError(
                    .cannotEncode,
                    "channel \(base.channel) carries values of type \(Base.Value.self), not \(type(of: value))",
                    channel: base.channel)
            }
            return .value(typed)
        }
    }
}
