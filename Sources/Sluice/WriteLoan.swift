internal import Ring
internal import SharedMemory
public import SluiceModel

/// A slot of the channel, borrowed to be filled in place.
///
/// Publish it, or drop it to give the slot back as if nothing had been. It may be filled in several turns and moved
/// between threads, and outlives its writer. What the slot held before is not cleared.
@safe public struct WriteLoan: ~Copyable, @unchecked Sendable {
    private var slot: Ring.WriteLoan?
    /// An endpoint stays as long as a loan of it is out.
    private let endpoint: Unmanaged<WriterEndpoint>
    private let start: UnsafeMutableRawPointer
    /// How many bytes there is room for.
    public let capacity: Int
    /// The number that the value will have in its channel.
    public let sequence: UInt64

    init(_ endpoint: WriterEndpoint, _ slot: consuming Ring.WriteLoan) {
        unsafe self.endpoint = .passUnretained(endpoint)
        unsafe start = slot.bytes.baseAddress.unsafelyUnwrapped
        capacity = unsafe slot.bytes.count
        sequence = slot.sequence
        self.slot = consume slot
    }

    /// The slot's bytes, to be written.
    public var bytes: MutableRawSpan {
        @_lifetime(&self)
        mutating get {
            let span = unsafe MutableRawSpan(_unsafeStart: start, byteCount: capacity)
            return unsafe _overrideLifetime(span, mutating: &self)
        }
    }

    /// Lets `body` write the slot's bytes; the pointer is not valid afterwards.
    public mutating func withUnsafeMutableBytes<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        unsafe try body(UnsafeMutableRawBufferPointer(start: start, count: capacity))
    }

    /// Makes the value visible to every reader.
    ///
    /// - Parameter count: How many of the slot's bytes are the value, from its start; all of them if nil.
    /// - Throws: ``SluiceError/Code/valueTooLarge`` for more than ``capacity``, ``SluiceError/Code/invalidArgument`` for
    ///   less than none, ``SluiceError/Code/forked``; the slot is given back then.
    public consuming func publish(count: Int? = nil) throws(SluiceError) {
        let count = count ?? capacity
        guard 0...capacity ~= count, !isForked else { throw refusal(count) }
        // Its end of the loan is settled when `self` goes, below.
        slot.take()?.publish(length: count)
    }

    /// As a slot has room for it.
    func encoded(_ failure: ApplicationFailure) -> [UInt8] {
        unsafe endpoint._withUnsafeGuaranteedRef { $0.encoded(failure, room: capacity).bytes }
    }

    /// Makes bytes of another kind visible, at most ``capacity``.
    consuming func publish(kind: UInt32, _ bytes: [UInt8]) throws(SluiceError) {
        guard !isForked else { throw refusal(bytes.count) }
        precondition(bytes.count <= capacity, "\(bytes.count) bytes in a loan of \(capacity)")
        let target = unsafe UnsafeMutableRawBufferPointer(start: start, count: capacity)
        unsafe bytes.withUnsafeBytes { unsafe target.copyValue(from: $0) }
        slot.take()?.publish(length: bytes.count, kind: kind)
    }

    deinit {
        if isForked {
            slot?.forget()
        } else {
            drop(slot)
            unsafe endpoint._withUnsafeGuaranteedRef { $0.leave() }
        }
    }

    private var isForked: Bool { unsafe endpoint._withUnsafeGuaranteedRef { $0.gate.isForked } }

    private func refusal(_ count: Int) -> SluiceError {
        unsafe endpoint._withUnsafeGuaranteedRef { endpoint in
            if endpoint.gate.isForked { return .forked("a loan of channel \(endpoint.spec.name)") }
            let channel = endpoint.spec.name.rawValue
            guard count >= 0 else { return .invalidArgument("a value cannot have \(count) bytes", channel: channel) }
            return SluiceError(
                .valueTooLarge, "\(count) bytes were published of a loan of \(capacity) in channel \(channel)",
                channel: channel, needed: UInt64(count), available: UInt64(capacity))
        }
    }
}

/// Ends the slot's own life before the endpoint's call does.
private func drop(_ slot: consuming Ring.WriteLoan?) {}
