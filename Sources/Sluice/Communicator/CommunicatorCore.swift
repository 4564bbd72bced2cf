internal import SharedMemory
internal import SluiceModel

/// What one rank consists of: its place in the ring, its pairs, and what it knows of the group's end.
final class CommunicatorCore: Sendable {
    let group: CommunicatorGroup
    private let actor: SluiceActor
    private let ring: RingLane
    /// Tells the others of this rank's end, and how each of the others ends; none in a group of one.
    private let life: Writer?
    private let lives: [Reader]
    private let fates = Bulletin(CommunicatorFates())
    private let pairs = Lock<[PairKey: PairLane]>([:])
    private let runners = Lock<[PairKey?: ErrandThread]>([:])
    private let errands = ErrandThread("sluice-ranks")
    private let hasLeft = Lock(false)

    /// How long a rank whose neighbour's stream has ended waits to hear why, nanoseconds.
    private static let verdict: UInt64 = 2_000_000_000

    init(_ group: CommunicatorGroup, actor: SluiceActor, ring: RingLane, life: Writer?, lives: [Int: Reader]) {
        self.group = group
        self.actor = actor
        self.ring = ring
        self.life = life
        self.lives = Array(lives.values)
        // Each keeps this object for as long as its reader is open.
        for (rank, reader) in lives {
            Task(executorPreference: errands) { await self.watch(rank, reader) }
        }
    }

    var statistics: CommunicatorStatistics {
        var all = ring.statistics
        for lane in pairs.withLock({ Array($0.values) }) {
            let one = lane.statistics
            all.payloadBytesSent += one.payloadBytesSent
            all.bytesPublished += one.bytesPublished
            all.segmentsSent += one.segmentsSent
            all.payloadBytesReceived += one.payloadBytesReceived
        }
        return all
    }

    /// Where operations of that lane wait for each other.
    func errands(for operation: CommunicatorOperation) -> ErrandThread {
        runners.withLock { runners in
            let key = PairKey(operation)
            if let known = runners[key] { return known }
            let made = ErrandThread("sluice-rank")
            runners[key] = made
            return made
        }
    }
}

// Operations.
extension CommunicatorCore {
    func perform(_ operation: CommunicatorOperation, _ timeout: Timeout) throws(SluiceError) {
        try operation.check(rank: group.rank, worldSize: group.worldSize, group: group.name)
        let deadline = Deadline(timeout, from: monotonicNow())
        let key = PairKey(operation)
        // Of a collective, the one that this call would be.
        let sequence = key == nil ? ring.completed : .max
        do throws(LaneError) {
            if let key {
                try lane(key).perform(operation, until: deadline)
            } else {
                if let error = fates.now.error(at: sequence) { throw LaneError.refused(error) }
                try ring.perform(operation, until: deadline)
            }
        } catch { throw explain(error, operation, sequence, timeout) }
    }

    private func lane(_ key: PairKey) throws(LaneError) -> PairLane {
        let lane = pairs.withLock { pairs -> PairLane? in
            if let known = pairs[key] { return known }
            // Under the lock: a lane that is made now is seen by whoever ends the group next.
            guard fates.now.all.isEmpty else { return nil }
            let made = PairLane(group, key, actor: actor, errands: errands)
            pairs[key] = made
            return made
        }
        guard let lane else { throw .ended(rank: key.rank) }
        return lane
    }

    private func explain(
        _ failure: LaneError, _ operation: CommunicatorOperation, _ sequence: UInt64, _ timeout: Timeout
    ) -> SluiceError {
        switch failure {
        case .refused(let error): return error
        case .late(var error):
            error.message = """
                \(operation) in group \(group.name) on rank \(group.rank) was not over within \(timeout): \
                \(error.message); the same call goes on where this one has stopped
                """
            return error
        case .ended(let rank):
            // Its neighbour may have heard of a third rank's end: who began it comes by the life channels.
            let until = Deadline(.init(nanoseconds: Self.verdict), from: monotonicNow())
            if let error = fates.wait(until: until, { $0.error(at: sequence) }) { return error }
            end(because: destroyed(by: rank), culprit: rank)
        case .died(let rank, let error): end(because: died(rank, error), culprit: rank)
        case .broken(let rank, let error):
            var error = error
            error.message = "group \(group.name): \(error.message)"
            end(because: error, culprit: rank, tellsOthers: true)
        }
        return fates.now.error(at: sequence) ?? destroyed(by: group.rank)
    }
}

