internal import Planning
internal import SharedMemory
internal import Sluice
internal import SluiceModel
internal import Wire

/// The values of one output that come to one client: those of one job after those of the job before.
///
/// Whoever pulls first reads what comes; values of jobs that are pulled later are kept for them, and those of jobs that
/// nobody has any more are dropped.
final class PulledStream: Sendable {
    private let run: PlanRun
    private let actor: SluiceActor
    private let name: String
    private let type: BlobType
    private let channel: String
    private let turns = Turns()
    private let state = Lock(State())

    private struct State {
        var reader: Reader?
        /// Of the next value that comes.
        var next: UInt64 = 0
        /// Values up to here belong to jobs.
        var granted: UInt64 = 0
        var kept: [UInt64: Result<PlanValue, SluiceError>] = [:]
        /// Of jobs that are gone.
        var dropped: [Range<UInt64>] = []
        var isClosed = false
    }

    init(_ run: PlanRun, _ actor: SluiceActor, _ name: String, _ type: BlobType, channel: String) {
        self.run = run
        self.actor = actor
        self.name = name
        self.type = type
        self.channel = channel
    }

    /// The first value of a job that has just been granted.
    func grant(_ count: UInt64) -> UInt64 {
        state.withLock { state in
            defer { state.granted += count }
            return state.granted
        }
    }

    /// Nobody will pull these any more.
    func drop(_ values: Range<UInt64>) {
        guard !values.isEmpty else { return }
        state.withLock { state in
            state.dropped.append(values)
            state.kept = state.kept.filter { !values.contains($0.key) }
        }
    }

    /// Waits for one value.
    ///
    /// - Throws: A failed value's error, once; ``SluiceError/Code/timedOut`` or ``SluiceError/Code/cancelled``, and then
    ///   nothing has changed; why the run has ended.
    func pull(_ index: UInt64, _ timeout: Timeout) async throws(SluiceError) -> PlanValue {
        let wish = "pulling \(name) of plan \(run.name)"
        try await turns.enter(timeout, wish)
        defer { turns.leave() }
        while true {
            if let kept = state.withLock({ $0.kept.removeValue(forKey: index) }) { return try kept.get() }
            let reader = try await reader(timeout)
            let value = try await take(reader, timeout)
            let number = state.withLock { state in
                defer { state.next += 1 }
                return state.next
            }
            if number == index { return try value.get() }
            state.withLock { state in
                if !state.dropped.contains(where: { $0.contains(number) }) { state.kept[number] = value }
                state.dropped.removeAll { $0.upperBound <= state.next }
            }
        }
    }

    func close() {
        let reader = state.withLock { state in
            state.isClosed = true
            return state.reader
        }
        reader?.close()
    }

    private func take(_ reader: Reader, _ timeout: Timeout) async throws(SluiceError) -> Result<PlanValue, SluiceError>
    {
        do throws(SluiceError) {
            guard let lease = try await reader.leaseItem(timeout: timeout) else { throw await run.ending(name) }
            if lease.kind == ValueKind.failure { return .failure(reader.failure(in: lease)) }
            do throws(SluiceError) { return .success(try decode(lease)) } catch { return .failure(error) }
        } catch {
            guard [.writerDied, .nodeLost].contains(error.code) else { throw error }
            throw await run.ending(name)
        }
    }

    private func decode(_ lease: borrowing ReadLease) throws(SluiceError) -> PlanValue {
        let view = try RegisterView(alone: name, type, of: actor.name, on: actor.node)
        try unsafe lease.withUnsafeBytes { bytes throws(SluiceError) in unsafe try view.read(bytes) }
        guard let blob = view.blob(0) else {
            throw SluiceError(.application, "the plan left \(name) out of this value")
        }
        if case .bytes = type.element { return .strings(try blob.strings()) }
        return .tensor(try blob.tensor())
    }

    /// Its interface makes the channel with the first value; if the run ends before, there will be none.
    private func reader(_ timeout: Timeout) async throws(SluiceError) -> Reader {
        let (known, isClosed) = state.withLock { ($0.reader, $0.isClosed) }
        guard !isClosed else { throw SluiceError(.closed, "this client of plan \(run.name) is closed") }
        if let known { return known }
        let (actor, channel) = (actor, channel)
        let opening = Task { () -> Result<Reader, SluiceError> in
            do throws(SluiceError) { return .success(try await actor.openReader(channel, timeout: timeout)) } catch {
                return .failure(error)
            }
        }
        let run = run
        let watch = Task {
            // In whatever way it ends. If nobody can say, it goes on.
            do throws(SluiceError) { _ = try await run.failure() } catch { return }
            opening.cancel()
        }
        defer { watch.cancel() }
        let opened = await withTaskCancellationHandler {
            await opening.value
        } onCancel: {
            opening.cancel()
        }
        do throws(SluiceError) {
            let reader = try opened.get()
            state.withLock { $0.reader = reader }
            return reader
        } catch {
            if error.code == .cancelled, !Task.isCancelled { throw await run.ending(name) }
            // It is not there yet.
            if error.code == .unknownChannel {
                throw SluiceError(.timedOut, "there was no \(name) of plan \(run.name) in time", channel: channel)
            }
            throw error
        }
    }
}

extension PlanRun {
    /// Why there is no more of an output.
    func ending(_ output: String) async -> SluiceError {
        do throws(SluiceError) {
            return try await failure(by: .ending, .seconds(5))
                ?? SluiceError(.closed, "plan \(name) has ended; there is no more of \(output)")
        } catch {
            return error
        }
    }
}
