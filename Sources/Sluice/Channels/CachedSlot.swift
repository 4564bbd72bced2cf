internal import SharedMemory
public import SluiceModel

/// A place for one value of this process, which is put once and read a fixed number of times, then dropped.
///
/// It never waits. All of its calls may be made from any thread. The value is read-only: every read gets the same one,
/// which is `Sendable`.
public final class CachedSlot<Value: Sendable>: Sendable {
    /// How often each value is read.
    public let reads: Int
    private let state = Lock<(value: Value?, left: Int)>((nil, 0))

    /// - Parameter reads: 1 ... ``Limits/mostEndpoints``.
    /// - Throws: ``SluiceError/Code/invalidArgument`` for a number out of bounds.
    public init(reads: Int) throws(SluiceError) {
        try checkConsumers(reads, channel: nil)
        self.reads = reads
    }

    /// How often the present value is yet to be read; 0 if there is none.
    public var remaining: Int { state.withLock { $0.left } }

    /// Puts the next value.
    ///
    /// - Throws: ``SluiceError/Code/unread`` while reads of the former are left, with their number in `available`.
    public func put(_ value: Value) throws(SluiceError) {
        let left = state.withLock { state in
            let left = state.left
            if left == 0 { state = (value, reads) }
            return left
        }
        guard left == 0 else {
            throw SluiceError(
                .unread, "the former value is yet to be read \(left) times of \(reads)", available: UInt64(left))
        }
    }

    /// The present value.
    ///
    /// - Throws: ``SluiceError/Code/empty`` if none was put since the last was read as often as it may be.
    public func read() throws(SluiceError) -> Value {
        let value = state.withLock { state -> Value? in
            guard state.left > 0 else { return nil }
            state.left -= 1
            return state.left == 0 ? state.value.take() : state.value
        }
        guard let value else {
            throw SluiceError(.empty, "there is no value: each may be read \(reads) times; put the next one first")
        }
        return value
    }
}

extension SluiceError.Code {
    /// Nothing was put there, or it has been read as often as it may be.
    public static let empty = SluiceError.Code(rawValue: "empty")
    /// What is there has to be read first.
    public static let unread = SluiceError.Code(rawValue: "unread")
}
