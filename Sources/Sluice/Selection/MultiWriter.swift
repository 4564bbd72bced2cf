internal import SharedMemory
public import SluiceModel

/// Writes to several channels in rounds: a tuple, one element for each channel, in the order of the writers.
///
/// A round is staged in every channel before it is committed in any. So a timeout, a cancellation, or a channel that is
/// closed, has failed or refuses its element, changes nothing anywhere: the others are rolled back, and the error names
/// the channel. An error in a round's place goes to every channel.
///
/// A process that dies while it commits may have committed to the first few channels and not to the others: readers get
/// what each channel has, one round more from some than from others, and then ``SluiceError/Code/writerDied``. A
/// ``MultiReader`` gives the incomplete round to nobody, and fails with that error.
///
/// One call at a time; ``close()`` may come from any thread at any time.
public final class MultiWriter<Element: Sendable>: ChannelWriter {
    public typealias Value = [Element]

    public let writers: [any ChannelWriter<Element>]

    /// - Parameter writers: At least one, each once.
    /// - Throws: ``SluiceError/Code/invalidArgument``.
    public init(_ writers: [any ChannelWriter<Element>]) throws(SluiceError) {
        guard !writers.isEmpty else { throw .invalidArgument("there are no channels to write to; give at least one") }
        var seen: Set<ObjectIdentifier> = []
        for writer in writers {
            let base = (writer as? AnyChannelWriter)?.base ?? writer
            guard seen.insert(ObjectIdentifier(base)).inserted else {
                throw .invalidArgument(
                    "the writer of channel \(writer.channel) is listed twice", channel: writer.channel)
            }
        }
        self.writers = writers
    }

    /// The channels' names, with commas between them.
    public var channel: String { writers.map(\.channel).joined(separator: ", ") }

    /// Publishes a round in which some elements may be errors, or values that are encoded already.
    ///
    /// - Throws: ``SluiceError/Code/invalidArgument`` with `needed` and `available` if there is not one item for each
    ///   channel; else as ``ChannelWriter/stage(_:timeout:)-(_,_)`` does.
    public func write(items: [ChannelItem<Element>], timeout: Timeout = .usual) throws(SluiceError) {
        try stage(items: items, timeout: timeout)
        commit()
    }

    /// Publishes a round, without blocking a thread of the cooperative pool.
    nonisolated(nonsending)
        public func write(items: [ChannelItem<Element>], timeout: Timeout = .usual) async throws(SluiceError)
    {
        try await stage(items: items, timeout: timeout)
        commit()
    }

    public func stage(_ item: ChannelItem<[Element]>, timeout: Timeout) throws(SluiceError) {
        try stage(items: spread(item), timeout: timeout)
    }

    nonisolated(nonsending)
        public func stage(_ item: ChannelItem<[Element]>, timeout: Timeout) async throws(SluiceError)
    {
        try await stage(items: spread(item), timeout: timeout)
    }

    public func commit() {
        for writer in writers { writer.commit() }
    }

    public func rollBack() { rollBack(writers.count) }

    /// Ends every stream, behind the same round.
    public func close() {
        for writer in writers { writer.close() }
    }
}

extension MultiWriter {
    private func stage(items: [ChannelItem<Element>], timeout: Timeout) throws(SluiceError) {
        try check(items.count)
        let deadline = Deadline(timeout, from: monotonicNow())
        for index in writers.indices {
            do throws(SluiceError) {
                try writers[index].stage(items[index], timeout: deadline.timeout)
            } catch {
                rollBack(index)
                throw error
            }
        }
    }

    nonisolated(nonsending)
        private func stage(items: [ChannelItem<Element>], timeout: Timeout) async throws(SluiceError)
    {
        try check(items.count)
        let deadline = Deadline(timeout, from: monotonicNow())
        for index in writers.indices {
            do throws(SluiceError) {
                try await writers[index].stage(items[index], timeout: deadline.timeout)
            } catch {
                rollBack(index)
                throw error
            }
        }
    }

    /// Of the first so many.
    private func rollBack(_ count: Int) {
        for writer in writers.prefix(count) { writer.rollBack() }
    }

    private func spread(_ item: ChannelItem<[Element]>) -> [ChannelItem<Element>] {
        switch item {
        case .value(let values): values.map { .value($0) }
        case .failure(let failure): writers.map { _ in .failure(failure) }
        case .encoded(let encoded): writers.map { _ in .encoded(encoded) }
        }
    }

    private func check(_ count: Int) throws(SluiceError) {
        guard count == writers.count else {
            throw SluiceError(
                .invalidArgument, "a round of \(count) elements for the \(writers.count) channels \(channel)",
                needed: UInt64(writers.count), available: UInt64(count))
        }
    }
}

extension Deadline {
    /// What is left of it.
    var timeout: Timeout { Timeout(nanoseconds: remaining(at: monotonicNow())) }
}
