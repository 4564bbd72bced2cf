internal import SharedMemory

/// A reader that drains its ring on a thread of its own.
package final class DrainThread: Sendable {
    private let thread: NamedThread
    private let outcome: Outcome

    private final class Outcome: Sendable {
        let value = Lock<Result<UInt64, any Error>?>(nil)
    }

    package init(_ reader: RigReader, _ pattern: Pattern) throws {
        let outcome = Outcome()
        self.outcome = outcome
        thread = try NamedThread("drain") {
            let result = Result { try reader.drain(pattern) }
            outcome.value.withLock { $0 = result }
        }
    }

    /// The sequence after the last value, once the stream has ended.
    package func result() throws -> UInt64 {
        thread.join()
        guard let result = outcome.value.withLock({ $0 }) else { throw Fault.missing }
        return try result.get()
    }
}
