import Relay
import SluiceModel

/// What a schedule broke, and how to run it again.
struct BrokenRule: Error, CustomStringConvertible {
    var description: String
}

/// One node's outbox, joined with the inboxes of another node by a network whose sessions break; all in one thread.
///
/// Bytes are identities: a slot holds the number of its value, and a part of it is read when "libzmq" puts it on the
/// wire, so that a slot reused too early is seen.
final class SimulatedRelay {
    var random: SplitMix
    let limits: RelayLimits
    var outbox: Outbox
    var lanes: [Lane]
    /// By the outbox's index.
    var laneOf: [Int: Int] = [:]
    var now: UInt64 = 0
    var nextStream: UInt64 = 1

    // The session.
    var isLive = false
    /// Handed to libzmq and not let go of, oldest first; so many of them are on the wire or beyond.
    var inside: [Message] = []
    var transmitted = 0
    var wire: [Message] = []
    var toSender: [Word] = []
    var toReceiver: [(lane: Int, stream: UInt64, final: UInt64)] = []
    /// What the sender asks for: room for values of so many bytes.
    var wishes: [(lane: Int, size: Int)] = []
    /// Of former sessions and openings: whenever they come, they must be dropped.
    var ghosts: [Part] = []
    /// The batch being filled: small values, copied already.
    var batch: [Part] = []
    var batchBytes = 0
    /// Temperaments of this schedule: one of so many.
    let freeing: Int
    let reopening: Int
    /// Things that happened; a round without one stands still.
    var events = 0

    enum Word {
        case open(lane: Int, Inbox.OpenNumbers, room: Int)
        case reserved(lane: Int, room: Int)
        case progress(lane: Int, Inbox.ProgressNumbers)
    }

    struct Message {
        var parts: [Part]
        var bytes: Int
        /// Sent from the slot.
        var isChunk: Bool
    }

    struct Part {
        var lane: Int
        var stream: UInt64
        var sequence: UInt64
        var offset: Int
        var length: Int
        var valueLength: Int
        /// The value that was in the slot when these bytes left it.
        var content: UInt64?
    }

    init(seed: UInt64) {
        var random = SplitMix(seed: seed)
        var limits = RelayLimits()
        limits.chunk = [32, 64].randomElement(using: &random) ?? 32
        limits.smallValue = [0, 8, 16].randomElement(using: &random) ?? 8
        limits.batch = .random(in: Outbox.entryBytes(limits.smallValue)...128, using: &random)
        limits.window = .random(in: 1...512, using: &random)
        limits.progressDelay = .random(in: 0...20, using: &random)
        lanes = (0..<Int.random(in: 1...5, using: &random)).map { Lane($0, limits, &random) }
        freeing = .random(in: 1...4, using: &random)
        reopening = .random(in: 1...4, using: &random)
        self.limits = limits
        self.random = random
        outbox = Outbox(limits: limits)
    }

    private func chance(_ count: Int) -> Bool { .random(in: 0..<count, using: &random) == 0 }

    func require(_ condition: Bool, _ rule: @autoclosure () -> String) throws(BrokenRule) {
        guard condition else { throw BrokenRule(description: rule()) }
    }

    /// A random schedule, then a fair one without breaks, in which everything must come to its end.
    func run() throws(BrokenRule) {
        for _ in 0..<Int.random(in: 0...600, using: &random) { try act() }
        var rounds = 0
        while lanes.contains(where: { $0.state != .gone }) {
            rounds += 1
            try require(rounds < 5_000, "the fair schedule does not end: \(state)")
            let before = events
            try fairRound()
            guard events == before else { continue }
            let due = lanes.compactMap(\.inbox.progressDue).filter { $0 > now }.min()
            guard let due else { throw BrokenRule(description: "deadlock: \(state)") }
            now = due
        }
        for lane in lanes where !lane.isAbandoned {
            try require(lane.arrivals == lane.lengths.count, "lane \(lane.channel) published \(lane.arrivals) values")
        }
        try free(inside.count)
        try require(outbox.inFlight == 0 && outbox.messagesInFlight == 0, "libzmq holds something: \(state)")
    }

