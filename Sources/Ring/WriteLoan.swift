/// A slot being written. Publish it, or drop it to give the slot back.
///
/// It may be filled in several turns, and moved between threads; it is the writing thread's like the writer itself.
@safe
package struct WriteLoan: ~Copyable, @unchecked Sendable {
    private let core: UnsafeMutablePointer<WriterCore>
    /// The value's number.
    package let sequence: UInt64
    /// Where the value goes: as many bytes as were asked for, not cleared of what the slot held before.
    package let bytes: UnsafeMutableRawBufferPointer

    @inline(__always)
    init(_ core: UnsafeMutablePointer<WriterCore>, _ size: Int) {
        unsafe self.core = core
        sequence = unsafe core.pointee.loanedSequence
        unsafe bytes = core.pointee.loanedBytes(size)
    }

    /// Makes the value visible.
    ///
    /// - Parameters:
    ///   - length: Its bytes, at most as many as were asked for; all of them if nil.
    ///   - kind: What readers are told of it.
    @inline(__always)
    package consuming func publish(length: Int? = nil, kind: UInt32 = 0) {
        let length = unsafe length ?? bytes.count
        precondition(unsafe 0...bytes.count ~= length, "\(length) bytes in a loan of \(unsafe bytes.count)")
        unsafe WriterCore.publish(core, length: length, kind: kind)
        discard self
    }

    /// Lets go of it without a trace: in a forked child, where the slot is the parent's.
    package consuming func forget() { discard self }

    deinit { unsafe WriterCore.giveBack(core) }
}
