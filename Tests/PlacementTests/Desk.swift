import Placement
import SluiceModel
import Testing
import Wire

/// A coordinator's mind on a desk: time moves when told, messages lie in trays.
struct Desk {
    var placement: Placement
    var now: UInt64 = 1_000_000_000_000
    var rows = RowTable()
    /// Everything sent, by connection, until it is taken.
    var trays: [Connection: [CoordinatorMessage]] = [:]
    var statuses: [StatusAnswer] = []
    private var request: UInt64 = 1000

    init(
        epoch: Epoch = 1, rows: StoredRows = StoredRows(), options: PlacementOptions = PlacementOptions(),
        compile: @escaping PlanCompile = Placement.compiler
    ) {
        placement = Placement(epoch: epoch, options: options, rows: rows, compile: compile, now: now)
        self.rows = RowTable(rows)
    }

    /// What an action list does in the world.
    private mutating func act(_ actions: [PlacementAction]) {
        for action in actions {
            switch action {
            case .store(let change): rows.apply(change)
            case .send(let message, let connection): trays[connection, default: []].append(message)
            case .answerStatus(let answer): statuses.append(answer)
            case .log: break
            }
        }
    }

    /// Says something and takes everything that this connection is sent.
    @discardableResult
    mutating func say(_ body: NodeMessage.Body, from name: String, request: UInt64? = nil, user: String? = nil)
        -> [CoordinatorMessage.Body]
    {
        tell(body, from: name, request: request, user: user)
        return take(name)
    }

    /// Says something; what is sent stays in the trays.
    mutating func tell(_ body: NodeMessage.Body, from name: String, request: UInt64? = nil, user: String? = nil) {
        self.request += 1
        let message = NodeMessage(request: request ?? self.request, body)
        act(placement.receive(.message(message, from: connection(name), user: user), at: now))
    }

    mutating func take(_ name: String) -> [CoordinatorMessage.Body] {
        (trays.removeValue(forKey: connection(name)) ?? []).map(\.body)
    }

    mutating func takeMessages(_ name: String) -> [CoordinatorMessage] {
        trays.removeValue(forKey: connection(name)) ?? []
    }

    /// Lets time pass, tick by tick.
    mutating func pass(milliseconds: UInt64) {
        let end = now + milliseconds * 1_000_000
        while now < end {
            now = min(end, max(now + 1, placement.nextTick))
            act(placement.receive(.tick, at: now))
        }
    }

    /// Lets time pass while these nodes say that they are there.
    mutating func pass(milliseconds: UInt64, hearing names: [String], sessions: [String] = []) {
        let end = now + milliseconds * 1_000_000
        while now < end {
            pass(milliseconds: min(1000, (end - now) / 1_000_000))
            for name in names { beat(name, sessions: sessions) }
        }
    }

    mutating func beat(_ name: String, sessions: [String] = []) {
        let version = placement.nodes[node(name)]?.version ?? 0
        act(
            placement.receive(
                .message(
                    NodeMessage(.heartbeat(Heartbeat(desired: version, sessions: sessions.map(node)))),
                    from: connection(name), user: nil), at: now))
    }

    mutating func unroutable(_ name: String) {
        act(placement.receive(.unroutable(connection(name)), at: now))
    }

    /// Registers a node on the connection of the same name.
    @discardableResult
    mutating func join(
        _ name: String, on connection: String? = nil, life: UInt64? = nil, incarnation: Incarnation = 0,
        epoch: Epoch = 0, actors: [ActorReport] = [], writers: [WriterReport] = [],
        references: [ReferenceReport] = [], parts: [RunID] = [], memory: UInt64 = 0, user: String? = nil,
        versions: VersionRange = .current
    ) -> [CoordinatorMessage.Body] {
        say(
            .register(
                registration(
                    name, life: life, incarnation: incarnation, epoch: epoch, actors: actors, writers: writers,
                    references: references, parts: parts, memory: memory, versions: versions)),
            from: connection ?? name, user: user)
    }

    /// Registers an actor of the process whose life is `life`, and gives its incarnation.
    @discardableResult
    mutating func act(_ actor: String, on node: String, life: UInt64 = 7, pid: Int32 = 70) -> Incarnation? {
        let answers = say(.registerActor(Desk.actor(actor), life: ProcessLife(rawValue: life), pid: pid), from: node)
        for case .actorRegistered(let incarnation) in answers { return incarnation }
        return nil
    }

