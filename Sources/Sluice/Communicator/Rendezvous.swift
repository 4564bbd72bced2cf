internal import FoundationEssentials
internal import Ring
internal import SharedMemory
internal import SluiceModel

/// How a rank finds the others and makes its channels.
///
/// Every rank has a *life channel* to all others, under a name that follows from the group's. Its first value says which
/// life of the rank this is; its end is the rank's end. All other channels are named after the lives of both ranks, so
/// that they exist only between ranks that have found each other.
struct Rendezvous: ~Copyable {
    private static let lifeSlots = 4
    private static let lifeSlotSize = 4096
    private static let longestName = 128

    private var group: CommunicatorGroup
    private let actor: SluiceActor
    private let timeout: Timeout
    private let deadline: Deadline
    private var life: Writer?
    private var lives: [Int: Reader] = [:]
    private var ring: (outlet: Outlet, inlet: Inlet)?

    init(
        _ name: String, _ actor: SluiceActor, _ members: [String], _ options: CommunicatorOptions, _ timeout: Timeout
    ) throws(SluiceError) {
        func refuse(_ why: String) -> SluiceError { .invalidArgument("group \(name): \(why)") }
        guard 1...Self.longestName ~= name.utf8.count else {
            throw .invalidName("group", name, "give it 1 to \(Self.longestName) bytes")
        }
        guard 1...Limits.mostReaders ~= members.count else {
            throw refuse("it has \(members.count) members; 1 to \(Limits.mostReaders) are possible")
        }
        guard Set(members).count == members.count else { throw refuse("an actor is named twice among its members") }
        guard let rank = members.firstIndex(of: actor.name) else {
            throw refuse("actor \(actor.name) is not among its members, \(members.joined(separator: ", "))")
        }
        guard 2 * UnitHeader.byteCount...Limits.mostSlotSize ~= options.slotSize, 2...Limits.mostSlots ~= options.slots
        else { throw refuse("\(options.slots) slots of \(options.slotSize) bytes; it needs 2 of 128 at least") }
        for member in members { _ = try ActorName(member) }
        group = CommunicatorGroup(
            name: name, rank: rank, ranks: members.indices.map { .init(number: $0, actor: members[$0]) },
            options: options)
        group.ranks[rank].life = .random(in: 1 ... .max)
        group.ranks[rank].node = actor.node
        group.ranks[rank].pid = actor.handle.core.segment.identity.pid
        self.actor = actor
        self.timeout = timeout
        deadline = Deadline(timeout, from: monotonicNow())
    }

    /// Finds everybody, until the deadline. What was made is closed again if that fails.
    mutating func meet() throws(SluiceError) -> CommunicatorCore {
        do throws(SluiceError) {
            if group.worldSize > 1 {
                try announce()
                for rank in group.ranks.indices where rank != group.rank { try find(rank) }
                try connect()
            }
        } catch {
            giveUp(error)
            throw error
        }
        return CommunicatorCore(
            group, actor: actor, ring: RingLane(group, outlet: ring?.outlet, inlet: ring?.inlet), life: life,
            lives: lives)
    }

    private func giveUp(_ error: SluiceError) {
        let me = group.me
        let word = ApplicationFailure(
            kind: "\(SluiceError.Code.destroyed) 0", message: error.message,
            origin: .init(actor: me.actor, node: me.node, pid: me.pid))
        try? life?.write(failure: word, timeout: .zero)
        life?.close()
        for reader in lives.values { reader.close() }
        ring?.outlet.writer.close()
        ring?.inlet.reader.close()
    }
}

extension Rendezvous {
    /// This rank's life channel, and the first word on it.
    private mutating func announce() throws(SluiceError) {
        let others = group.ranks.filter { $0.number != group.rank }
        do throws(SluiceError) {
            life = try actor.createChannel(
                group.lifeChannel(of: group.rank), readers: others.map(\.actor), slots: Self.lifeSlots,
                slotSize: Self.lifeSlotSize, timeout: deadline.timeLeft)
        } catch { throw late(error, for: others.first { $0.actor == error.actor }) }
        let hello = Hello(life: group.me.life, pid: group.me.pid, members: group.members, options: group.options)
        guard let bytes = try? JSONEncoder().encode(hello) else { preconditionFailure("numbers can be encoded") }
        try life?.write([UInt8](bytes), timeout: .zero)
    }

