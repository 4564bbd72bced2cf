internal import Ring
internal import SharedMemory
public import SluiceModel

// The calls of a writer for async code: suspended calls wait on a thread of the library's, not on the caller's.
extension Writer {
    /// Copies a value into the channel, without blocking a thread of the cooperative pool.
    ///
    /// - Throws: As ``write(_:timeout:)-(UnsafeRawBufferPointer,_)`` does, and ``SluiceError/Code/cancelled``; then
    ///   nothing has changed.
    nonisolated(nonsending)
        public func write(_ bytes: UnsafeRawBufferPointer, timeout: Timeout = .usual) async throws(SluiceError)
    {
        try endpoint.enter()
        defer { endpoint.leave() }
        let slot = try await endpoint.takeSlot(bytes.count, timeout)
        unsafe slot.bytes.copyValue(from: bytes)
        slot.publish()
    }

    /// Copies a value into the channel, without blocking a thread of the cooperative pool.
    nonisolated(nonsending)
        public func write(_ bytes: [UInt8], timeout: Timeout = .usual) async throws(SluiceError)
    {
        try endpoint.enter()
        defer { endpoint.leave() }
        let slot = try await endpoint.takeSlot(bytes.count, timeout)
        let target = unsafe slot.bytes
        unsafe bytes.withUnsafeBytes { unsafe target.copyValue(from: $0) }
        slot.publish()
    }

    /// Borrows the next slot, without blocking a thread of the cooperative pool.
    nonisolated(nonsending)
        public func loan(_ size: Int? = nil, timeout: Timeout = .usual) async throws(SluiceError) -> WriteLoan
    {
        try endpoint.enter()
        do throws(SluiceError) {
            return WriteLoan(endpoint, try await endpoint.takeSlot(size ?? endpoint.ring.slotSize, timeout))
        } catch {
            endpoint.leave()
            throw error
        }
    }
}
