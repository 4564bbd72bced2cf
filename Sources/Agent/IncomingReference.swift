import Relay
import Ring
import SluiceModel
import Wire

/// This node's reader reference of a channel: the agent is its ring's writer.
final class IncomingReference {
    let spec: ChannelSpec
    let writerNode: NodeName
    /// Nil until it is known where the stream begins.
    private(set) var writer: RingWriter?
    var inbox: Inbox
    /// The slot being filled.
    private var loan: WriteLoan?
    var end: ChannelEnd?
    var isEndReported = false
    /// The number of the last `open`, also one that only asked.
    var opening: UInt64 = 0
    /// When to try to open again; nil: it is open, or waits for a session.
    var reopenAt: UInt64?
    var isDoorbellWanted = false
    /// Whether something may have changed that the sender should hear of.
    var isTouched = false

    init(_ spec: ChannelSpec, writerNode: NodeName, limits: RelayLimits) {
        self.spec = spec
        self.writerNode = writerNode
        inbox = Inbox(channel: spec.id, slots: spec.slots, slotSize: spec.slotSize, published: 0, limits: limits)
    }

    func start(_ writer: RingWriter, limits: RelayLimits) {
        inbox = Inbox(
            channel: spec.id, slots: spec.slots, slotSize: spec.slotSize, published: writer.published, limits: limits)
        self.writer = writer
    }

    /// Stores a part of value `sequence`; the last part makes it visible.
    func store(
        _ sequence: UInt64, _ bytes: UnsafeRawBufferPointer, at offset: UInt64, of length: UInt64, kind: UInt32,
        completes: Bool
    ) throws(LoanError) {
        guard let writer else { preconditionFailure("a reference without a ring was sent to") }
        if loan == nil {
            guard let fresh = try writer.tryLoan(spec.slotSize) else {
                preconditionFailure("value \(sequence) of channel \(spec.name) came within its credit and has no slot")
            }
            loan = consume fresh
        }
        guard let current = loan.take() else { return }
        precondition(current.sequence == sequence, "slot \(current.sequence) for value \(sequence)")
        if bytes.count > 0 {
            let place = unsafe UnsafeMutableRawBufferPointer(rebasing: current.bytes[Int(offset)...])
            unsafe place.copyMemory(from: bytes)
        }
        if completes { current.publish(length: Int(length), kind: kind) } else { loan = consume current }
    }

    /// The session is over: what of a value has come is nothing.
    func interrupt() {
        loan = nil
        inbox.close()
    }

    func letGo() {
        loan = nil
        writer = nil
    }
}
