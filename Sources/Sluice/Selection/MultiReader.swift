internal import SharedMemory
public import SluiceModel
internal import Synchronization

/// Reads several channels in rounds: one value from each, in the order of the readers.
///
/// Item number n of every channel, counted from the first that this object takes, makes round n; rounds never mix:
/// - An application's error in any channel ends its round at once, whatever the others have: it is thrown, and what they
///   bring for that round is taken and dropped, before the next round is read.
/// - A timeout or a cancellation keeps what was read for the next call.
/// - The stream of rounds ends when every channel ends with the same round. If one ends sooner than another, that is an
///   error that names both, and so is a channel that fails (its writer died, say). Such an error stays: the round under way
///   cannot be completed, and ``unfinished`` has what was read of it.
///
/// Inputs are taken from as they come. One call at a time, and none of a single reader's while one is under way;
/// ``close()`` may come from any thread at any time. For channels of different types of value see ``AnyChannelReader``.
public final class MultiReader<Value: Sendable>: @unchecked Sendable {
    public let readers: [any ChannelReader<Value>]
    private let sources: SourceSet
    private let isBusy = Atomic<Bool>(false)
    /// Of the call inside, which `isBusy` gives it to.
    private var progress: RoundProgress<Value>

    /// - Parameter readers: At least one, each once.
    /// - Throws: ``SluiceError/Code/invalidArgument``.
    public init(_ readers: [any ChannelReader<Value>]) throws(SluiceError) {
        self.readers = readers
        sources = try SourceSet(readers)
        progress = RoundProgress(inputs: readers.count)
    }

    /// Takes the next round: a value from each channel; nil at the end of all streams.
    ///
    /// - Parameter timeout: How long to wait for the whole round. After ``SluiceError/Code/timedOut`` the same call goes on
    ///   where this one stopped.
    /// - Throws: ``SluiceError/Code/application`` and ``SluiceError/Code/cannotDecode``, which end a round like values;
    ///   ``SluiceError/Code/timedOut``; ``SluiceError/Code/closed`` for a channel that has ended before the others, or a
    ///   reader that is closed; ``SluiceError/Code/writerDied`` and what else ``ChannelReader/read(timeout:)-(_)`` throws;
    ///   ``SluiceError/Code/invalidArgument`` while another call is under way.
    public func read(timeout: Timeout = .usual) throws(SluiceError) -> [Value]? {
        try enter()
        defer { leave() }
        let deadline = Deadline(timeout, from: monotonicNow())
        while true {
            if let round = try conclude() { return round.values }
            let choice = SourceSet.Choice(wanted: progress.wanted)
            for index in try sources.wait(choice, until: deadline, timeout: timeout) { try take(index) }
        }
    }

    /// Takes the next round without blocking a thread of the cooperative pool; also throws
    /// ``SluiceError/Code/cancelled``, and then what was read is kept.
    nonisolated(nonsending)
        public func read(timeout: Timeout = .usual) async throws(SluiceError) -> [Value]?
    {
        try enter()
        defer { leave() }
        let deadline = Deadline(timeout, from: monotonicNow())
        while true {
            if let round = try conclude() { return round.values }
            let choice = SourceSet.Choice(wanted: progress.wanted)
            for index in try await sources.wait(choice, until: deadline, timeout: timeout) { try take(index) }
        }
    }

    /// What was read of the round under way, by reader; empty while a call is under way.
    public var unfinished: [Value?] {
        guard !isBusy.exchange(true, ordering: .acquiring) else { return [] }
        defer { leave() }
        return progress.unfinished
    }

    /// Closes every reader; a call that waits ends with ``SluiceError/Code/closed``.
    public func close() {
        for reader in readers { reader.close() }
    }
}

extension MultiReader {
    private struct Round {
        /// Nil at the end.
        var values: [Value]?
    }

    private func enter() throws(SluiceError) {
        guard !isBusy.exchange(true, ordering: .acquiring) else {
            throw .invalidArgument(
                "a read of channels \(readers.map(\.channel).joined(separator: ", ")) is not over yet")
        }
    }

    private func leave() { isBusy.store(false, ordering: .releasing) }

    /// The round, if there is nothing more to take for it.
    private func conclude() throws(SluiceError) -> Round? {
        switch progress.conclude() {
        case .complete(let values): return Round(values: values)
        case .ended: return Round(values: nil)
        case .incomplete: return nil
        case .uneven(let ended, let going):
            let (last, other) = (readers[ended].channel, readers[going].channel)
            throw SluiceError(
                .closed,
                """
                channel \(last) has ended after \(progress.items(ended)) rounds while channel \(other) goes on; close the \
                readers, or read the others one by one
                """, channel: last, sequence: progress.items(ended))
        }
    }

    /// Takes the next item of an input that is readable, without waiting for anything.
    private func take(_ index: Int) throws(SluiceError) {
        do throws(SluiceError) {
            if progress.owes(index) {
                progress.skipped(index, try readers[index].skip(timeout: .zero))
            } else {
                progress.took(index, try readers[index].read(timeout: .zero))
            }
        } catch {
            switch error.code {
            // There was something to see, and now there is not: it will be waited for.
            case .timedOut: return
            // Consumed like a value.
            case .application, .cannotDecode:
                progress.failed(at: index)
                throw error
            default: throw error
            }
        }
    }
}
