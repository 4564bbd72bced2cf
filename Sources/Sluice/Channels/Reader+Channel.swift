internal import Ring
public import SluiceModel

// Plain bytes, by way of a ring.
extension Reader: ChannelReader {
    public typealias Value = [UInt8]

    public func readEncoded(timeout: Timeout = .usual) throws(SluiceError) -> EncodedValue? {
        try endpoint.enter()
        defer { endpoint.leave() }
        guard let slot = try endpoint.takeItem(timeout) else { return nil }
        return EncodedValue(slot)
    }

    nonisolated(nonsending)
        public func readEncoded(timeout: Timeout = .usual) async throws(SluiceError) -> EncodedValue?
    {
        try endpoint.enter()
        defer { endpoint.leave() }
        guard let slot = try await endpoint.takeItem(timeout) else { return nil }
        return EncodedValue(slot)
    }

    public func skip(timeout: Timeout = .usual) throws(SluiceError) -> Bool {
        try endpoint.enter()
        defer { endpoint.leave() }
        return try endpoint.takeItem(timeout) != nil
    }

    nonisolated(nonsending)
        public func skip(timeout: Timeout = .usual) async throws(SluiceError) -> Bool
    {
        try endpoint.enter()
        defer { endpoint.leave() }
        return try await endpoint.takeItem(timeout) != nil
    }
}

extension EncodedValue {
    init(_ slot: borrowing Ring.ReadLease) {
        self.init(kind: slot.kind, bytes: unsafe Array(slot.bytes))
    }
}

extension ReaderEndpoint {
    /// What to throw for the item just taken if it is an error of the application's; nil for every other.
    @inline(__always)
    func failure(in slot: borrowing Ring.ReadLease) -> SluiceError? {
        guard ring.lastKind == ValueKind.failure else { return nil }
        return failure(of: slot)
    }

    @inline(never)
    private func failure(of slot: borrowing Ring.ReadLease) -> SluiceError {
        let writer = ApplicationFailure.Origin(actor: spec.writer.rawValue, node: writerNode, pid: writerPID)
        return unsafe ApplicationFailure.error(slot.bytes, channel: spec, sequence: slot.sequence, writer: writer)
    }
}
