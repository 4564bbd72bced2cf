internal import SharedMemory
internal import SluiceModel

/// One direction between this rank and another: a channel of their own, made when it is first used.
final class PairLane: Sendable {
    private enum State: Sendable {
        case opening
        case sends(Outlet)
        case receives(Inlet)
        case failed(SluiceError)
        case closed
    }

    private let group: CommunicatorGroup
    private let peer: CommunicatorGroup.Rank
    private let counts = Lock(CommunicatorStatistics())
    private let progress = Lock(Progress())
    private let state = Bulletin(State.opening)
    private let opening = Lock<Task<Void, Never>?>(nil)

    private struct Progress {
        var isBusy = false
        /// Messages that are over.
        var completed: UInt64 = 0
        /// What has timed out and is not over.
        var underWay: UnderWay?
    }

    private struct UnderWay {
        let signature: OperationSignature
        /// The next part.
        var unit = 0
    }

    /// Begins to make the channel: whether the other side is about to is not waited for here.
    init(_ group: CommunicatorGroup, _ key: PairKey, actor: SluiceActor, errands: ErrandThread) {
        self.group = group
        peer = group.ranks[key.rank]
        let me = group.me
        let state = state
        let peer = peer
        let task = Task(executorPreference: errands) {
            let opened: State
            do throws(SluiceError) {
                if key.sends {
                    let writer = try await actor.createChannel(
                        group.channel("pair", from: me, to: peer), readers: [peer.actor], slots: group.options.slots,
                        slotSize: group.options.slotSize, timeout: .infinite)
                    opened = .sends(Outlet(rank: peer.number, writer: writer))
                } else {
                    let reader = try await actor.openReader(
                        group.channel("pair", from: peer, to: me), timeout: .infinite)
                    opened = .receives(Inlet(rank: peer, me: me, reader: reader))
                }
            } catch {
                opened = .failed(error)
            }
            // Closed meanwhile: what was opened closes as it is dropped.
            state.update { state in if case .opening = state { state = opened } }
        }
        opening.withLock { $0 = task }
    }

    var statistics: CommunicatorStatistics { counts.withLock { $0 } }

    /// Wakes a call that waits. With `sparesReading` an inlet that is open stays: what the other rank has sent before it
    /// ended, and the end, are still there to be read.
    func close(sparesReading: Bool) {
        opening.withLock { $0 }?.cancel()
        let former = state.update { state -> State in
            if sparesReading, case .receives = state { return .closed }
            defer { state = .closed }
            return state
        }
        switch former {
        case .sends(let outlet): outlet.writer.close()
        case .receives(let inlet): inlet.reader.close()
        case .opening, .failed, .closed: break
        }
    }
}

/// Which of the pair lanes of a rank.
struct PairKey: Hashable, Sendable {
    let rank: Int
    let sends: Bool
}

extension PairLane {
    /// Sends or receives a message, or goes on with it.
    func perform(_ operation: CommunicatorOperation, until deadline: Deadline) throws(LaneError) {
        var current = try enter(operation)
        let bytes = operation.count * operation.scalarType.byteCount
        let units = max(1, (bytes + group.segmentBytes - 1) / group.segmentBytes)
        defer { leave(current, isOver: current.unit == units) }
        while current.unit < units {
            let start = current.unit * group.segmentBytes
            let part = start..<min(start + group.segmentBytes, bytes)
            let header = UnitHeader(current.signature, unit: UInt64(current.unit))
            try transfer(part, of: operation, header, until: deadline)
            current.unit += 1
        }
    }

    private func enter(_ operation: CommunicatorOperation) throws(LaneError) -> UnderWay {
        try progress.withLock { progress throws(LaneError) in
            guard !progress.isBusy else {
                throw .refused(
                    .invalidArgument("\(operation) in group \(group.name): the one before is not over yet"))
            }
            let signature = OperationSignature(operation, sequence: progress.completed)
            if let underWay = progress.underWay, underWay.signature != signature {
                throw .refused(.notOver(operation, underWay.signature, group))
            }
            progress.isBusy = true
            return progress.underWay ?? UnderWay(signature: signature)
        }
    }

    private func leave(_ current: UnderWay, isOver: Bool) {
        progress.withLock { progress in
            progress.isBusy = false
            progress.underWay = isOver || current.unit == 0 ? nil : current
            if isOver { progress.completed += 1 }
        }
    }

    private func transfer(
        _ part: Range<Int>, of operation: CommunicatorOperation, _ header: UnitHeader, until deadline: Deadline
    ) throws(LaneError) {
        switch try endpoint(operation, until: deadline) {
        case .sends(let outlet):
            var loan = try outlet.loan(until: deadline)
            unsafe loan.withUnsafeMutableBytes { slot in
                unsafe header.store(to: slot)
                guard let own = unsafe operation.input.baseAddress, let place = slot.baseAddress else { return }
                unsafe (place + UnitHeader.byteCount).copyValue(from: own + part.lowerBound, byteCount: part.count)
            }
            try outlet.publish(loan, bytes: part.count)
            counts.withLock { $0.sent(part.count) }
        case .receives(let inlet):
            let lease = try inlet.lease(until: deadline)
            try unsafe lease.withUnsafeBytes { unit throws(LaneError) in
                let elements = try unsafe inlet.elements(of: unit, header, bytes: part.count)
                guard let target = unsafe operation.output.baseAddress else { return }
                unsafe (target + part.lowerBound).copyValue(from: elements, byteCount: part.count)
            }
            counts.withLock { $0.payloadBytesReceived += UInt64(part.count) }
        case .failed(let error): throw .refused(error)
        case .opening, .closed: throw .ended(rank: peer.number)
        }
    }

    /// This end of the channel, waited for if it is not there yet.
    private func endpoint(_ operation: CommunicatorOperation, until deadline: Deadline) throws(LaneError) -> State {
        let found = state.wait(until: deadline) { state -> State? in
            if case .opening = state { return nil }
            return state
        }
        if let found { return found }
        throw .late(
            SluiceError(
                .timedOut, "\(peer.description) has not begun to exchange messages with this rank",
                actor: peer.actor, node: peer.node, pid: peer.pid))
    }
}
