import Placement
import Planning
import SluiceModel
import Testing
import Wire

/// Random lives of runs: whatever happens in whatever order, nobody is forgotten and nothing is left over.
@Suite struct PlanScheduleTests {
    /// That these lives come as far as the others' checks suppose.
    @Test func someRunAndHaveJobs() {
        var (running, jobs) = (0, 0)
        for seed: UInt64 in 1...10 {
            var life = RandomLife(seed: seed)
            for _ in 0..<400 {
                life.step()
                life.check("seed \(seed)")
            }
            running += life.reached[.running] ?? 0
            jobs += life.jobs
        }
        #expect(running > 100)
        #expect(jobs > 5)
    }

    @Test(arguments: 1...40) func whateverHappensEverythingEnds(seed: UInt64) {
        var life = RandomLife(seed: seed)
        for step in 0..<400 {
            life.step()
            life.check("seed \(seed), step \(step)")
        }
        life.end()
        life.check("seed \(seed), end")
        // Most lives get somewhere.
        #expect(life.reached[.gathering] ?? 0 > 0, "seed \(seed)")
        let desk = life.rig.desk.placement.desk
        #expect(desk.named.isEmpty, "seed \(seed)")
        #expect(desk.runs.values.allSatisfy { $0.phase == .ended }, "seed \(seed)")
        #expect(desk.partBytes.isEmpty, "seed \(seed)")
    }
}

/// Nodes that do what they are told sooner or later, and processes that do what they like.
private struct RandomLife {
    var rig = PlanRig(["n1", "n2", "n3"])
    private var random: Seeded
    private let nodes = ["n1", "n2", "n3"]
    /// What each node has made.
    private var made: [String: Set<RunID>] = [:]
    /// Calls without an answer, and where they were made.
    private var asked: [UInt64: String] = [:]
    private var lives: [String: UInt64] = [:]
    private var lastJob: UInt64 = 0
    /// How far runs have come; and the most jobs that one had under way.
    var reached: [PlanPhase: Int] = [:]
    var jobs = 0

    init(seed: UInt64) { random = Seeded(seed: seed) }

    private mutating func below(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }
    private mutating func pick<T>(_ list: [T]) -> T? { list.randomElement(using: &random) }

    private mutating func ask(_ body: PlanCall.Body, _ proc: Proc) {
        let timeouts: [Timeout] = [.infinite, .infinite, .milliseconds(100), .zero]
        asked[rig.ask(body, proc, timeout: timeouts[below(4)])] = proc.node
    }

    private mutating func run() -> RunID? { pick(rig.desk.placement.desk.runs.keys.sorted()) }

    /// Usually who has the place.
    private mutating func member(_ run: RunID) -> (String, Proc)? {
        guard let actor = pick(rig.report(run)?.plan.actors.map(\.name) ?? []) else { return nil }
        return (actor, below(20) == 0 ? Proc("n1", 5) : rig.seat(run, actor))
    }

    mutating func step() {
        switch below(25) {
        case 0...1:
            let specs = [PlanSpec.pair(), .pair(interval: 1), .pair(kernel: "other"), .jobs(), .together]
            ask(.apply(spec: specs[below(specs.count)].json), Proc("n1", 5))
        case 2...6: nodeStep()
        case 7...9:
            guard let run = run(), let (actor, proc) = member(run) else { break }
            let plan = rig.report(run)?.plan.spec.name ?? "p"
            ask(.join(plan: below(2) == 0 ? plan : run.description, actor: actor), proc)
        case 10...13:
            guard let run = run(), let (actor, proc) = member(run) else { break }
            rig.act(run, actor, proc)
            ask(.ready(run, actor: actor), proc)
        case 14:
            guard let run = run(), let (actor, proc) = member(run) else { break }
            ask(.ended(run, actor: actor, firings: 1), proc)
        case 15: if below(4) == 0 { trouble() }
        case 16...19: jobStep()
        case 20:
            guard let run = run() else { break }
            let phases: [PlanPhase] = [.gathering, .running, .ending, .ended]
            ask(.wait(run, phases[below(4)]), Proc("n2", 5))
        case 21:
            guard let request = pick(asked.keys.sorted()), let node = asked[request] else { break }
            rig.tell(.cancelPlanCall(request: request), from: node)
            asked[request] = nil
        case 22:
            rig.desk.pass(milliseconds: 60, hearing: nodes)
            rig.collect()
        case 23:
            // Left to chance, six actors would seldom be ready at once.
            guard let run = run() else { break }
            for _ in 0..<6 { nodeStep() }
            for actor in rig.report(run)?.plan.actors.map(\.name) ?? [] {
                let proc = rig.seat(run, actor)
                ask(.join(plan: run.description, actor: actor), proc)
                rig.act(run, actor, proc)
                ask(.ready(run, actor: actor), proc)
            }
        default:
            guard let run = run() else { break }
            ask(below(2) == 0 ? .get(run, key: "k") : .put(run, key: "k", [1]), Proc("n3", 5))
        }
    }

    private mutating func nodeStep() {
        guard let node = pick(nodes) else { return }
        if let gone = rig.removed[node]?.first {
            rig.removed[node]?.removeFirst()
            made[node]?.remove(gone)
            return rig.tell(.partGone(gone), from: node)
        }
        for run in rig.parts[node]?.keys.sorted() ?? [] where made[node]?.contains(run) != true {
            made[node, default: []].insert(run)
            return rig.tell(.partReady(run), from: node)
        }
    }

