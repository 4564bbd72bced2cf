public import SluiceModel

/// Reads channels of different types of value in rounds: a ``MultiReader`` whose rounds are tuples.
public final class TupleReader<each Value: Sendable>: Sendable {
    /// The same rounds, with the types left open.
    public let untyped: MultiReader<any Sendable>

    /// - Parameter readers: At least one, each once.
    /// - Throws: ``SluiceError/Code/invalidArgument``.
    public init(_ readers: repeat any ChannelReader<each Value>) throws(SluiceError) {
        var list: [any ChannelReader<any Sendable>] = []
        for reader in repeat each readers { list.append(AnyChannelReader(reader)) }
        untyped = try MultiReader(list)
    }

    /// Takes the next round, as ``MultiReader/read(timeout:)-(_)`` does; nil at the end of all streams.
    public func read(timeout: Timeout = .usual) throws(SluiceError) -> (repeat each Value)? {
        try untyped.read(timeout: timeout).map { tuple($0) }
    }

    /// Takes the next round without blocking a thread of the cooperative pool.
    nonisolated(nonsending)
        public func read(timeout: Timeout = .usual) async throws(SluiceError) -> (repeat each Value)?
    {
        try await untyped.read(timeout: timeout).map { tuple($0) }
    }

    /// Closes every reader.
    public func close() { untyped.close() }

    private func tuple(_ values: [any Sendable]) -> (repeat each Value) {
        var rest = values[...]
        func next<One>(_ type: One.Type) -> One {
            guard let value = rest.removeFirst() as? One else {
                preconditionFailure("a reader of \(One.self) has brought something else")
            }
            return value
        }
        return (repeat next((each Value).self))
    }
}