// The group's end.
extension CommunicatorCore {
    /// This rank leaves.
    func destroy() {
        let isFirst = hasLeft.withLock { hasLeft in
            defer { hasLeft = true }
            return !hasLeft
        }
        guard isFirst else { return }
        // Of a group that is over already the others may not have heard: then it is not this rank that has ended it.
        let cause = fates.update { fates in
            defer { fates.add(CommunicatorFate(error: destroyed(by: group.rank), limit: 0, culprit: group.rank)) }
            return fates.error
        }
        let word = cause ?? destroyed(by: group.rank)
        farewell(word, limit: word.code == .destroyed ? ring.completed : 0)
        settle()
        for reader in lives { reader.close() }
    }

    /// The group is over for a reason that this rank has found, or heard.
    private func end(because error: SluiceError, culprit: Int, limit: UInt64 = 0, tellsOthers: Bool = false) {
        fates.update { $0.add(CommunicatorFate(error: error, limit: limit, culprit: culprit)) }
        if tellsOthers, hasLeft.withLock({ !$0 }) { farewell(error, limit: 0) }
        settle()
    }

    /// Wakes every call that cannot be completed.
    private func settle() {
        let fates = fates.now.all
        guard let limit = fates.map(\.limit).min() else { return }
        let isLeaving = fates.contains { $0.culprit == group.rank }
        ring.close(after: limit)
        for (key, lane) in pairs.withLock({ $0 }) {
            lane.close(sparesReading: !isLeaving && fates.contains { $0.culprit == key.rank })
        }
    }

    /// This rank's last word, and the end of its life channel. The first counts.
    private func farewell(_ error: SluiceError, limit: UInt64) {
        guard let life else { return }
        let origin = ApplicationFailure.Origin(
            actor: error.actor ?? group.me.actor, node: error.node ?? group.me.node, pid: error.pid ?? 0)
        let word = ApplicationFailure(kind: "\(error.code) \(limit)", message: error.message, origin: origin)
        // Two values at most go through its slots: it never waits. A rank whose worker is closed cannot speak any more.
        try? life.write(failure: word, timeout: .zero)
        life.close()
    }

    /// Reads another rank's life to its end.
    private func watch(_ rank: Int, _ reader: Reader) async {
        do throws(SluiceError) {
            while try await reader.read(timeout: .infinite) != nil {}
            // In order, but without a word: its worker was closed.
            end(because: destroyed(by: rank), culprit: rank)
        } catch {
            switch error.code {
            case .application: heard(error, from: rank)
            case .writerDied, .nodeLost: end(because: died(rank, error), culprit: rank)
            // This rank leaves, or its worker was closed.
            case .closed: end(because: destroyed(by: group.rank), culprit: group.rank)
            default: end(because: error, culprit: rank)
            }
        }
        reader.close()
    }

    /// Another rank's last word. Only codes that such a word can have are believed.
    private func heard(_ word: SluiceError, from rank: Int) {
        let parts = (word.kind ?? "").split(separator: " ")
        let limit = parts.count == 2 ? UInt64(parts[1]) ?? 0 : 0
        let codes: [SluiceError.Code] = [
            .destroyed, .writerDied, .nodeLost, .invalidArgument, .protocolViolation, .corrupted,
        ]
        guard let code = codes.first(where: { $0.rawValue == parts.first.map(String.init) }) else {
            return end(because: destroyed(by: rank), culprit: rank, limit: limit)
        }
        // It may speak of a third rank.
        let culprit = group.ranks.first { $0.actor == word.actor }?.number ?? rank
        let error = SluiceError(code, word.message, actor: word.actor, node: word.node, pid: word.pid)
        end(because: error, culprit: culprit, limit: limit)
    }

    private func destroyed(by rank: Int) -> SluiceError {
        let culprit = group.ranks[rank]
        return SluiceError(
            .destroyed, "group \(group.name) was destroyed by \(culprit.description); make a new one",
            actor: culprit.actor, node: culprit.node, pid: culprit.pid)
    }

    private func died(_ rank: Int, _ error: SluiceError) -> SluiceError {
        let culprit = group.ranks[rank]
        let who = culprit.description
        let what = error.code == .nodeLost ? "the node of \(who) was lost" : "\(who) died"
        return SluiceError(
            error.code, "group \(group.name) is over: \(what); make a new one", channel: error.channel,
            actor: culprit.actor, node: culprit.node, pid: culprit.pid, sequence: error.sequence,
            cause: error.message)
    }
}

extension PairKey {
    /// Nil for a collective.
    init?(_ operation: CommunicatorOperation) {
        switch operation.kind {
        case .send(let rank): self.init(rank: rank, sends: true)
        case .receive(let rank): self.init(rank: rank, sends: false)
        default: return nil
        }
    }
}