    /// Another rank's life channel: the newest that has not ended.
    private mutating func find(_ rank: Int) throws(SluiceError) {
        while true {
            let reader: Reader
            do throws(SluiceError) {
                reader = try actor.openReader(group.lifeChannel(of: rank), timeout: deadline.timeLeft)
            } catch { throw late(error, for: group.ranks[rank]) }
            if let hello = try hello(of: rank, reader) {
                try check(hello, of: rank)
                group.ranks[rank].life = hello.life
                group.ranks[rank].node = reader.endpoint.writerNode
                // Agents do not know the processes of other nodes.
                group.ranks[rank].pid = hello.pid
                lives[rank] = reader
                return
            }
            // That was the end of an earlier life.
            reader.close()
        }
    }

    /// The first word on a life channel; nil if that life is over.
    private func hello(of rank: Int, _ reader: Reader) throws(SluiceError) -> Hello? {
        do throws(SluiceError) {
            // Opened a second time: its first word went to this actor's earlier attempt, which that life knew. It ends.
            let isStale = reader.first > 0
            guard let word = try reader.read(timeout: deadline.timeLeft) else { return nil }
            if isStale { return nil }
            guard let hello = try? JSONDecoder().decode(Hello.self, from: Data(word)) else {
                throw SluiceError(
                    .protocolViolation, "group \(group.name): rank \(rank) says what is no greeting",
                    channel: reader.channel, actor: group.ranks[rank].actor)
            }
            return try hasEnded(reader) ? nil : hello
        } catch {
            switch error.code {
            case .application, .writerDied, .nodeLost: return nil
            default: throw late(error, for: group.ranks[rank])
            }
        }
    }

    /// Nothing follows a greeting but the end.
    private func hasEnded(_ reader: Reader) throws(SluiceError) -> Bool {
        do throws(SluiceError) {
            _ = try reader.read(timeout: .zero)
            return true
        } catch {
            if error.code == .timedOut { return false }
            throw error
        }
    }

    private func check(_ hello: Hello, of rank: Int) throws(SluiceError) {
        guard hello.members == group.members, hello.options == group.options else {
            throw SluiceError(
                .invalidArgument,
                """
                group \(group.name): \(group.ranks[rank].description) has joined with other members or options \
                (\(hello.options.slots) slots of \(hello.options.slotSize) bytes); give every rank the same
                """, actor: group.ranks[rank].actor)
        }
    }

    /// The two channels of the ring that this rank is at an end of.
    private mutating func connect() throws(SluiceError) {
        let (me, next, previous) = (group.me, group.next, group.previous)
        let writer: Writer
        do throws(SluiceError) {
            writer = try actor.createChannel(
                group.channel("ring", from: me, to: next), readers: [next.actor], slots: group.options.slots,
                slotSize: group.options.slotSize, timeout: deadline.timeLeft)
        } catch { throw late(error, for: next) }
        let reader: Reader
        do throws(SluiceError) {
            reader = try actor.openReader(group.channel("ring", from: previous, to: me), timeout: deadline.timeLeft)
        } catch { throw late(error, for: previous) }
        ring = (Outlet(rank: next.number, writer: writer), Inlet(rank: previous, me: me, reader: reader))
    }

    /// A rank that did not come, by name.
    private func late(_ error: SluiceError, for rank: CommunicatorGroup.Rank?) -> SluiceError {
        guard [.unknownActor, .unknownChannel, .timedOut].contains(error.code) else { return error }
        let who = rank?.description ?? "a rank"
        return SluiceError(
            .timedOut, "group \(group.name): \(who) has not joined within \(timeout)", channel: error.channel,
            actor: rank?.actor ?? error.actor, node: error.node, cause: error.message)
    }
}

/// The first word on a life channel.
private struct Hello: Codable {
    var life: UInt64
    var pid: Int32
    /// A hash of the members' names, in order.
    var members: UInt64
    var options: CommunicatorOptions
}

extension CommunicatorGroup {
    /// FNV-1a of the actors' names: the same number in every process.
    fileprivate var members: UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for rank in ranks {
            // Names have no control characters.
            for byte in Array(rank.actor.utf8) + [0] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        }
        return hash
    }
}
