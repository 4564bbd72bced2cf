internal import Ring
internal import SharedMemory
public import SluiceModel
internal import Synchronization

/// A reading end that takes values by reference where the writer is the same actor, and decodes them where it is not.
///
/// Errors in a value's place and values that were written encoded come through the ring on either way. An encoded value
/// needs the ``Transcoder``; without one it is ``SluiceError/Code/cannotDecode``. ``readEncoded(timeout:)-(_)`` of a value
/// that was handed over encodes it by the transcoder; without one it is ``SluiceError/Code/cannotEncode``. Both consume
/// the item, and the channel goes on.
public final class IntraProcessReader<Value: Sendable>: ChannelReader, RingBackedReader {
    private let reader: Reader
    private let transcoder: Transcoder<Value>?
    /// Whether reader and writer are the same actor.
    private let isOwn: Bool
    private let isClosed = Atomic<Bool>(false)
    /// Of the call inside, which alone looks at it: the table, once it was there.
    nonisolated(unsafe) private var known: HandOver<Value>?

    /// - Parameters:
    ///   - reader: In use by this one alone from now on.
    ///   - transcoder: For values that come encoded.
    /// - Throws: ``SluiceError/Code/invalidArgument`` if the writer hands over values of another type, and if it is
    ///   another actor and there is no transcoder.
    public init(_ reader: Reader, by transcoder: Transcoder<Value>? = nil) throws(SluiceError) {
        let spec = reader.endpoint.spec
        self.reader = reader
        self.transcoder = transcoder
        isOwn = spec.writer == reader.endpoint.actor
        guard isOwn || transcoder != nil else {
            throw .invalidArgument(
                """
                reader \(reader.endpoint.actor) of channel \(spec.name) needs a transcoder: its writer is \
                \(spec.writer), who cannot hand values over to it
                """, channel: spec.name.rawValue)
        }
        guard let table else { return }
        guard let handOver = table as? HandOver<Value> else {
            throw .invalidArgument(mismatch(table), channel: spec.name.rawValue)
        }
        handOver.welcome()
    }

    deinit { close() }

    public var channel: String { reader.channel }
    /// Values that may be unread at once.
    public var slots: Int { reader.slots }
    /// The number of the next value that it will take.
    public var next: UInt64 { reader.next }

    var source: ReaderEndpoint { reader.endpoint }

    public func read(timeout: Timeout) throws(SluiceError) -> Value? {
        try source.enter()
        defer { source.leave() }
        guard let slot = try source.takeItem(timeout) else { return nil }
        return try value(slot)
    }

    nonisolated(nonsending)
        public func read(timeout: Timeout) async throws(SluiceError) -> Value?
    {
        try source.enter()
        defer { source.leave() }
        guard let slot = try await source.takeItem(timeout) else { return nil }
        return try value(slot)
    }

    public func readEncoded(timeout: Timeout = .usual) throws(SluiceError) -> EncodedValue? {
        try source.enter()
        defer { source.leave() }
        guard let slot = try source.takeItem(timeout) else { return nil }
        return try encoded(slot)
    }

    nonisolated(nonsending)
        public func readEncoded(timeout: Timeout = .usual) async throws(SluiceError) -> EncodedValue?
    {
        try source.enter()
        defer { source.leave() }
        guard let slot = try await source.takeItem(timeout) else { return nil }
        return try encoded(slot)
    }

    public func skip(timeout: Timeout = .usual) throws(SluiceError) -> Bool {
        try source.enter()
        defer { source.leave() }
        guard let slot = try source.takeItem(timeout) else { return false }
        _ = handedOver(slot.sequence)
        return true
    }

    nonisolated(nonsending)
        public func skip(timeout: Timeout = .usual) async throws(SluiceError) -> Bool
    {
        try source.enter()
        defer { source.leave() }
        guard let slot = try await source.takeItem(timeout) else { return false }
        _ = handedOver(slot.sequence)
        return true
    }

    public func close() {
        // Once: a reader that was opened after this one has values in the table too.
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        // Before the ring's: until then nobody else can be this reader.
        if isOwn, !source.gate.isForked { (table as? HandOver<Value>)?.forsake() }
        reader.close()
    }
}

/// The reading end of a composite channel: the same for each of its readers.
public typealias CompositeReader<Value: Sendable> = IntraProcessReader<Value>

// What an item is. Each is called with the slot still held.
extension IntraProcessReader {
    private func value(_ slot: borrowing Ring.ReadLease) throws(SluiceError) -> Value {
        if let value = handedOver(slot.sequence) { return value }
        if let failure = source.failure(in: slot) { throw failure }
        guard slot.kind != ValueKind.handedOver else { throw lost(slot.sequence) }
        guard let transcoder else { throw undecodable(slot.sequence, slot.kind) }
        return try transcoder.decoded(
            EncodedValue(slot), channel: channel, actor: source.actor.rawValue, sequence: slot.sequence)
    }

    private func encoded(_ slot: borrowing Ring.ReadLease) throws(SluiceError) -> EncodedValue {
        let value = handedOver(slot.sequence)
        guard slot.kind == ValueKind.handedOver else { return EncodedValue(slot) }
        guard let value else { throw lost(slot.sequence) }
        guard let transcoder else {
            throw SluiceError(
                .cannotEncode,
                """
                value \(slot.sequence) of channel \(channel) was handed over and not encoded; open the reader with a \
                transcoder
                """, channel: channel, actor: source.actor.rawValue, sequence: slot.sequence)
        }
        return try transcoder.encoded(value, channel: channel, actor: source.actor.rawValue)
    }

    /// The writer's table, if the writer is this actor and of this worker.
    private var table: (any HandOverTable)? {
        guard isOwn else { return nil }
        return source.core.state.withLock { $0.writers[source.spec.id] }?.handOver.withLock { $0 }
    }

    private func handedOver(_ sequence: UInt64) -> Value? {
        if unsafe known == nil { unsafe known = table as? HandOver<Value> }
        return unsafe known?.take(sequence)
    }
}

// What went wrong, in words.
extension IntraProcessReader {
    private func mismatch(_ table: any HandOverTable) -> String {
        "channel \(channel) hands over values of type \(table.typeName), and its reader asks for \(Value.self)"
    }

    private func lost(_ sequence: UInt64) -> SluiceError {
        let actor = source.actor.rawValue
        if source.gate.isClosing {
            return SluiceError(
                .closed, "reader \(actor) of channel \(channel) is closed", channel: channel, actor: actor)
        }
        let reason =
            if let table, !(table is HandOver<Value>) {
                mismatch(table)
            } else {
                """
                value \(sequence) of channel \(channel) was handed over within the worker of its writer (pid \
                \(source.writerPID)), and cannot be had in another
                """
            }
        return SluiceError(
            .cannotDecode, reason, channel: channel, actor: actor, node: source.writerNode,
            pid: source.writerPID == 0 ? nil : source.writerPID, sequence: sequence)
    }

    private func undecodable(_ sequence: UInt64, _ kind: UInt32) -> SluiceError {
        SluiceError(
            .cannotDecode,
            "value \(sequence) of channel \(channel) came encoded, of kind \(kind); open the reader with a transcoder",
            channel: channel, actor: source.actor.rawValue, sequence: sequence)
    }
}