    var state: String {
        let each = lanes.map {
            "[\($0.state) published \($0.published) of \($0.lengths.count), cursor \($0.cursor), next \($0.inbox.next), "
                + "offset \($0.inbox.offset), released \($0.released), slots \($0.slots), stream \($0.inbox.stream)]"
        }
        return "live \(isLive), inside \(inside.count), in flight \(outbox.inFlight) of \(limits.window), \(each)"
    }

    // MARK: Schedules

    private func act() throws(BrokenRule) {
        let lane = Int.random(in: lanes.indices, using: &random)
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<10: publish(lane)
        case 10..<28: try send()
        case 28..<42: try transmit()
        case 42..<52: if chance(freeing) { try free(Int.random(in: 1...3, using: &random)) }
        case 52..<68: try deliver()
        case 68..<76: try deliverWord()
        case 76..<78: chance(2) ? try deliverEnd() : grantWish()
        case 78..<86: release(lane)
        case 86..<91: tellProgress(lane)
        case 91..<94: now += .random(in: 0...15, using: &random)
        case 94: if chance(2) { try breakSession() }
        case 95: beginSession()
        case 96: try haunt()
        case 97: open(lane, again: chance(reopening))
        case 98: admit(lane)
        default:
            if chance(20) { abandon(lane) }
            retire(lane)
        }
    }

    private func fairRound() throws(BrokenRule) {
        beginSession()
        for lane in lanes.indices {
            admit(lane)
            open(lane, again: false)
            publish(lane)
        }
        while isLive, !toSender.isEmpty { try deliverWord() }
        while isLive, !toReceiver.isEmpty { try deliverEnd() }
        while isLive, !wishes.isEmpty { grantWish() }
        try send()
        while isLive, transmitted < inside.count { try transmit() }
        // As a sleeping agent: it hears of it only where it waits for it.
        if outbox.awaitsFreed || !isLive { try free(inside.count) }
        while isLive, !wire.isEmpty { try deliver() }
        for lane in lanes.indices {
            release(lane)
            tellProgress(lane)
            retire(lane)
        }
    }
}

/// One channel: its ring at the writer's node, and the reference's ring at the reader's.
struct Lane {
    enum State { case waiting, present, gone }

    let channel: ChannelID
    let lengths: [Int]
    let slots: Int
    var state = State.waiting
    var isAbandoned = false

    // The writer's node.
    var index = 0
    var slotContents: [UInt64?]
    var published = 0
    var cursor: UInt64 = 0
    /// The highest landed mark that was told.
    var told: UInt64 = 0

    // The reader's node.
    var inbox: Inbox
    var released = 0
    /// Largest value that its slots have room for.
    var room: Int
    /// Bytes in the slot being filled, and whole values published.
    var filled = 0
    var arrivals = 0

    init(_ number: Int, _ limits: RelayLimits, _ random: inout SplitMix) {
        channel = ChannelID(rawValue: UInt64(number + 1))
        slots = .random(in: 1...6, using: &random)
        let most = limits.chunk * 4 + 1
        lengths = (0..<Int.random(in: 0...14, using: &random)).map { _ in
            let chunks = limits.chunk * Int.random(in: 1...4, using: &random)
            let sizes = [0, 1, limits.smallValue, limits.smallValue + 1, limits.chunk, chunks, chunks + 1, chunks - 1]
            return Int.random(in: 0..<9, using: &random) == 8
                ? .random(in: 0...most, using: &random) : sizes.randomElement(using: &random) ?? 0
        }
        slotContents = Array(repeating: nil, count: slots)
        room = [most, limits.chunk, limits.smallValue, 1].randomElement(using: &random) ?? most
        inbox = Inbox(channel: channel, slots: slots, slotSize: room, published: 0, limits: limits)
    }

    var mayReach: UInt64 { UInt64(released + slots) }
    func content(_ sequence: UInt64) -> UInt64? { slotContents[Int(sequence) % slots] }
}
