import Placement
import SluiceModel
import Testing
import Wire

/// An agent as far as the coordinator can tell: what it has, what it was asked to have, and what it waits for.
struct ModelAgent {
    let name: NodeName
    var life: ProcessLife
    var connection: Connection
    var incarnation: Incarnation = 0
    var epoch: Epoch = 0
    var isRegistered = false
    /// Does not listen, and says nothing.
    var isPaused = false
    /// Refused for good: another agent has its name.
    var isRetired = false

    var actors: [ActorName: ActorReport] = [:]
    var writers: [ChannelID: Writer] = [:]
    var references: [ChannelID: DesiredReference] = [:]
    var desired = DesiredUpdate(base: 0, version: 0)
    var pending: [UInt64: NodeMessage.Body] = [:]
    /// To be said on its connection, in order.
    var outbox: [NodeMessage] = []
    /// To be asked again once it is registered.
    private var unanswered: [NodeMessage.Body] = []
    private var lastRequest: UInt64 = 0

    struct Writer {
        var spec: ChannelSpec
        var end: ChannelEnd?
        var isCreated = false
        var readerNodes: [NodeName?] = []
    }

    init(name: NodeName, life: ProcessLife, connection: Connection) {
        self.name = name
        self.life = life
        self.connection = connection
    }

    mutating func say(_ body: NodeMessage.Body) { outbox.append(NodeMessage(body)) }

    mutating func ask(_ body: NodeMessage.Body) {
        lastRequest += 1
        pending[lastRequest] = body
        outbox.append(NodeMessage(request: lastRequest, body))
    }

    /// Dials anew and registers with all that it has; what was under way is asked again.
    mutating func reconnect(to connection: Connection) {
        self.connection = connection
        isRegistered = false
        outbox = []
        unanswered += pending.sorted { $0.key < $1.key }.map(\.value).filter {
            if case .register = $0 { false } else { true }
        }
        pending = [:]
        ask(
            .register(
                RegisterNode(
                    versions: .current, node: name, life: life, incarnation: incarnation, epoch: epoch,
                    controlEndpoint: "tcp://\(name):1", dataEndpoint: "tcp://\(name):2", publicKey: "",
                    actors: actors.values.sorted { $0.identity.name < $1.identity.name },
                    writers: writers.values.filter(\.isCreated).sorted { $0.spec.id.rawValue < $1.spec.id.rawValue }
                        .map { WriterReport(spec: $0.spec, end: $0.end, readerNodes: $0.readerNodes) },
                    references: references.values.sorted { $0.spec.id.rawValue < $1.spec.id.rawValue }
                        .map { ReferenceReport(spec: $0.spec, published: 0, writerNode: $0.writerNode) })))
    }

    mutating func registered(_ registered: NodeRegistered, request: UInt64) {
        pending[request] = nil
        incarnation = registered.incarnation
        epoch = registered.epoch
        isRegistered = true
        let bodies = unanswered
        unanswered = []
        for body in bodies { ask(body) }
    }

    /// Its lease ran out, or another life has its name: what is remote is over.
    mutating func fenced(_ connection: Connection) {
        references = [:]
        for (id, writer) in writers {
            writers[id]?.readerNodes = writer.readerNodes.map { $0 == name ? $0 : nil }
        }
        incarnation = 0
        reconnect(to: connection)
    }

    mutating func heartbeat() {
        say(.heartbeat(Heartbeat(desired: desired.version, sessions: [])))
    }
}

// What it is told.
extension ModelAgent {
    /// Takes a desired set, or a change of it; makes and frees references accordingly.
    mutating func take(_ update: DesiredUpdate, refuse: (ChannelID) -> Bool) {
        if update.base == 0 {
            desired = update
        } else {
            #expect(
                update.base == desired.version, "a change of version \(update.base), but \(name) has \(desired.version)"
            )
            desired.merge(update)
        }
        let wanted = Dictionary(uniqueKeysWithValues: desired.references.map { ($0.spec.id, $0) })
        for id in references.keys where wanted[id] == nil { references[id] = nil }
        for reference in (update.base == 0 ? desired : update).references {
            let id = reference.spec.id
            if references[id] == nil {
                if refuse(id) {
                    say(.referenceRefused(id, SluiceError(.outOfMemory, "no room", needed: 2, available: 1)))
                    continue
                }
                say(.referenceReady(id))
            }
            references[id] = reference
        }
        for writer in desired.writers { writers[writer.channel]?.readerNodes = writer.readerNodes }
    }

    mutating func answered(_ request: UInt64, _ body: CoordinatorMessage.Body) {
        guard let asked = pending.removeValue(forKey: request) else { return }
        switch (asked, body) {
        case (.registerActor(let actor, let life, let pid), .actorRegistered(let incarnation)):
            actors[actor] = ActorReport(
                identity: ActorIdentity(name: actor, incarnation: incarnation), life: life, pid: pid)
        case (.createChannel(let spec, _), .channelCreated(let id)):
            #expect(spec.id == id)
            #expect(
                desired.writers.contains { $0.channel == id } || writers[id]?.end != nil,
                "\(name) hears of \(id) before it knows its destinations")
            writers[id]?.isCreated = true
            if writers[id] == nil { ask(.abandonChannel(id)) }
        case (.createChannel(let spec, _), .failed): writers[spec.id] = nil
        default: break
        }
    }
}

extension DesiredUpdate {
    /// What an agent has after a change.
    mutating func merge(_ update: DesiredUpdate) {
        version = update.version
        let peers = Set(update.peers.map(\.node) + update.lostPeers)
        self.peers = (self.peers.filter { !peers.contains($0.node) } + update.peers).sorted { $0.node < $1.node }
        let writers = Set(update.writers.map(\.channel) + update.removedWriters)
        self.writers = (self.writers.filter { !writers.contains($0.channel) } + update.writers)
            .sorted { $0.channel.rawValue < $1.channel.rawValue }
        let references = Set(update.references.map(\.spec.id) + update.removedReferences)
        self.references = (self.references.filter { !references.contains($0.spec.id) } + update.references)
            .sorted { $0.spec.id.rawValue < $1.spec.id.rawValue }
    }
}
