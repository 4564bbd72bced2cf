/// A slot being read. Its memory stays as it is, and mapped, until it is released or dropped.
///
/// It may be released on any thread, before or after leases that were taken earlier.
// Four words, so that it is returned in registers: through memory, two words that were stored apart and are loaded together
// wait for every store before them to reach the cache, those to shared lines included.
@safe
package struct ReadLease: ~Copyable, @unchecked Sendable {
    private let core: UnsafeMutablePointer<ReaderCore>
    /// The value's number in its channel.
    package let sequence: UInt64
    /// The value, in place.
    package let bytes: UnsafeRawBufferPointer

    @inline(__always)
    init(_ core: UnsafeMutablePointer<ReaderCore>, _ value: ValueHeader) throws(LeaseError) {
        unsafe bytes = try ReaderCore.locate(core, value)
        unsafe self.core = core
        sequence = value.sequence
    }

    /// What its writer said of it.
    package var kind: UInt32 { unsafe core.pointee.kind(sequence) }

    /// Gives the slot back.
    @inline(__always)
    package consuming func release() {
        unsafe ReaderCore.release(core, sequence)
        discard self
    }

    deinit { unsafe ReaderCore.release(core, sequence) }
}
