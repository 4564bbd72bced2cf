import Placement
import SluiceModel
import Testing
import Wire

/// A coordinator, its disk and its agents, with everything between them in queues that a seed empties in some order.
struct World {
    var random: Seeded
    var placement: Placement
    var options = PlacementOptions()
    var now: UInt64 = 1_000_000_000_000
    /// What is on disk, and what has been given to the store since.
    var disk = RowTable()
    var unwritten: [RowChange] = []
    var epoch: Epoch = 1
    var agents: [ModelAgent] = []
    var toAgents: [Connection: [CoordinatorMessage]] = [:]
    /// The last messages, for whoever looks at a failure.
    private var trace: [Trace] = []
    private var unroutable: [Connection] = []
    private var lastConnection = 0
    private var answered: Set<Caller> = []
    private var nodeLives: [Given<NodeName>: ProcessLife] = [:]
    private var actorLives: [Given<ActorName>: ProcessLife] = [:]

    private enum Trace {
        case heard(NodeName, NodeMessage)
        case told(NodeName, CoordinatorMessage)
    }

    private mutating func note(_ entry: Trace) {
        if trace.count >= 64 { trace.removeFirst(32) }
        trace.append(entry)
    }

    private var recent: String { trace.map { "\($0)" }.joined(separator: "\n") }

    struct Given<Name: Hashable>: Hashable {
        var name: Name
        var incarnation: Incarnation
    }

    init(seed: UInt64, nodes: Int) {
        random = Seeded(seed: seed)
        placement = Placement(epoch: 1, options: options, now: now)
        for index in 0..<nodes { start(node("n\(index)")) }
    }

    mutating func newConnection() -> Connection {
        lastConnection += 1
        return connection("#\(lastConnection)")
    }

    mutating func start(_ name: NodeName) {
        var agent = ModelAgent(name: name, life: .init(rawValue: random.next() | 1), connection: newConnection())
        agent.reconnect(to: agent.connection)
        agents.append(agent)
    }

    // MARK: What passes between them

    /// Hands the coordinator one input, and its actions to disk and queues.
    mutating func tell(_ input: PlacementInput) {
        hand(input)
        while !unroutable.isEmpty { hand(.unroutable(unroutable.removeFirst())) }
    }

    private mutating func hand(_ input: PlacementInput) {
        for action in placement.receive(input, at: now) {
            switch action {
            case .store(let change):
                unwritten.append(change)
                if change.isDurable { write() }
            case .send(let message, let connection): send(message, connection)
            case .answerStatus, .log: break
            }
        }
        let violations = placement.violations
        if !violations.isEmpty {
            Issue.record("\(violations)\nafter \(input)\n\(recent)")
        }
    }

    mutating func write() {
        for change in unwritten { disk.apply(change) }
        unwritten = []
    }

    private mutating func send(_ message: CoordinatorMessage, _ connection: Connection) {
        switch message.body {
        case .desired, .statusRequest, .ping, .fenced: break
        default:
            guard message.request != 0 else { break }
            let isFirst = answered.insert(Caller(connection: connection, request: message.request)).inserted
            #expect(isFirst, "request \(message.request) on \(connection) is answered twice")
        }
        guard agents.contains(where: { $0.connection == connection && !$0.isRetired }) else {
            toAgents[connection] = nil
            return unroutable.append(connection)
        }
        toAgents[connection, default: []].append(message)
    }

    /// Delivers what the agent says next; false if it says nothing.
    mutating func hear(_ index: Int) -> Bool {
        guard !agents[index].outbox.isEmpty else { return false }
        let message = agents[index].outbox.removeFirst()
        note(.heard(agents[index].name, message))
        tell(.message(message, from: agents[index].connection, user: nil))
        return true
    }

    /// Delivers what the agent is told next; false if there is nothing.
    mutating func inform(_ index: Int) -> Bool {
        let connection = agents[index].connection
        guard toAgents[connection]?.isEmpty == false, !agents[index].isPaused else { return false }
        let message = toAgents[connection]!.removeFirst()
        note(.told(agents[index].name, message))
        take(message, index)
        return true
    }

    private mutating func take(_ message: CoordinatorMessage, _ index: Int) {
        switch message.body {
        case .registered(let registered):
            #expect(registered.epoch >= agents[index].epoch)
            record(&nodeLives, Given(name: agents[index].name, incarnation: registered.incarnation), agents[index].life)
            agents[index].registered(registered, request: message.request)
            takeDesired(registered.desired, index)
        case .desired(let update): takeDesired(update, index)
        case .ping: agents[index].outbox.append(NodeMessage(request: message.request, .pong))
        case .fenced: agents[index].fenced(newConnection())
        case .refused(let error, _):
            if error.code == .fenced { agents[index].fenced(newConnection()) } else { agents[index].isRetired = true }
        case .failed(let error) where error.code == .coordinatorUnavailable:
            agents[index].reconnect(to: newConnection())
        default:
            if case .actorRegistered(let incarnation) = message.body,
                case .registerActor(let actor, let life, _) = agents[index].pending[message.request]
            {
                record(&actorLives, Given(name: actor, incarnation: incarnation), life)
            }
            agents[index].answered(message.request, message.body)
        }
    }

    private mutating func takeDesired(_ update: DesiredUpdate, _ index: Int) {
        var random = random
        agents[index].take(update) { _ in Int.random(in: 0..<12, using: &random) == 0 }
        self.random = random
    }

    /// No incarnation is given to two lives, whatever is lost in between.
    private func record<Name>(
        _ lives: inout [Given<Name>: ProcessLife], _ given: Given<Name>, _ life: ProcessLife
    ) {
        if let former = lives[given] { #expect(former == life, "\(given) is given twice") }
        lives[given] = life
    }

    // MARK: Time

    /// Of messages to and fro until all have said what they have to say.
    static let mostRounds = 200

    mutating func pass(milliseconds: UInt64) {
        let end = now + milliseconds * 1_000_000
        while now < end {
            now = min(end, max(now + 1, min(placement.nextTick, now + options.heartbeat)))
            tell(.tick)
            for index in agents.indices where !agents[index].isPaused && !agents[index].isRetired {
                if agents[index].isRegistered { agents[index].heartbeat() }
            }
            settle()
        }
    }

    /// Delivers everything that is under way.
    mutating func settle() {
        var isBusy = true
        var rounds = 0
        while isBusy {
            isBusy = false
            rounds += 1
            guard rounds < Self.mostRounds else {
                Issue.record("they never stop:\n\(recent)")
                return
            }
            for index in agents.indices where !agents[index].isPaused && !agents[index].isRetired {
                while hear(index) { isBusy = true }
                while inform(index) { isBusy = true }
            }
        }
    }
}
