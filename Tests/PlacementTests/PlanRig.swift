import Foundation
import Placement
import Planning
import SluiceModel
import Testing
import Wire

/// A process on a node that takes part in plans.
struct Proc: Hashable {
    var node: String
    var life: UInt64
    var caller: UInt64

    init(_ node: String, _ life: UInt64, caller: UInt64? = nil) {
        self.node = node
        self.life = life
        self.caller = caller ?? life
    }

    var pid: Int32 { Int32(1000 + life) }
}

/// A coordinator's desk with nodes that keep what they are told of their parts, and everything that was answered.
struct PlanRig {
    var desk: Desk
    var answers: [UInt64: Result<PlanAnswer, SluiceError>] = [:]
    /// What each node has been told, and not been told to remove.
    var parts: [String: [RunID: PlanPart]] = [:]
    var kept: [String: [RunID]] = [:]
    var removed: [String: [RunID]] = [:]
    private var lastRequest: UInt64 = 0

    init(
        _ nodes: [String] = ["n1", "n2"], limits: RunLimits = RunLimits(),
        compile: @escaping PlanCompile = PlanRig.compile
    ) {
        var options = PlacementOptions()
        options.runs = limits
        desk = Desk(options: options, compile: compile)
        for node in nodes { register(node) }
    }

    mutating func register(_ node: String, life: UInt64? = nil, parts: [RunID] = [], memory: UInt64 = 0) {
        tell(.register(registration(node, life: life, parts: parts, memory: memory)), from: node)
    }

    // MARK: Calls

    /// Calls; what is answered at once or later lies in ``answers``, by the number that this returns.
    @discardableResult
    mutating func ask(_ body: PlanCall.Body, _ from: Proc, timeout: Timeout = .infinite, again: UInt64? = nil) -> UInt64
    {
        lastRequest += 1
        let request = again ?? lastRequest
        let call = PlanCall(caller: from.caller, body).encoded()
        tell(
            .planCall(call, timeout: timeout, life: ProcessLife(rawValue: from.life), pid: from.pid), from: from.node,
            request: request)
        return request
    }

    mutating func tell(_ body: NodeMessage.Body, from node: String, request: UInt64 = 0) {
        desk.tell(body, from: node, request: request)
        collect()
    }

    mutating func collect() {
        for connection in desk.trays.keys.sorted(by: { $0.description < $1.description }) {
            let node = String(decoding: connection.routingID, as: UTF8.self)
            for message in desk.takeMessages(node) { take(message.body, request: message.request, on: node) }
        }
    }

    private mutating func take(_ body: CoordinatorMessage.Body, request: UInt64, on node: String) {
        switch body {
        case .planAnswer(let bytes): answers[request] = Result { try PlanAnswer(decoding: bytes) }.mapError(Self.fault)
        case .failed(let error): answers[request] = .failure(error)
        case .desired(let update): take(update, on: node)
        case .registered(let registered): take(registered.desired, on: node)
        default: break
        }
    }

    private static func fault(_ error: any Error) -> SluiceError { SluiceError(.protocolViolation, "\(error)") }

    private mutating func take(_ update: DesiredUpdate, on node: String) {
        if update.base == 0 {
            parts[node] = [:]
            kept[node] = update.keptParts
        }
        for part in update.parts { parts[node, default: [:]][part.run] = part }
        for run in update.removedParts {
            parts[node]?[run] = nil
            kept[node]?.removeAll { $0 == run }
            removed[node, default: []].append(run)
        }
    }

    /// What a call is answered at once.
    mutating func said(_ body: PlanCall.Body, _ from: Proc) -> PlanAnswer? {
        let request = ask(body, from)
        return answer(request)
    }

    /// What a call is refused with at once.
    mutating func refused(_ body: PlanCall.Body, _ from: Proc) -> SluiceError? {
        let request = ask(body, from)
        return error(request)
    }

    func answer(_ request: UInt64) -> PlanAnswer? { try? answers[request]?.get() }
    func isWaiting(_ request: UInt64) -> Bool { answers[request] == nil }

    func error(_ request: UInt64) -> SluiceError? {
        guard case .failure(let error)? = answers[request] else { return nil }
        return error
    }

    func events(_ request: UInt64) -> [PlanEvent] {
        guard case .events(let events)? = answer(request) else { return [] }
        return events
    }

    func report(_ run: RunID) -> PlanRun? { desk.placement.desk.runs[run] }

    mutating func shown(_ plan: String? = nil) -> [RunReport] {
        guard case .runs(let runs)? = said(.show(plan: plan), Proc("n1", 99)) else { return [] }
        return runs
    }

    // MARK: Steps

    mutating func apply(_ spec: PlanSpec, from proc: Proc = Proc("n1", 90)) -> RunID {
        let request = ask(.apply(spec: spec.json), proc)
        guard case .applied(let run, _)? = answer(request) else {
            Issue.record("plan \(spec.name) was not applied: \(String(describing: error(request)))")
            return RunID(rawValue: 0)
        }
        return run
    }

    /// Applies a plan whose nodes say at once that the memory is there.
    mutating func gather(_ spec: PlanSpec) -> RunID {
        let run = apply(spec)
        for node in parts.keys.sorted() where parts[node]?[run] != nil { tell(.partReady(run), from: node) }
        return run
    }

    /// One of a run's actors joins and is registered, in a process of its own.
    mutating func join(_ run: RunID, _ actor: String) -> Proc {
        let proc = seat(run, actor)
        ask(.join(plan: run.description, actor: actor), proc)
        desk.act(name(run, actor), on: proc.node, life: proc.life, pid: proc.pid)
        return proc
    }

