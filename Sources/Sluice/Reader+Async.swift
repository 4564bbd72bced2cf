internal import Ring
public import SluiceModel

// The calls of a reader for async code: suspended calls wait on a thread of the library's, not on the caller's.
extension Reader {
    /// Takes the next value, copied; nil at the end of the stream.
    ///
    /// - Throws: As the blocking form does, and ``SluiceError/Code/cancelled``; then nothing has changed.
    nonisolated(nonsending)
        public func read(timeout: Timeout = .usual) async throws(SluiceError) -> [UInt8]?
    {
        try endpoint.enter()
        defer { endpoint.leave() }
        guard let slot = try await endpoint.takeValue(timeout) else { return nil }
        return unsafe Array(slot.bytes)
    }

    /// Takes the next value into memory of the caller's; nil at the end of the stream.
    nonisolated(nonsending)
        public func read(into buffer: UnsafeMutableRawBufferPointer, timeout: Timeout = .usual)
        async throws(SluiceError) -> Int?
    {
        try endpoint.enter()
        defer { endpoint.leave() }
        guard let slot = try await endpoint.takeValue(timeout) else { return nil }
        return unsafe try endpoint.move(slot, into: buffer)
    }

    /// Takes the next value in place; nil at the end of the stream.
    nonisolated(nonsending)
        public func lease(timeout: Timeout = .usual) async throws(SluiceError) -> ReadLease?
    {
        try endpoint.enter()
        defer { endpoint.leave() }
        guard let slot = try await endpoint.takeValue(timeout) else { return nil }
        return ReadLease(slot)
    }

    /// The channel's values from the next on, copied, until the end of the stream.
    ///
    /// One loop at a time; it takes values from the reader just as ``read(timeout:)`` does.
    public var values: Values { Values(reader: self) }
}

/// The values of a ``Reader`` as an asynchronous sequence.
public struct Values: AsyncSequence, Sendable {
    public typealias Element = [UInt8]
    public typealias Failure = SluiceError

    let reader: Reader

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reader: reader) }

    public struct AsyncIterator: AsyncIteratorProtocol {
        let reader: Reader

        /// The next value; nil at the end of the stream.
        public mutating func next() async throws(SluiceError) -> [UInt8]? { try await reader.read(timeout: .infinite) }

        public mutating func next(isolation actor: isolated (any Actor)?) async throws(SluiceError) -> [UInt8]? {
            try await reader.read(timeout: .infinite)
        }
    }
}