    private mutating func jobStep() {
        guard let run = run(), rig.report(run)?.plan.spec.name == "j" else { return }
        let client = Proc("n2", UInt64(50 + below(2)))
        let number = rig.report(run)?.connections.first { $0.value.life.rawValue == client.life }?.key
        guard let number else { return ask(.connect(plan: "j"), client) }
        switch below(6) {
        case 0...2:
            rig.act(run, "client/\(number)", client)
            lastJob += 1
            ask(
                .launch(run, connection: number, job: lastJob, function: ["f", "g", "h"][below(3)], count: 1), client)
        case 3:
            guard let actor = pick(["in.x", "in.y", "in.z", "out.u", "out.v", "out.w"]), lastJob > 0 else { break }
            ask(.events(run, actor: actor, after: 0), rig.seat(run, actor))
            ask(.done(run, actor: actor, job: UInt64(1 + below(Int(lastJob)))), rig.seat(run, actor))
        case 4: if lastJob > 0 { ask(.finished(run, job: UInt64(1 + below(Int(lastJob)))), client) }
        default:
            if lastJob > 0 { ask(.abort(run, connection: number, job: UInt64(1 + below(Int(lastJob)))), client) }
        }
    }

    /// What should not happen, and does.
    private mutating func trouble() {
        guard let run = run(), let node = pick(nodes) else { return }
        switch below(6) {
        case 0: ask(.stop(run, reason: "enough"), Proc("n1", 5))
        case 1: ask(.finish(run), Proc("n1", 5))
        case 2: rig.tell(.partRefused(run, SluiceError(.outOfMemory, "no room")), from: node)
        case 3:
            let actors = rig.desk.placement.actors.values.filter { $0.isAlive }.map(\.name).sorted()
            guard let name = pick(actors), let actor = rig.desk.placement.actors[name] else { return }
            rig.tell(
                .actorsLost([ActorIdentity(name: name, incarnation: actor.incarnation)]), from: actor.node.rawValue)
        case 4:
            // Everything of the node's is gone, and another life of it comes.
            rig.tell(.leave, from: node)
            forget(node)
            made[node] = nil
            lives[node] = (lives[node] ?? 100) + 1
            rig.register(node, life: lives[node])
        default:
            // The same agent once more, with or without what it had; its calls go on waiting.
            let kept = below(3) > 0
            if !kept { made[node] = nil }
            let had = made[node] ?? []
            rig.register(node, life: lives[node], parts: had.sorted())
            // What the whole set leaves out goes.
            rig.removed[node] = had.filter { rig.parts[node]?[$0] == nil }.sorted()
        }
    }

    /// Nobody waits for the calls of a node that is gone.
    private mutating func forget(_ node: String) {
        for (request, home) in asked where home == node { asked[request] = nil }
        rig.removed[node] = nil
    }

    mutating func check(_ what: String) {
        for request in asked.keys where !rig.isWaiting(request) { asked[request] = nil }
        let desk = rig.desk.placement.desk
        #expect(desk.waiterCount == asked.count, "\(what): who waits")
        for run in desk.runs.values {
            reached[run.phase, default: 0] += 1
            jobs = max(jobs, run.queue.grantedCount)
            if run.isOver {
                #expect(desk.named[run.name] != run.id && run.connections.isEmpty, "\(what): \(run.id)")
                continue
            }
            #expect(desk.named[run.name] == run.id, "\(what): \(run.id) has its name")
            let isMade = run.parts.values.allSatisfy { $0.state != .wanted }
            #expect(isMade == (run.phase > .materialising), "\(what): \(run.id) is \(run.phase)")
            let isReady = run.seats.values.allSatisfy { $0.state >= .ready }
            #expect(isReady == (run.phase > .gathering), "\(what): \(run.id) is \(run.phase)")
        }
        let bytes = desk.runs.values.flatMap { $0.parts.values }.filter { $0.state != .gone }.reduce(0) {
            $0 + $1.bytes
        }
        #expect(desk.partBytes.values.reduce(0, +) == bytes, "\(what): bytes of parts")
    }

    /// Everything is stopped, and the nodes give back what they have.
    mutating func end() {
        for run in rig.desk.placement.desk.named.values.sorted() { ask(.stop(run, reason: "over"), Proc("n1", 5)) }
        for node in nodes {
            while let gone = rig.removed[node]?.first {
                rig.removed[node]?.removeFirst()
                rig.tell(.partGone(gone), from: node)
            }
        }
    }
}

extension PlanRig {
    /// A process registers one of a run's actors, if it can.
    mutating func act(_ run: RunID, _ actor: String, _ proc: Proc) {
        tell(
            .registerActor(Desk.actor(name(run, actor)), life: ProcessLife(rawValue: proc.life), pid: proc.pid),
            from: proc.node)
    }
}

extension PlanSpec {
    /// Two actors on one node.
    fileprivate static var together: PlanSpec {
        PlanSpec("t", actors: ["a", "b"].map { PlanActor($0, nodes: ["n3"], kernels: []) })
    }
}