    /// The process that takes an actor's place in these tests.
    func seat(_ run: RunID, _ actor: String) -> Proc {
        guard let known = report(run), let index = known.plan.actors.firstIndex(where: { $0.name == actor }) else {
            fatalError("no actor \(actor)")
        }
        return Proc(known.plan.actors[index].node, run.rawValue % 1000 * 100 + UInt64(index) + 1)
    }

    func name(_ run: RunID, _ actor: String) -> String {
        "plan/\(report(run)?.plan.spec.name ?? "?")/\(run)/\(actor)"
    }

    /// A run that has started: every actor is ready.
    mutating func start(_ spec: PlanSpec) -> RunID {
        let run = gather(spec)
        for actor in report(run)?.plan.actors ?? [] {
            let proc = join(run, actor.name)
            ask(.ready(run, actor: actor.name), proc)
        }
        return run
    }

    /// The process of one of a run's actors, or of a client of it, dies.
    mutating func die(_ run: RunID, _ actor: String) {
        let name = Desk.actor(name(run, actor))
        guard let known = desk.placement.actors[name] else {
            Issue.record("nobody is registered as \(name)")
            return
        }
        tell(.actorsLost([ActorIdentity(name: name, incarnation: known.incarnation)]), from: known.node.rawValue)
    }

    /// A client of a running plan, with its actor registered.
    mutating func client(_ run: RunID, _ proc: Proc) -> UInt32 {
        guard case .connected(_, let number, _)? = said(.connect(plan: run.description), proc) else { return 0 }
        desk.act(name(run, "client/\(number)"), on: proc.node, life: proc.life, pid: proc.pid)
        return number
    }

    @discardableResult
    mutating func launch(
        _ run: RunID, _ job: UInt64, _ function: String, by client: UInt32, _ proc: Proc, timeout: Timeout = .infinite
    ) -> UInt64 {
        ask(.launch(run, connection: client, job: job, function: function, count: 1), proc, timeout: timeout)
    }

    /// Every interface of a job says that its part is done.
    mutating func finish(_ run: RunID, _ job: UInt64, _ interfaces: [String]) {
        for name in interfaces { ask(.done(run, actor: name, job: job), seat(run, name)) }
    }
}

// A planner of few words: every actor stays where it is declared, and each has one register on its node.
extension PlanRig {
    static let compile: PlanCompile = { spec, sites throws(PlanError) in
        var actors = spec.actors.map { planned($0.name, .kernels, $0.nodes.first ?? "n1") }
        actors += spec.inputs.map { planned("in.\($0.name)", .input($0.name), $0.node ?? "n1") }
        actors += spec.outputs.map { planned("out.\($0.name)", .output($0.name), $0.node ?? "n1") }
        for actor in actors where !sites.contains(where: { $0.name == actor.node }) {
            throw PlanError(.unknownNode, "there is no node \(actor.node)", path: ["actors"], node: actor.node)
        }
        var taken: [String: UInt64] = [:]
        var registers: [PlannedRegister] = []
        for (index, actor) in actors.enumerated() {
            let offset = taken[actor.node, default: 0]
            taken[actor.node] = offset + 64
            registers.append(
                PlannedRegister(
                    name: "\(actor.name)/b", kind: .channel, producer: index, consumers: [], fields: [], slots: 1,
                    stride: 64, places: [.init(node: actor.node, offset: offset)], inPlaceOf: nil, lifetime: 0))
        }
        for site in sites {
            guard let needed = taken[site.name], needed > site.budget else { continue }
            throw PlanError(
                .overBudget, "node \(site.name) has no room", node: site.name, needed: needed, available: site.budget)
        }
        return CompiledPlan(
            spec: spec, hash: "\(spec.hashed)",
            nodes: taken.sorted { $0.key < $1.key }.map {
                PlannedNode(name: $0.key, blockBytes: $0.value, unsharedBytes: $0.value)
            }, actors: actors, registers: registers, guards: [], functions: spec.functions, interval: 0, notes: [])
    }

    private static func planned(_ name: String, _ role: PlannedActor.Role, _ node: String) -> PlannedActor {
        PlannedActor(
            name: name, role: role, node: node, index: 0, kernels: [], inputs: [], outputs: [], duration: 0,
            firings: nil)
    }
}

extension PlanSpec {
    var json: [UInt8] { Array((try? JSONEncoder().encode(self)) ?? Data()) }

    /// Of its actors' names and kernels: the interval does not count, as if the planner made the same of it.
    var hashed: String { actors.map { $0.name + ($0.kernels.first?.kernel ?? "") }.joined(separator: ",") }

    /// Two actors on two nodes; `kernel` makes one plan of a name differ from another.
    static func pair(_ name: String = "p", kernel: String = "k", interval: UInt64? = nil) -> PlanSpec {
        PlanSpec(
            name,
            actors: [
                PlanActor("a", nodes: ["n1"], kernels: [KernelCall(kernel)]),
                PlanActor("b", nodes: ["n2"], kernels: [KernelCall(kernel)]),
            ], interval: interval)
    }

    /// Interfaces x, y → f → u and y → g → v and z → h → w: f and g share y, h is on its own.
    static func jobs(_ name: String = "j") -> PlanSpec {
        let type = BlobType(.float32, [1])
        return PlanSpec(
            name, inputs: ["x", "y", "z"].map { PlanInput($0, type, node: "n1") },
            outputs: ["u", "v", "w"].map { PlanOutput($0, blob: $0, node: "n2") },
            functions: [
                PlanFunction("f", inputs: ["x", "y"], outputs: ["u"]), PlanFunction("g", inputs: ["y"], outputs: ["v"]),
                PlanFunction("h", inputs: ["z"], outputs: ["w"]),
            ])
    }
}
