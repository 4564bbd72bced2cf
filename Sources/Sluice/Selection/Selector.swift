internal import SharedMemory
public import SluiceModel
internal import Synchronization

/// Waits for the first of several readers that has something to read, again and again.
///
/// A reader is readable if a read with a timeout of zero would not time out: a value, an application's error, the end of
/// the stream or a failure is there. While a wait lasts it is each reader's one call; closing a reader ends it, since a read
/// would fail then. Nothing is taken: whoever waits reads what it wants.
///
/// A blocking wait for up to 127 readers of one worker sleeps in one system call (`futex_waitv`) on the calling thread.
/// More of them, and suspended calls, are slept for by the worker's waiter threads, 126 readers each. One call at a time.
public final class Selector: Sendable {
    public let readers: [any ChannelReader]
    private let sources: SourceSet
    /// Where the next look begins: after the one that was named last, so that none is kept waiting by the others.
    private let start = Atomic<Int>(0)

    /// - Parameter readers: At least one, of any kinds and value types, each once.
    /// - Throws: ``SluiceError/Code/invalidArgument``.
    public init(_ readers: [any ChannelReader]) throws(SluiceError) {
        self.readers = readers
        sources = try SourceSet(readers)
    }

    /// Waits until a reader is readable; its index. It is the first one behind the one that was returned last.
    ///
    /// - Parameter timeout: How long to wait; after ``SluiceError/Code/timedOut`` nothing has changed.
    /// - Throws: ``SluiceError/Code/timedOut``; ``SluiceError/Code/invalidArgument`` while another call of this selector, or
    ///   of one of its readers, is not over; ``SluiceError/Code/forked``, ``SluiceError/Code/limitReached``.
    public func next(timeout: Timeout = .usual) throws(SluiceError) -> Int {
        let until = Deadline(timeout, from: monotonicNow())
        return serve(try sources.wait(choice(isFirstEnough: true), until: until, timeout: timeout))[0]
    }

    /// Waits until a reader is readable, without blocking a thread of the cooperative pool; also throws
    /// ``SluiceError/Code/cancelled``, and then nothing has changed.
    nonisolated(nonsending)
        public func next(timeout: Timeout = .usual) async throws(SluiceError) -> Int
    {
        let until = Deadline(timeout, from: monotonicNow())
        return serve(try await sources.wait(choice(isFirstEnough: true), until: until, timeout: timeout))[0]
    }

    /// Waits until a reader is readable; the indices of all that are, beginning behind the one that was first last time.
    public func readable(timeout: Timeout = .usual) throws(SluiceError) -> [Int] {
        let until = Deadline(timeout, from: monotonicNow())
        return serve(try sources.wait(choice(isFirstEnough: false), until: until, timeout: timeout))
    }

    /// Waits until a reader is readable, without blocking a thread of the cooperative pool.
    nonisolated(nonsending)
        public func readable(timeout: Timeout = .usual) async throws(SluiceError) -> [Int]
    {
        let until = Deadline(timeout, from: monotonicNow())
        return serve(try await sources.wait(choice(isFirstEnough: false), until: until, timeout: timeout))
    }

    private func choice(isFirstEnough: Bool) -> SourceSet.Choice {
        SourceSet.Choice(start: start.load(ordering: .relaxed), isFirstEnough: isFirstEnough)
    }

    private func serve(_ ready: [Int]) -> [Int] {
        start.store((ready[0] + 1) % readers.count, ordering: .relaxed)
        return ready
    }
}

/// Waits until at least one of several readers is readable; the indices of all that are, in order.
///
/// The same as ``Selector/readable(timeout:)-(_)`` of a fresh ``Selector``, which is the thing to keep for waiting again.
public func select(among readers: [any ChannelReader], timeout: Timeout = .usual) throws(SluiceError) -> [Int] {
    try Selector(readers).readable(timeout: timeout)
}

/// Waits until at least one of several readers is readable, without blocking a thread of the cooperative pool.
nonisolated(nonsending)
    public func select(among readers: [any ChannelReader], timeout: Timeout = .usual) async throws(SluiceError)
    -> [Int]
{
    try await Selector(readers).readable(timeout: timeout)
}
