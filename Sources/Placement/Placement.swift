import HeapModule
package import SluiceModel
import Wire

/// The coordinator's mind: which nodes, actors and channels there are, and what every agent shall have.
///
/// A value without sockets, clocks or threads: a shell tells it what arrived and when (CLOCK_MONOTONIC nanoseconds) and
/// does what it answers, in the order given. What a message changes is collected while it is handled and turned into
/// rows, desired sets and answers at its end (``flush()``), in that order: so the writer's node knows the destinations
/// of a channel before it hears that the channel exists, and a thousand changes from one cause are one update per node.
package struct Placement: Sendable {
    package let epoch: Epoch
    package let options: PlacementOptions
    /// Since when silence counts against nodes.
    package internal(set) var upSince: UInt64
    package internal(set) var now: UInt64

    package internal(set) var nodes: [NodeName: Node] = [:]
    package internal(set) var actors: [ActorName: Actor] = [:]
    package internal(set) var channels: [ChannelID: Channel] = [:]
    /// The channel that holds each name: open, or being created.
    package internal(set) var openNames: [ChannelName: ChannelID] = [:]
    /// Channels that have ended and are still being read, oldest first.
    package internal(set) var endedNames: [ChannelName: [ChannelID]] = [:]
    /// Channels that name an actor as reader, or as writer.
    package internal(set) var channelsRead: [ActorName: Set<ChannelID>] = [:]
    package internal(set) var channelsWritten: [ActorName: Set<ChannelID>] = [:]
    /// References that a node reported before anything told who writes them.
    var orphans: [ChannelID: Set<NodeName>] = [:]

    /// What each connection is to us.
    var standings: [Connection: ConnectionStanding] = [:]
    /// Fenced connections, oldest first.
    var fencedConnections: [Connection] = []
    /// Reader openings that wait, by channel name and actor.
    package internal(set) var openings: [ChannelName: [ActorName: Opening]] = [:]
    package internal(set) var openingCount = 0
    var openingsByActor: [ActorName: Set<ChannelName>] = [:]
    var collection: StatusCollection?
    /// The dead, by order of death: who is forgotten first.
    var graves: [Grave] = []
    var deadCount = 0

    /// Runs of plans.
    package internal(set) var desk: PlanDesk

    var timers = Heap<Timer>()
    var changes = Changes()
    private var lastRequest: UInt64 = 0
    private var lastNumber: UInt64 = 0

    /// Starts with what an earlier coordinator left in the store.
    package init(
        epoch: Epoch, options: PlacementOptions, rows: StoredRows = StoredRows(),
        compile: @escaping PlanCompile = Placement.compiler, now: UInt64
    ) {
        self.epoch = epoch
        self.options = options
        desk = PlanDesk(epoch: epoch, limits: options.runs, compile: compile)
        self.now = now
        upSince = now
        load(rows)
    }

    /// Takes one input and says what is to be done, in order.
    package mutating func receive(_ input: PlacementInput, at time: UInt64) -> [PlacementAction] {
        // A shell that stood still has not listened either: what it missed must not count as silence.
        if time > now, time - now > options.stall { upSince = time }
        now = max(now, time)
        switch input {
        case .message(let message, let connection, let user): receive(message, from: connection, user: user)
        case .unroutable(let connection): lostConnection(connection)
        case .tick: fireTimers()
        }
        return flush()
    }

    package var timerCount: Int { timers.count }

    /// When the next tick is due, at the latest.
    package var nextTick: UInt64 { min(timers.min?.due ?? .max, now + options.beat) }

    private mutating func receive(_ message: NodeMessage, from connection: Connection, user: String?) {
        let caller = Caller(connection: connection, request: message.request)
        switch message.body {
        case .register(let registration): return register(registration, caller, user: user)
        case .status: return requestStatus(caller)
        default: break
        }
        switch standings[connection] {
        case .registered(let name):
            guard user == nil || user == name.rawValue else {
                return answer(.failed(.wrongUser(user ?? "", node: name)), to: caller)
            }
            heard(from: name)
            receive(message.body, from: name, caller)
        case .fenced(let error): answer(.fenced(error), to: Caller(connection: connection, request: 0))
        case nil: answer(.failed(.notRegistered), to: caller)
        }
    }

    private mutating func receive(_ body: NodeMessage.Body, from node: NodeName, _ caller: Caller) {
        switch body {
        case .register, .status: break
        case .heartbeat(let beat): heartbeat(beat, from: node)
        case .registerActor(let name, let life, let pid): registerActor(name, life: life, pid: pid, on: node, caller)
        case .actorsLost(let identities): actorsLost(identities, on: node)
        case .createChannel(let spec, let timeout): createChannel(spec, timeout, from: node, caller)
        case .abandonChannel(let id): abandonChannel(id, from: node, caller)
        case .endChannel(let id, let end): endChannel(id, end, from: node, caller)
        case .channelDrained(let id): channelDrained(id, from: node)
        case .resolveReader(let name, let actor, let timeout): resolve(name, actor, timeout, from: node, caller)
        case .readerOpen(let id, let actor, let isOpen): readerOpen(id, actor, isOpen: isOpen, from: node)
        case .referenceReady(let id): referenceReady(id, on: node)
        case .referenceRefused(let id, let error): referenceRefused(id, error, on: node)
        case .referenceDrained(let id): referenceDrained(id, on: node)
        case .statusReport(let report): statusReport(report, from: node, request: caller.request)
        case .pong: pong(from: node, request: caller.request)
        case .planCall(let call, let timeout, let life, let pid):
            planCall(call, timeout, life: life, pid: pid, from: node, caller)
        case .cancelPlanCall(let request): cancelPlanCall(request, caller)
        case .partReady, .partRefused, .partGone: partChanged(body, on: node)
        case .leave: leave(node, caller)
        }
    }

    mutating func nextRequest() -> UInt64 {
        lastRequest += 1
        return lastRequest
    }

    mutating func nextNumber() -> UInt64 {
        lastNumber += 1
        return lastNumber
    }
}

enum ConnectionStanding: Hashable, Sendable {
    case registered(NodeName)
    case fenced(SluiceError)
}
