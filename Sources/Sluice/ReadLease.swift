internal import Ring

/// A value, read where it lies.
///
/// Until it is released or dropped its bytes stay as they are, and no writer gets the slot. It may be released on any
/// thread, before or after values that were taken earlier, and outlives its reader and its worker.
@safe public struct ReadLease: ~Copyable, @unchecked Sendable {
    private let slot: Ring.ReadLease

    @inline(__always)
    init(_ slot: consuming Ring.ReadLease) { self.slot = slot }

    /// The value's number in its channel: 0, 1, 2 …
    public var sequence: UInt64 { slot.sequence }
    /// What its writer says it is; 0 is an ordinary value.
    public var kind: UInt32 { slot.kind }
    /// Bytes of the value.
    public var count: Int { unsafe slot.bytes.count }

    /// The value's bytes.
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            let span = unsafe RawSpan(_unsafeBytes: slot.bytes)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// Lets `body` read the value's bytes; the pointer is not valid afterwards.
    public func withUnsafeBytes<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        unsafe try body(slot.bytes)
    }

    /// Gives the slot back; so does dropping the lease.
    public consuming func release() {}
}
