public import SluiceModel

/// The writing end of a channel whose readers are the writer's own actor and others: written once, and routed by where
/// each reader is.
///
/// The ring has the encoded value for the others, on this node and through reader references on every other; the own
/// reader takes the value itself, by reference, under the same number. So all of them get the same items in the same
/// order and within one bound, and none can tell which path brought a value. What is staged is so on every path, or on
/// none.
public final class CompositeWriter<Value: Sendable>: ChannelWriter {
    private let writer: Writer
    private let inner: any ChannelWriter<Value>
    private let handOver: HandOver<Value>
    /// Of the call inside, which alone looks at it: the number of a value that was handed over, to be published.
    nonisolated(unsafe) private var staged: UInt64?
    /// Of the call inside: whether anything is staged.
    nonisolated(unsafe) private var isStaged = false

    /// - Parameters:
    ///   - writer: The ring's; in use by this one alone from now on.
    ///   - inner: What encodes values into that same writer; the writer itself where values are bytes.
    /// - Throws: ``SluiceError/Code/invalidArgument`` for a channel that hands over already.
    public init(over writer: Writer, encoding inner: any ChannelWriter<Value>) throws(SluiceError) {
        self.writer = writer
        self.inner = inner
        handOver = try writer.endpoint.makeHandOver(of: Value.self)
    }

    /// Encodes with closures of the user's.
    public convenience init(_ writer: Writer, by transcoder: Transcoder<Value>) throws(SluiceError) {
        try self.init(over: writer, encoding: TranscodedWriter(writer, by: transcoder))
    }

    deinit { if unsafe isStaged { rollBack() } }

    public var channel: String { writer.channel }
    /// Values that may be unread at once.
    public var slots: Int { writer.slots }
    /// How many values have been published; the next one has this number.
    public var published: UInt64 { writer.published }

    public func stage(_ item: ChannelItem<Value>, timeout: Timeout) throws(SluiceError) {
        try inner.stage(item, timeout: timeout)
        handOver(item)
    }

    nonisolated(nonsending)
        public func stage(_ item: ChannelItem<Value>, timeout: Timeout) async throws(SluiceError)
    {
        try await inner.stage(item, timeout: timeout)
        handOver(item)
    }

    public func commit() {
        unsafe staged = nil
        unsafe isStaged = false
        inner.commit()
    }

    public func rollBack() {
        if let sequence = unsafe staged.take() { _ = handOver.take(sequence) }
        unsafe isStaged = false
        inner.rollBack()
    }

    public func close() { inner.close() }

    /// After the other path has taken the item, since this one cannot fail.
    private func handOver(_ item: ChannelItem<Value>) {
        unsafe isStaged = true
        guard case .value(let value) = item else { return }
        unsafe staged = writer.endpoint.stagedSequence
        writer.endpoint.handOver(value, by: handOver)
    }
}
