internal import Ring
internal import SharedMemory
public import SluiceModel

/// The reading end of a channel, for one of its declared readers.
///
/// It serves one call at a time: reads, leases and what they wait for. ``close()`` may be called from any thread at any
/// time. A reader that is dropped is closed.
public final class Reader: Sendable {
    // Keeps the worker connected.
    private let handle: WorkerHandle
    let endpoint: ReaderEndpoint

    init(handle: WorkerHandle, endpoint: ReaderEndpoint) {
        self.handle = handle
        self.endpoint = endpoint
    }

    deinit { endpoint.close() }

    /// The channel's name.
    public var channel: String { endpoint.spec.name.rawValue }
    /// Values that may be unread at once.
    public var slots: Int { endpoint.spec.slots }
    /// Largest value so far, bytes: the channel may grow up to ``largestValue``.
    public var slotSize: Int { endpoint.memory.slotSize }
    /// Largest value of all, bytes.
    public var largestValue: Int { endpoint.spec.largestValue }
    /// The number of the first value that is this reader's: 0 unless it opened the channel a second time.
    public var first: UInt64 { endpoint.first }
    /// The number of the next value that it will take.
    public var next: UInt64 { endpoint.ring.status.acquired }

    /// Takes the next value, copied; nil at the end of the stream.
    ///
    /// - Parameter timeout: How long to wait for a value; after ``SluiceError/Code/timedOut`` nothing has changed.
    /// - Throws: ``SluiceError/Code/timedOut``, ``SluiceError/Code/writerDied`` or ``SluiceError/Code/nodeLost`` once
    ///   everything published is read, with the count of it in `sequence`, ``SluiceError/Code/closed``,
    ///   ``SluiceError/Code/corrupted``, ``SluiceError/Code/forked``; ``SluiceError/Code/invalidArgument`` while another
    ///   call is under way.
    public func read(timeout: Timeout = .usual) throws(SluiceError) -> [UInt8]? {
        try endpoint.enter()
        defer { endpoint.leave() }
        guard let slot = try endpoint.takeValue(timeout) else { return nil }
        return unsafe Array(slot.bytes)
    }

    /// Takes the next value into memory of the caller's; nil at the end of the stream.
    ///
    /// - Parameter buffer: With room for the value that comes; ``slotSize`` bytes are enough until the channel grows.
    /// - Returns: The value's size, bytes.
    /// - Throws: As ``read(timeout:)-(_)`` does; ``SluiceError/Code/valueTooLarge`` with `needed` and `available` for a
    ///   buffer that is too small: the value is not taken, and is the next one still.
    public func read(into buffer: UnsafeMutableRawBufferPointer, timeout: Timeout = .usual) throws(SluiceError)
        -> Int?
    {
        try endpoint.enter()
        defer { endpoint.leave() }
        guard let slot = try endpoint.takeValue(timeout) else { return nil }
        return unsafe try endpoint.move(slot, into: buffer)
    }

    /// Takes the next value in place; nil at the end of the stream.
    ///
    /// - Parameter timeout: How long to wait for a value.
    /// - Throws: As ``read(timeout:)`` does.
    public func lease(timeout: Timeout = .usual) throws(SluiceError) -> ReadLease? {
        try endpoint.enter()
        defer { endpoint.leave() }
        guard let slot = try endpoint.takeValue(timeout) else { return nil }
        return ReadLease(slot)
    }

    /// Takes no more values; a second call does nothing.
    ///
    /// Wakes a call that waits. The reader is gone for its writer once the last lease is back.
    public func close() { endpoint.close() }
}
