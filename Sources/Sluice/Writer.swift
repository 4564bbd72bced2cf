internal import Ring
internal import SharedMemory
public import SluiceModel

/// The writing end of a channel.
///
/// It serves one call at a time: writes, loans and what they wait for. ``close()`` may be called from any thread at any
/// time. A writer that is dropped has ended in order, as if it had been closed; a process that ends with its writer
/// open has died, and readers are told so.
public final class Writer: Sendable {
    // Keeps the worker connected.
    private let handle: WorkerHandle
    let endpoint: WriterEndpoint

    init(handle: WorkerHandle, endpoint: WriterEndpoint) {
        self.handle = handle
        self.endpoint = endpoint
    }

    deinit {
        if !endpoint.gate.isForked { endpoint.dropStaged() }
        endpoint.close()
    }

    /// The channel's name.
    public var channel: String { endpoint.spec.name.rawValue }
    /// Values that may be unread at once.
    public var slots: Int { endpoint.spec.slots }
    /// Largest value that needs no growth, bytes.
    public var slotSize: Int { endpoint.memory.slotSize }
    /// Largest value of all, bytes: the channel grows its slots up to it.
    public var largestValue: Int { endpoint.spec.largestValue }
    /// How many values have been published; the next one has this number.
    public var published: UInt64 { endpoint.ring.published }

    /// Copies a value into the channel.
    ///
    /// One that is larger than ``slotSize`` makes the channel grow: every node with readers reserves the memory and every
    /// reader maps it before the value is published. If one of them cannot, nothing has changed.
    ///
    /// - Parameters:
    ///   - bytes: 0 ... ``largestValue`` bytes.
    ///   - timeout: How long to wait for a free slot; after ``SluiceError/Code/timedOut`` nothing has changed. One that names
    ///     a reader on another node may come up to 250 ms late, since that node is asked; one of a value that needs larger
    ///     slots, up to 50 ms.
    /// - Throws: ``SluiceError/Code/valueTooLarge`` with `needed` and `available`, ``SluiceError/Code/timedOut`` naming
    ///   the reader that holds the channel back, or who has not made room for a larger value;
    ///   ``SluiceError/Code/outOfMemory`` naming the node that cannot, with `needed` and `available`;
    ///   ``SluiceError/Code/closed``, ``SluiceError/Code/nodeLost``,
    ///   ``SluiceError/Code/forked``; ``SluiceError/Code/invalidArgument`` while another call or a loan is open.
    public func write(_ bytes: UnsafeRawBufferPointer, timeout: Timeout = .usual) throws(SluiceError) {
        try endpoint.enter()
        defer { endpoint.leave() }
        let slot = try endpoint.takeSlot(bytes.count, timeout)
        unsafe slot.bytes.copyValue(from: bytes)
        slot.publish()
    }

    /// Copies a value into the channel.
    public func write(_ bytes: [UInt8], timeout: Timeout = .usual) throws(SluiceError) {
        try endpoint.enter()
        defer { endpoint.leave() }
        let slot = try endpoint.takeSlot(bytes.count, timeout)
        let target = unsafe slot.bytes
        unsafe bytes.withUnsafeBytes { unsafe target.copyValue(from: $0) }
        slot.publish()
    }

    /// Copies a value into the channel.
    public func write(_ bytes: RawSpan, timeout: Timeout = .usual) throws(SluiceError) {
        try endpoint.enter()
        defer { endpoint.leave() }
        let slot = try endpoint.takeSlot(bytes.byteCount, timeout)
        let target = unsafe slot.bytes
        unsafe bytes.withUnsafeBytes { unsafe target.copyValue(from: $0) }
        slot.publish()
    }

    /// Borrows the next slot, to fill it in place.
    ///
    /// - Parameters:
    ///   - size: Bytes that the value may have; ``slotSize`` if nil. For more than that the channel grows first.
    ///   - timeout: How long to wait for a free slot.
    /// - Throws: As ``write(_:timeout:)-(UnsafeRawBufferPointer,_)`` does.
    public func loan(_ size: Int? = nil, timeout: Timeout = .usual) throws(SluiceError) -> WriteLoan {
        try endpoint.enter()
        return try endpoint.loan(size, timeout)
    }

    /// Ends the stream: readers get everything published, then its end. A second call does nothing.
    ///
    /// Wakes a call that waits for a slot; a loan that is open may still be published, and the stream ends behind it.
    /// While the agent is away remote readers, and its own node's, learn of the end when it is back.
    public func close() { endpoint.close() }
}
