internal import Ring
internal import SharedMemory
internal import SluiceModel
internal import Synchronization

/// Readers that are waited for together: what a ``Selector`` and a ``MultiReader`` are made of. One wait at a time.
///
/// A blocking wait for no more readers than the kernel takes words sleeps on the calling thread. For more of them, and for
/// suspended calls, the worker's waiter threads sleep, each for as many as it can.
final class SourceSet: @unchecked Sendable {
    let sources: [any WaitSource]
    /// One that is dropped is closed: not while somebody waits for it here.
    private let readers: [any ChannelReader]
    private let isOfOneWorker: Bool
    private let isBusy = Atomic<Bool>(false)
    // Of the wait that is under way, which `isBusy` gives to it alone. Kept between waits: none of them allocates.
    private var inside: [Int] = []
    private var points: [WaitPoint] = []
    private var ready: [Int] = []

    /// - Throws: ``SluiceError/Code/invalidArgument`` for no readers, for one that is listed twice and for one that cannot
    ///   be waited for.
    init(_ readers: [any ChannelReader]) throws(SluiceError) {
        guard !readers.isEmpty else { throw .invalidArgument("there are no channels to wait for; give at least one") }
        var sources: [any WaitSource] = []
        var seen: [ObjectIdentifier: Int] = [:]
        for (index, reader) in readers.enumerated() {
            guard let source = reader.anyWaitSource else {
                throw .invalidArgument(
                    "the reader of channel \(reader.channel), at \(index), is of a kind that cannot be waited for with others",
                    channel: reader.channel)
            }
            if let first = seen.updateValue(index, forKey: ObjectIdentifier(source)) {
                throw .invalidArgument(
                    "the reader of channel \(source.channel) is listed twice, at \(first) and at \(index)",
                    channel: source.channel)
            }
            sources.append(source)
        }
        self.sources = sources
        self.readers = readers
        isOfOneWorker = sources.allSatisfy { $0.core === sources[0].core }
    }

    /// Which readers a wait is for, and in which order it looks.
    struct Choice {
        /// By index; nil: all of them.
        var wanted: [Bool]?
        var start = 0
        /// One is enough: do not look at the others.
        var isFirstEnough = false
    }

    /// Blocks until at least one is readable; those that are, in the order of the look.
    func wait(_ choice: Choice, until deadline: Deadline, timeout: Timeout) throws(SluiceError) -> [Int] {
        try begin(choice)
        defer { end() }
        while ready.isEmpty {
            if deadline.hasPassed(at: monotonicNow()) { throw late(timeout) }
            if isOfOneWorker, inside.count <= Waiter.mostPoints {
                sleep(until: deadline)
                look(choice)
            } else {
                let outcome = WaitGroup.park(inside.map { sources[$0] }, until: deadline).wait()
                look(choice)
                try conclude(outcome, timeout)
            }
        }
        return ready
    }

    /// Suspends until at least one is readable.
    nonisolated(nonsending)
        func wait(_ choice: Choice, until deadline: Deadline, timeout: Timeout) async throws(SluiceError) -> [Int]
    {
        try begin(choice)
        defer { end() }
        while ready.isEmpty {
            if deadline.hasPassed(at: monotonicNow()) { throw late(timeout) }
            let outcome = await WaitGroup.park(inside.map { sources[$0] }, until: deadline).value()
            look(choice)
            try conclude(outcome, timeout)
        }
        return ready
    }
}

// The parts of a wait.
extension SourceSet {
    /// Enters the readers and looks at each on the way.
    private func begin(_ choice: Choice) throws(SluiceError) {
        guard !isBusy.exchange(true, ordering: .acquiring) else {
            throw .invalidArgument("another call that waits for channels \(names(sources.indices)) is not over yet")
        }
        ready.removeAll(keepingCapacity: true)
        inside.removeAll(keepingCapacity: true)
        for step in sources.indices {
            let index = (choice.start + step) % sources.count
            guard choice.wanted?[index] ?? true else { continue }
            do throws(SluiceError) {
                try sources[index].enter()
                inside.append(index)
                if sources[index].isReadable { ready.append(index) }
            } catch {
                guard error.code == .closed else {
                    end()
                    throw error
                }
                // A read of it fails at once.
                ready.append(index)
            }
            if choice.isFirstEnough, !ready.isEmpty { return }
        }
    }

    private func end() {
        for index in inside { sources[index].leave() }
        isBusy.store(false, ordering: .releasing)
    }

    private func look(_ choice: Choice) {
        for index in inside where sources[index].isReadable {
            ready.append(index)
            if choice.isFirstEnough { return }
        }
    }

    /// Sleeps on this thread; may return for no reason.
    private func sleep(until deadline: Deadline) {
        points.removeAll(keepingCapacity: true)
        defer { for index in inside.prefix(points.count) { sources[index].finishWait() } }
        for index in inside {
            guard let point = sources[index].prepareWait() else { return }
            points.append(point)
        }
        Waiter.wait(points, until: deadline)
    }

    /// After the look that every outcome is followed by, so that what came at the last moment counts.
    private func conclude(_ outcome: AsyncWait.Outcome, _ timeout: Timeout) throws(SluiceError) {
        guard ready.isEmpty else { return }
        switch outcome {
        case .ready: return
        case .timedOut: throw late(timeout)
        case .cancelled:
            throw SluiceError(.cancelled, "waiting for channels \(names(inside)) was cancelled")
        case .failed(let error): throw error
        }
    }

    private func late(_ timeout: Timeout) -> SluiceError {
        var error = SluiceError(.timedOut, "nothing came within \(timeout) from channels \(names(inside))")
        if inside.count == 1 { error.channel = sources[inside[0]].channel }
        return error
    }

    private func names(_ indices: some Collection<Int>) -> String {
        let shown = indices.prefix(Bounds.namesInMessage).map { sources[$0].channel }.joined(separator: ", ")
        let more = indices.count - Bounds.namesInMessage
        return more > 0 ? "\(shown) and \(more) more" : shown
    }
}

extension Bounds {
    /// Channels that one message names.
    static let namesInMessage = 8
}
