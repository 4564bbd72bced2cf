/// A slot being read. Its memory stays as it is, and mapped, until it is released or dropped.
///
/// It may be released on any thread, before or after leases that were taken earlier.
@safe
package struct ReadLease: ~Copyable, @unchecked Sendable {
    private let core: UnsafeMutablePointer<ReaderCore>
    /// The value's number in its channel.
    package let sequence: UInt64
    package let kind: UInt32
    /// The value, in place.
    package let bytes: UnsafeRawBufferPointer

    @inline(__always)
    init(_ core: UnsafeMutablePointer<ReaderCore>, _ value: ValueHeader) throws(LeaseError) {
        unsafe bytes = try core.pointee.locate(value)
        unsafe self.core = core
        sequence = value.sequence
        kind = value.kind
    }

    /// Gives the slot back.
    @inline(__always)
    package consuming func release() {
        unsafe ReaderCore.release(core, sequence)
        discard self
    }

    /// Lets go of it without a trace: in a forked child, where the slot is the parent's.
    package consuming func forget() { discard self }

    deinit { unsafe ReaderCore.release(core, sequence) }
}
