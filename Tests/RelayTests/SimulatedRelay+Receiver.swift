import Relay
import SluiceModel

// The reader's node, and the session between the two.
extension SimulatedRelay {
    // MARK: The session

    func beginSession() {
        // The agent begins a session only when libzmq has let go of everything of the last.
        guard !isLive, outbox.messagesInFlight == 0 else { return }
        isLive = true
        transmitted = 0
        events += 1
    }

    func breakSession() throws(BrokenRule) {
        guard isLive else { return }
        isLive = false
        ghosts += (wire + inside.dropFirst(transmitted)).flatMap(\.parts) + batch
        ghosts.removeFirst(max(0, ghosts.count - 32))
        wire = []
        toSender = []
        toReceiver = []
        wishes = []
        batch = []
        batchBytes = 0
        transmitted = 0
        outbox.connectionEnded()
        try require(outbox.next { _, _ in 0 } == nil, "a session has ended, and the outbox sends: \(state)")
        for lane in lanes.indices {
            lanes[lane].inbox.close()
            lanes[lane].filled = 0
        }
        events += 1
    }

    /// Opens a stream that is not open; `again`: one that is.
    func open(_ lane: Int, again: Bool) {
        guard isLive, lanes[lane].state == .present, !lanes[lane].isAbandoned,
            again || lanes[lane].inbox.stream == 0
        else { return }
        let numbers = lanes[lane].inbox.open(stream: nextStream, mayReach: lanes[lane].mayReach)
        nextStream += 1
        lanes[lane].filled = 0
        toSender.append(.open(lane: lane, numbers, room: lanes[lane].room))
        events += 1
    }

    /// The receiver's slots grow: everyone there has the memory.
    func grantWish() {
        guard isLive, !wishes.isEmpty else { return }
        let (lane, size) = wishes.removeFirst()
        events += 1
        guard lanes[lane].state == .present, !lanes[lane].isAbandoned else { return }
        lanes[lane].room = max(lanes[lane].room, size)
        lanes[lane].inbox.resize(slotSize: lanes[lane].room)
        toSender.append(.reserved(lane: lane, room: lanes[lane].room))
    }

    // MARK: Arrivals

    func deliver() throws(BrokenRule) {
        guard isLive, !wire.isEmpty else { return }
        events += 1
        for part in wire.removeFirst().parts { try arrive(part) }
    }

    private func arrive(_ part: Part) throws(BrokenRule) {
        let lane = part.lane
        let isPresent = part.stream == lanes[lane].inbox.stream
        let before = lanes[lane].inbox.next
        let verdict = lanes[lane].inbox.arrived(
            stream: part.stream, sequence: part.sequence, offset: UInt64(part.offset), length: UInt64(part.length),
            valueLength: UInt64(part.valueLength))
        guard isPresent else {
            return try require(verdict == .stale, "\(part) of another opening is \(verdict): \(state)")
        }
        guard case .store(let offset, let completes) = verdict else {
            throw BrokenRule(description: "\(part) is \(verdict): \(state)")
        }
        try require(part.sequence == before, "value \(part.sequence) was taken for \(before)")
        try require(part.content == part.sequence, "\(part) was read from a reused slot")
        try require(Int(before) < lanes[lane].released + lanes[lane].slots, "value \(before) has no slot: \(state)")
        try require(Int(offset) == lanes[lane].filled, "\(part) is stored at \(offset), not \(lanes[lane].filled)")
        lanes[lane].filled += part.length
        let isWhole = lanes[lane].filled == lanes[lane].lengths[Int(before)]
        try require(completes == isWhole, "\(part) completes: \(completes), with \(lanes[lane].filled) bytes")
        guard completes else { return }
        try require(lanes[lane].arrivals == Int(before), "value \(before) is published after \(lanes[lane].arrivals)")
        lanes[lane].arrivals += 1
        lanes[lane].filled = 0
        try require(lanes[lane].inbox.next == before + 1, "after value \(before) comes \(lanes[lane].inbox.next)")
    }

    func deliverEnd() throws(BrokenRule) {
        guard isLive, !toReceiver.isEmpty else { return }
        let (lane, stream, final) = toReceiver.removeFirst()
        try require(lanes[lane].inbox.ended(stream: stream, final: final), "the true end was refused: \(state)")
        events += 1
    }

    /// A part of a former session or opening comes late.
    func haunt() throws(BrokenRule) {
        guard let ghost = ghosts.randomElement(using: &random) else { return }
        try require(ghost.stream != lanes[ghost.lane].inbox.stream, "a stream's number was given twice")
        try arrive(ghost)
    }

    // MARK: Readers

    func release(_ lane: Int) {
        let arrived = lanes[lane].arrivals - lanes[lane].released
        guard arrived > 0 else { return }
        lanes[lane].released += .random(in: 1...arrived, using: &random)
        events += 1
    }

    func tellProgress(_ lane: Int) {
        guard isLive, let numbers = lanes[lane].inbox.progress(mayReach: lanes[lane].mayReach, now: now) else { return }
        toSender.append(.progress(lane: lane, numbers))
        events += 1
    }
}