    mutating func die(_ actor: String, on node: String) {
        let incarnation = placement.actors[Desk.actor(actor)]!.incarnation
        say(.actorsLost([ActorIdentity(name: Desk.actor(actor), incarnation: incarnation)]), from: node)
    }
}

func registration(
    _ name: String, life: UInt64? = nil, incarnation: Incarnation = 0, epoch: Epoch = 0, actors: [ActorReport] = [],
    writers: [WriterReport] = [], references: [ReferenceReport] = [], parts: [RunID] = [], memory: UInt64 = 0,
    versions: VersionRange = .current
) -> RegisterNode {
    RegisterNode(
        versions: versions, node: node(name),
        life: ProcessLife(rawValue: life ?? UInt64(abs(name.utf8.reduce(1) { $0 * 31 + Int($1) }))),
        incarnation: incarnation, epoch: epoch, controlEndpoint: "tcp://\(name):1", dataEndpoint: "tcp://\(name):2",
        publicKey: "", actors: actors, writers: writers, references: references, parts: parts, memory: memory)
}

func connection(_ name: String) -> Connection { Connection(routingID: Array(name.utf8)) }
func node(_ name: String) -> NodeName { try! NodeName(name) }
func channel(_ name: String) -> ChannelName { try! ChannelName(name) }

extension Desk {
    static func actor(_ name: String) -> ActorName { try! ActorName(name) }
}

func spec(
    _ id: UInt64, _ name: String = "c", writer: String = "w", readers: [String], slots: Int = 4, slotSize: Int = 64
) -> ChannelSpec {
    try! ChannelSpec(
        id: ChannelID(rawValue: id), name: channel(name), writer: Desk.actor(writer), readers: readers.map(Desk.actor),
        slots: slots, slotSize: slotSize)
}

func report(_ name: String, incarnation: Incarnation = 1, life: UInt64 = 7, pid: Int32 = 70) -> ActorReport {
    ActorReport(
        identity: ActorIdentity(name: Desk.actor(name), incarnation: incarnation), life: ProcessLife(rawValue: life),
        pid: pid)
}

/// The store as a table in memory: what a restarted coordinator would find.
struct RowTable {
    var nodes: [NodeName: NodeRow] = [:]
    var actors: [ActorName: ActorRow] = [:]
    var channels: [ChannelID: ChannelRow] = [:]

    init(_ rows: StoredRows = StoredRows()) {
        for row in rows.nodes { nodes[row.name] = row }
        for row in rows.actors { actors[row.name] = row }
        for row in rows.channels { channels[row.spec.id] = row }
    }

    mutating func apply(_ change: RowChange) {
        switch change {
        case .node(let row): nodes[row.name] = row
        case .removeNode(let name): nodes[name] = nil
        case .actor(let row, _): actors[row.name] = row
        case .removeActor(let name): actors[name] = nil
        case .channel(let row): channels[row.spec.id] = row
        case .removeChannel(let id): channels[id] = nil
        }
    }

    var rows: StoredRows {
        StoredRows(
            nodes: nodes.values.sorted { $0.name < $1.name }, actors: actors.values.sorted { $0.name < $1.name },
            channels: channels.values.sorted { $0.spec.id.rawValue < $1.spec.id.rawValue })
    }
}

// What was said, by kind.
extension [CoordinatorMessage.Body] {
    var registered: NodeRegistered? { compactMap { if case .registered(let r) = $0 { r } else { nil } }.last }
    var refused: SluiceError? { compactMap { if case .refused(let e, _) = $0 { e } else { nil } }.last }
    var fenced: SluiceError? { compactMap { if case .fenced(let e) = $0 { e } else { nil } }.last }
    var failed: SluiceError? { compactMap { if case .failed(let e) = $0 { e } else { nil } }.last }
    var created: ChannelID? { compactMap { if case .channelCreated(let id) = $0 { id } else { nil } }.last }
    var updates: [DesiredUpdate] { compactMap { if case .desired(let u) = $0 { u } else { nil } } }
    var resolved: (ChannelSpec, NodeName)? {
        compactMap { if case .readerResolved(let s, let n) = $0 { (s, n) } else { nil } }.last
    }
}
