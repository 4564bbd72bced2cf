import Relay
import Ring
import SharedMemory
import SluiceModel
import Wire

/// What came of the values in a batch that follow one another and are of one stream.
struct BatchRun {
    let stream: UInt64
    var count = 0
    var bytes: UInt64 = 0
    /// Why the stream has to be opened again.
    var violation: String?
    /// The frame has no more.
    var isOver = false

    init(stream: UInt64) { self.stream = stream }
}

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
    /// Whether it is among those whose sender must hear of something soon.
    var isUntold = false

    init(_ spec: ChannelSpec, writerNode: NodeName, slotSize: Int, limits: RelayLimits) {
        self.spec = spec
        self.writerNode = writerNode
        inbox = Inbox(channel: spec.id, slots: spec.slots, slotSize: slotSize, published: 0, limits: limits)
    }

    func start(_ writer: RingWriter, slotSize: Int, limits: RelayLimits) {
        inbox = Inbox(
            channel: spec.id, slots: spec.slots, slotSize: max(slotSize, Int(inbox.slotSize)),
            published: writer.published, limits: limits)
        self.writer = writer
    }

    /// Stores a part of value `sequence`; the last part makes it visible.
    func store(
        _ sequence: UInt64, _ bytes: UnsafeRawBufferPointer, at offset: UInt64, of length: UInt64, kind: UInt32,
        completes: Bool
    ) throws(LoanError) {
        guard let writer else { preconditionFailure("a reference without a ring was sent to") }
        let current = if let open = loan.take() { open } else { try slot(writer, sequence, Int(length)) }
        precondition(current.sequence == sequence, "slot \(current.sequence) for value \(sequence)")
        if bytes.count > 0 {
            let place = unsafe UnsafeMutableRawBufferPointer(rebasing: current.bytes[Int(offset)...])
            unsafe place.copyValue(from: bytes)
        }
        if completes { current.publish(length: Int(length), kind: kind) } else { loan = consume current }
    }

    /// Stores the values of a batch from `value` on, as long as they are of one stream. Leaves the first of another there.
    func store(
        _ value: inout (entry: BatchEntry, payload: UnsafeRawBufferPointer), _ reader: inout BatchReader,
        _ run: inout BatchRun
    ) throws(FrameError) {
        guard let writer else { preconditionFailure("a reference without a ring was sent to") }
        // In place of the property, which would be looked up, and guarded, for each value.
        var inbox = inbox
        defer { self.inbox = inbox }
        while true {
            let entry = unsafe value.entry
            let length = UInt64(entry.length)
            switch inbox.arrived(
                stream: entry.stream, sequence: entry.sequence, offset: 0, length: length, valueLength: length)
            {
            case .store:
                do throws(LoanError) {
                    let loan = try slot(writer, entry.sequence, Int(length))
                    precondition(loan.sequence == entry.sequence, "slot \(loan.sequence) for value \(entry.sequence)")
                    unsafe loan.bytes.copyMemory(from: value.payload)
                    loan.publish(length: Int(length), kind: entry.valueKind)
                } catch {
                    return run.violation = "value \(entry.sequence) cannot be stored: \(error)"
                }
                run.count += 1
                run.bytes += length
            case .stale: break
            case .violation(let violation): return run.violation = violation.rawValue
            }
            guard let next = unsafe try reader.next() else { return run.isOver = true }
            unsafe value = next
            guard unsafe next.entry.stream == run.stream else { return }
        }
    }

    private func slot(_ writer: RingWriter, _ sequence: UInt64, _ length: Int) throws(LoanError) -> WriteLoan {
        guard let loan = try writer.tryLoan(length) else {
            preconditionFailure("value \(sequence) of channel \(spec.name) came within its credit and has no slot")
        }
        return loan
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
