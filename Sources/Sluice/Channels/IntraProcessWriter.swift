public import SluiceModel

/// The writing end of a channel whose one reader is the writer's own actor: values are handed over by reference.
///
/// Nothing is encoded and nothing is copied, so that a class instance arrives as itself. Order, bound, waiting, timeouts,
/// errors in a value's place and the end are those of every other channel. Once a value is read the channel has no
/// reference to it; without a reader it keeps those of the last `slots` values at most.
public final class IntraProcessWriter<Value: Sendable>: ChannelWriter {
    private let writer: Writer
    private let handOver: HandOver<Value>
    /// Of the call inside, which alone looks at it: the number of a value that was handed over, to be published.
    nonisolated(unsafe) private var staged: UInt64?
    /// Of the call inside: whether anything is staged.
    nonisolated(unsafe) private var isStaged = false

    /// - Parameter writer: Of a channel whose only reader is its writer; in use by this one alone from now on.
    /// - Throws: ``SluiceError/Code/invalidArgument`` for a channel with other readers, and for one that hands over
    ///   already.
    public init(_ writer: Writer) throws(SluiceError) {
        let spec = writer.endpoint.spec
        if let other = spec.readers.first(where: { $0 != spec.writer }) {
            throw .invalidArgument(
                """
                channel \(spec.name) has reader \(other), whom values cannot be handed over to; make it a composite one
                """, channel: spec.name.rawValue)
        }
        self.writer = writer
        handOver = try writer.endpoint.makeHandOver(of: Value.self)
    }

    deinit { if unsafe isStaged { rollBack() } }

    public var channel: String { writer.channel }
    /// Values that may be unread at once.
    public var slots: Int { writer.slots }
    /// How many values have been published; the next one has this number.
    public var published: UInt64 { writer.published }

    public func stage(_ item: ChannelItem<Value>, timeout: Timeout) throws(SluiceError) {
        switch item {
        case .value(let value):
            try writer.endpoint.stage(0, timeout)
            put(value)
        case .failure(let failure): try writer.stage(.failure(failure), timeout: timeout)
        case .encoded(let encoded): try writer.stage(.encoded(try checked(encoded)), timeout: timeout)
        }
        unsafe isStaged = true
    }

    nonisolated(nonsending)
        public func stage(_ item: ChannelItem<Value>, timeout: Timeout) async throws(SluiceError)
    {
        switch item {
        case .value(let value):
            try await writer.endpoint.stage(0, timeout)
            put(value)
        case .failure(let failure): try await writer.stage(.failure(failure), timeout: timeout)
        case .encoded(let encoded): try await writer.stage(.encoded(try checked(encoded)), timeout: timeout)
        }
        unsafe isStaged = true
    }

    public func commit() {
        unsafe staged = nil
        unsafe isStaged = false
        writer.commit()
    }

    public func rollBack() {
        if let sequence = unsafe staged.take() { _ = handOver.take(sequence) }
        unsafe isStaged = false
        writer.rollBack()
    }

    public func close() { writer.close() }

    private func put(_ value: Value) {
        unsafe writer.endpoint.withStaged(kind: ValueKind.handedOver) { _ in }
        unsafe staged = writer.endpoint.stagedSequence
        writer.endpoint.handOver(value, by: handOver)
    }

    /// Encoded items travel as they are, but there is no value behind an empty one that says it was handed over.
    private func checked(_ encoded: EncodedValue) throws(SluiceError) -> EncodedValue {
        guard encoded.kind != ValueKind.handedOver else {
            throw .invalidArgument(
                "kind \(encoded.kind) is that of values which channel \(channel) hands over itself", channel: channel)
        }
        return encoded
    }
}
