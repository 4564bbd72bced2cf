public import SluiceModel

/// The writing end of a channel of any kind.
///
/// A write has two halves. `stage` waits for room and puts the item there; `commit` makes it visible to every reader and
/// cannot fail. What writes to several channels at once, such as a composite or a ``MultiWriter``, stages everywhere
/// before it commits anywhere, so that a timeout or an error in one of them changes nothing in any.
///
/// One call at a time; between a `stage` that has succeeded and its `commit` or `rollBack` there is no other call but
/// ``close()``, which may come from any thread at any time.
public protocol ChannelWriter<Value>: AnyObject, Sendable {
    associatedtype Value: Sendable

    /// The channel's name.
    var channel: String { get }

    /// Waits for room, and puts the item there, for no reader to see yet.
    ///
    /// - Throws: ``SluiceError/Code/timedOut`` naming the reader that holds the channel back,
    ///   ``SluiceError/Code/cannotEncode``, ``SluiceError/Code/valueTooLarge``, ``SluiceError/Code/closed`` … After any of
    ///   them nothing has changed, and nothing is staged.
    func stage(_ item: ChannelItem<Value>, timeout: Timeout) throws(SluiceError)

    /// Waits for room without blocking a thread of the cooperative pool; also throws ``SluiceError/Code/cancelled``.
    nonisolated(nonsending)
        func stage(_ item: ChannelItem<Value>, timeout: Timeout) async throws(SluiceError)

    /// Makes what is staged visible to every reader.
    func commit()

    /// Gives back the room of what is staged, as if nothing had been.
    func rollBack()

    /// Ends the stream: readers get everything committed, then its end. A second call does nothing.
    func close()
}

/// What one place in a channel's order is filled with.
public enum ChannelItem<Value: Sendable>: Sendable {
    case value(Value)
    /// An error in a value's place: each reader gets it, in order, as a thrown error, and the channel goes on.
    case failure(ApplicationFailure)
    /// A value that is encoded already, such as one that ``ChannelReader/readEncoded(timeout:)-(_)`` has brought.
    case encoded(EncodedValue)
}

/// A value as its channel carries it.
public struct EncodedValue: Hashable, Sendable {
    /// What its bytes are; see ``ValueKind``.
    public var kind: UInt32
    public var bytes: [UInt8]

    public init(kind: UInt32 = ValueKind.bytes, bytes: [UInt8]) {
        self.kind = kind
        self.bytes = bytes
    }
}

/// What the bytes of a value are. Numbers from ``ValueKind/firstOfUsers`` on are free for users.
public enum ValueKind {
    /// Bytes that mean something to the users alone.
    public static let bytes: UInt32 = 0
    /// An ``ApplicationFailure``.
    public static let failure: UInt32 = 1
    /// A value of a typed channel, with its tensors behind it.
    public static let typed: UInt32 = 2
    /// The tensors of a typed channel whose shapes are declared, and nothing else.
    public static let tensors: UInt32 = 3
    /// Nothing: the value was handed over within its writer's process, which is this channel's only reader.
    public static let handedOver: UInt32 = 4
    public static let firstOfUsers: UInt32 = 0x100
}

extension ChannelWriter {
    /// Publishes a value.
    ///
    /// - Parameter timeout: How long to wait for room; after ``SluiceError/Code/timedOut`` nothing has changed.
    /// - Throws: As ``stage(_:timeout:)-(_,_)`` does.
    public func write(_ value: Value, timeout: Timeout = .usual) throws(SluiceError) {
        try write(.value(value), timeout: timeout)
    }

    /// Publishes an error in a value's place.
    public func write(failure: ApplicationFailure, timeout: Timeout = .usual) throws(SluiceError) {
        try write(.failure(failure), timeout: timeout)
    }

    /// Publishes a value that is encoded already.
    public func write(encoded: EncodedValue, timeout: Timeout = .usual) throws(SluiceError) {
        try write(.encoded(encoded), timeout: timeout)
    }

    /// Publishes an item.
    public func write(_ item: ChannelItem<Value>, timeout: Timeout = .usual) throws(SluiceError) {
        try stage(item, timeout: timeout)
        commit()
    }

    /// Publishes a value, without blocking a thread of the cooperative pool.
    nonisolated(nonsending)
        public func write(_ value: Value, timeout: Timeout = .usual) async throws(SluiceError)
    {
        try await write(.value(value), timeout: timeout)
    }

    /// Publishes an error in a value's place, without blocking a thread of the cooperative pool.
    nonisolated(nonsending)
        public func write(failure: ApplicationFailure, timeout: Timeout = .usual) async throws(SluiceError)
    {
        try await write(.failure(failure), timeout: timeout)
    }

    /// Publishes a value that is encoded already, without blocking a thread of the cooperative pool.
    nonisolated(nonsending)
        public func write(encoded: EncodedValue, timeout: Timeout = .usual) async throws(SluiceError)
    {
        try await write(.encoded(encoded), timeout: timeout)
    }

    /// Publishes an item, without blocking a thread of the cooperative pool.
    nonisolated(nonsending)
        public func write(_ item: ChannelItem<Value>, timeout: Timeout = .usual) async throws(SluiceError)
    {
        try await stage(item, timeout: timeout)
        commit()
    }
}
