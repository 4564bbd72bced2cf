public import SluiceModel

extension ChannelReader {
    /// The channel's values from the next on, until the end of the stream.
    ///
    /// One loop at a time; it takes values just as ``ChannelReader/read(timeout:)-(_)`` does, each when it is asked for:
    /// what bounds the values ahead of it are the channel's slots. Cancelling the task ends the loop and loses nothing. An
    /// application's error ends the loop too; another one goes on behind it.
    public var values: ChannelValues<Value> { ChannelValues(reader: self) }
}

/// The values of any ``ChannelReader`` as an asynchronous sequence.
public struct ChannelValues<Value: Sendable>: AsyncSequence, Sendable {
    public typealias Element = Value
    public typealias Failure = SluiceError

    let reader: any ChannelReader<Value>

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reader: reader) }

    public struct AsyncIterator: AsyncIteratorProtocol {
        let reader: any ChannelReader<Value>

        /// The next value; nil at the end of the stream.
        public mutating func next() async throws(SluiceError) -> Value? { try await reader.read(timeout: .infinite) }

        public mutating func next(isolation actor: isolated (any Actor)?) async throws(SluiceError) -> Value? {
            try await reader.read(timeout: .infinite)
        }
    }
}

extension MultiReader {
    /// The rounds from the next on, until the end of all streams.
    ///
    /// One loop at a time. Cancelling the task ends it and keeps what was read of the round under way; an application's
    /// error ends it, and another loop goes on with the next round.
    public var rounds: Rounds<Value> { Rounds(reader: self) }
}

/// The rounds of a ``MultiReader`` as an asynchronous sequence.
public struct Rounds<Value: Sendable>: AsyncSequence, Sendable {
    public typealias Element = [Value]
    public typealias Failure = SluiceError

    let reader: MultiReader<Value>

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reader: reader) }

    public struct AsyncIterator: AsyncIteratorProtocol {
        let reader: MultiReader<Value>

        /// The next round; nil at the end of all streams.
        public mutating func next() async throws(SluiceError) -> [Value]? { try await reader.read(timeout: .infinite) }

        public mutating func next(isolation actor: isolated (any Actor)?) async throws(SluiceError) -> [Value]? {
            try await reader.read(timeout: .infinite)
        }
    }
}
