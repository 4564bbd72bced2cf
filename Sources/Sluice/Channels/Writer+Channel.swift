internal import Ring
internal import SharedMemory
public import SluiceModel

// Plain bytes, by way of a ring.
extension Writer: ChannelWriter {
    public typealias Value = [UInt8]

    public func stage(_ item: ChannelItem<[UInt8]>, timeout: Timeout) throws(SluiceError) {
        let encoded = endpoint.encoded(item)
        try endpoint.stage(encoded.bytes.count, timeout)
        endpoint.fill(encoded)
    }

    nonisolated(nonsending)
        public func stage(_ item: ChannelItem<[UInt8]>, timeout: Timeout) async throws(SluiceError)
    {
        let encoded = endpoint.encoded(item)
        try await endpoint.stage(encoded.bytes.count, timeout)
        endpoint.fill(encoded)
    }

    public func commit() { endpoint.commit() }
    public func rollBack() { endpoint.rollBack() }
}

extension WriterEndpoint {
    func encoded(_ item: ChannelItem<[UInt8]>) -> EncodedValue {
        switch item {
        case .value(let bytes): EncodedValue(bytes: bytes)
        case .failure(let failure): encoded(failure)
        case .encoded(let encoded): encoded
        }
    }

    func encoded(_ failure: ApplicationFailure) -> EncodedValue { encoded(failure, room: spec.largestValue) }

    func encoded(_ failure: ApplicationFailure, room: Int) -> EncodedValue {
        let publisher = ApplicationFailure.Origin(
            actor: spec.writer.rawValue, node: node, pid: core.segment.identity.pid)
        return EncodedValue(
            kind: ValueKind.failure, bytes: failure.encoded(by: publisher, room: room))
    }

    /// Takes a slot, and keeps it until ``commit()`` or ``rollBack()``. The call is not over before.
    func stage(_ size: Int, _ timeout: Timeout) throws(SluiceError) {
        try enter()
        do throws(SluiceError) { unsafe staged = Staged(slot: try takeSlot(size, timeout)) } catch {
            leave()
            throw error
        }
    }

    nonisolated(nonsending)
        func stage(_ size: Int, _ timeout: Timeout) async throws(SluiceError)
    {
        try enter()
        do throws(SluiceError) { unsafe staged = Staged(slot: try await takeSlot(size, timeout)) } catch {
            leave()
            throw error
        }
    }

    /// The slot that was staged, to be filled.
    func withStaged<Failure: Error>(
        kind: UInt32, _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        guard var staging = unsafe staged.take() else { preconditionFailure("nothing is staged") }
        staging.kind = kind
        let place = unsafe staging.slot.bytes
        unsafe staged = consume staging
        unsafe try body(place)
    }

    func fill(_ value: EncodedValue) {
        unsafe withStaged(kind: value.kind) { place in
            unsafe value.bytes.withUnsafeBytes { unsafe place.copyValue(from: $0) }
        }
    }

    func commit() {
        guard let staging = unsafe staged.take() else { preconditionFailure("nothing is staged") }
        staging.publish()
        leave()
    }

    func rollBack() {
        let wasStaged = dropStaged()
        precondition(wasStaged, "nothing is staged")
    }

    /// Of a writer that nobody has any more: what is staged will not be committed. False if nothing is.
    @discardableResult
    func dropStaged() -> Bool {
        guard let staging = unsafe staged.take() else { return false }
        _ = consume staging
        leave()
        return true
    }
}

/// A slot that is filled, and not yet visible.
struct Staged: ~Copyable {
    var slot: Ring.WriteLoan
    var kind: UInt32 = ValueKind.bytes

    init(slot: consuming Ring.WriteLoan) { self.slot = slot }

    consuming func publish() { slot.publish(kind: kind) }
}
