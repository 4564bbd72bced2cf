import Placement
import Planning
import SluiceModel
import Testing
import Wire

/// Clients and their jobs: f uses x, y and u; g uses y and v; h uses z and w.
@Suite struct PlanJobTests {
    private let f = ["in.x", "in.y", "out.u"]
    private let g = ["in.y", "out.v"]
    private let h = ["in.z", "out.w"]

    private struct Scene {
        var rig = PlanRig()
        let run: RunID
        let one = Proc("n1", 70)
        let two = Proc("n2", 71)
        let first: UInt32
        let second: UInt32

        init(limits: RunLimits = RunLimits()) {
            rig = PlanRig(limits: limits)
            run = rig.start(.jobs())
            first = rig.client(run, one)
            second = rig.client(run, two)
        }

        mutating func launch(_ job: UInt64, _ function: String, timeout: Timeout = .infinite) -> UInt64 {
            rig.launch(run, job, function, by: first, one, timeout: timeout)
        }

        mutating func launchOther(_ job: UInt64, _ function: String) -> UInt64 {
            rig.launch(run, job, function, by: second, two)
        }

        mutating func finish(_ job: UInt64, _ interfaces: [String]) { rig.finish(run, job, interfaces) }
        mutating func events(_ interface: String, after: UInt64) -> UInt64 {
            rig.ask(.events(run, actor: interface, after: after), rig.seat(run, interface))
        }

        mutating func grants(_ job: UInt64, _ function: String) -> Bool {
            let request = launch(job, function)
            return isGranted(request)
        }

        mutating func refusal(_ job: UInt64, _ function: String, other: Bool = false) -> SluiceError? {
            let request = other ? launchOther(job, function) : launch(job, function)
            return rig.error(request)
        }

        mutating func refusal(_ run: RunID, _ job: UInt64, _ function: String, by client: UInt32, _ proc: Proc)
            -> SluiceError?
        {
            let request = rig.launch(run, job, function, by: client, proc)
            return rig.error(request)
        }

        func isGranted(_ launch: UInt64) -> Bool { rig.answer(launch) == .done }
    }

    @Test func r15JobsThatShareAnInterfaceNeverOverlap() {
        var scene = Scene()
        let first = scene.launch(1, "f")
        let second = scene.launchOther(2, "g")
        #expect(scene.isGranted(first))
        #expect(scene.rig.isWaiting(second))
        // The shared one is through, the job is not.
        scene.finish(1, ["in.y", "in.x", "in.x"])
        #expect(scene.rig.isWaiting(second))
        scene.finish(1, ["out.u"])
        #expect(scene.isGranted(second))
    }

    @Test func r15DisjointJobsRunTogether() {
        var scene = Scene()
        let launches = [scene.launch(1, "f"), scene.launchOther(2, "h"), scene.launch(3, "h")]
        #expect(launches.map(scene.isGranted) == [true, true, false])
        #expect(scene.rig.shown().first?.granted == 2)
        #expect(scene.rig.shown().first?.queued == 1)
        scene.finish(2, h)
        #expect(scene.isGranted(launches[2]))
    }

    @Test func r15FirstComeFirstServed() {
        var scene = Scene()
        // h holds up nobody; the g that comes after f must not overtake it, though y is free until f has x.
        let launches = [
            scene.launch(1, "g"), scene.launch(2, "f"), scene.launchOther(3, "g"), scene.launchOther(4, "h"),
        ]
        #expect(launches.map(scene.isGranted) == [true, false, false, true])
        scene.finish(1, g)
        #expect(launches.map(scene.isGranted) == [true, true, false, true])
        scene.finish(2, f)
        #expect(scene.isGranted(launches[2]))
    }

    /// A free interface that somebody earlier waits for is not given to who comes later.
    @Test func r15NobodyOvertakes() {
        var queue = LaunchQueue(interfaces: ["a", "b"], mostOver: 10)
        for (id, used) in [["a"], ["a", "b"], ["b"]].enumerated() {
            queue.add(
                LaunchQueue.Job(id: UInt64(id + 1), connection: 1, function: "f", count: 1, interfaces: used))
        }
        #expect(queue.jobs.values.filter(\.isGranted).map(\.id) == [1])
        queue.done(1, by: "a")
        #expect(queue.jobs.values.filter(\.isGranted).map(\.id) == [2])
    }

    @Test func r15WhoWaitsInLineKeepsItsInterfaces() {
        var scene = Scene()
        _ = scene.launch(1, "f")
        _ = scene.launchOther(2, "g")
        // x is f's, y is claimed by g: this one waits behind both, and one after it waits for it.
        let third = scene.launch(3, "f")
        let fourth = scene.launchOther(4, "g")
        scene.finish(1, f)
        #expect(scene.rig.isWaiting(third) && scene.rig.isWaiting(fourth))
        scene.finish(2, g)
        #expect(scene.isGranted(third))
        #expect(scene.rig.isWaiting(fourth))
    }

    @Test func r15AJobIsOverWhenItIsOverEverywhere() {
        var scene = Scene()
        _ = scene.launch(1, "f")
        let over = scene.rig.ask(.finished(scene.run, job: 1), scene.one)
        for interface in f {
            #expect(scene.rig.isWaiting(over))
            scene.finish(1, [interface])
        }
        #expect(scene.rig.answer(over) == .done)
        #expect(scene.rig.said(.finished(scene.run, job: 1), scene.two) == .done)
        #expect(scene.rig.refused(.finished(scene.run, job: 9), scene.two)?.code == .invalidArgument)
    }

    @Test func r14InterfacesLearnOfTheirJobs() {
        var scene = Scene()
        let waiting = scene.events("in.y", after: 0)
        let elsewhere = scene.events("in.z", after: 0)
        #expect(scene.rig.isWaiting(waiting))
        _ = scene.launch(5, "f")
        _ = scene.launchOther(6, "g")
        let granted = PlanEvent(index: 0, .granted(job: 5, connection: scene.first, function: "f", count: 1))
        #expect(scene.rig.events(waiting) == [granted])
        #expect(scene.rig.isWaiting(elsewhere))
        // Whoever lost the answer asks again; who has it waits for the next.
        let again = scene.events("in.y", after: 0)
        #expect(scene.rig.events(again) == [granted])
        let next = scene.events("in.y", after: 1)
        #expect(scene.rig.isWaiting(next))
        scene.finish(5, f)
        #expect(
            scene.rig.events(next)
                == [PlanEvent(index: 1, .granted(job: 6, connection: scene.second, function: "g", count: 1))])
        let ahead = scene.events("in.y", after: 3)
        #expect(scene.rig.error(ahead)?.code == .invalidArgument)
        let last = scene.events("in.y", after: 2)
        scene.finish(6, g)
        _ = scene.launch(7, "g")
        #expect(scene.rig.events(last).map(\.index) == [2])
    }

    @Test func r14AClientThatDiesLosesItsJobs() {
        var scene = Scene()
        let waiting = [scene.launch(1, "f"), scene.launch(2, "f"), scene.launchOther(3, "f"), scene.launch(4, "f")]
        let over = scene.rig.ask(.finished(scene.run, job: 1), scene.two)
        let heard = scene.events("in.y", after: 1)
        let done = scene.rig.ask(.done(scene.run, actor: "in.x", job: 1), scene.rig.seat(scene.run, "in.x"))
        #expect(scene.rig.answer(done) == .done)
        scene.rig.die(scene.run, "client/\(scene.first)")
        #expect(waiting.map { scene.rig.error($0)?.code } == [nil, .actorDied, nil, .actorDied])
        // What was under way is told to those who have not done their part, and holds them until they have.
        #expect(scene.rig.events(heard) == [PlanEvent(index: 1, .aborted(job: 1))])
        let quiet = scene.events("in.x", after: 1)
        #expect(scene.rig.isWaiting(quiet))
        #expect(scene.rig.isWaiting(waiting[2]))
        #expect(scene.rig.isWaiting(over))
        scene.finish(1, ["in.y", "out.u"])
        #expect(scene.rig.error(over)?.code == .actorDied)
        #expect(scene.rig.error(over)?.pid == scene.one.pid)
        #expect(scene.isGranted(waiting[2]))
        #expect(scene.rig.report(scene.run)?.phase == .running)
        #expect(scene.rig.report(scene.run)?.connections.keys.sorted() == [scene.second])
    }

    @Test func r14DisconnectingIsLikeDying() {
        var scene = Scene()
        _ = scene.launch(1, "f")
        let queued = scene.launch(2, "f")
        #expect(scene.rig.refused(.disconnect(scene.run, connection: scene.first), scene.two)?.code == .accessDenied)
        #expect(scene.rig.said(.disconnect(scene.run, connection: scene.first), scene.one) == .done)
        #expect(scene.rig.error(queued)?.code == .cancelled)
        #expect(scene.rig.said(.disconnect(scene.run, connection: scene.first), scene.one) == .done)
        #expect(
            scene.rig.refused(.launch(scene.run, connection: scene.first, job: 3, function: "f", count: 1), scene.one)?
                .code == .closed)
    }

    @Test func aLaunchThatIsTakenBackVanishes() {
        var scene = Scene()
        _ = scene.launch(1, "f")
        let cancelled = scene.launch(2, "f")
        let late = scene.launch(3, "f", timeout: .milliseconds(50))
        let aborted = scene.launch(4, "f")
        let last = scene.launchOther(5, "g")
        scene.rig.tell(.cancelPlanCall(request: cancelled), from: "n1")
        scene.rig.desk.pass(milliseconds: 50)
        scene.rig.collect()
        #expect(scene.rig.error(late)?.code == .timedOut)
        #expect(
            scene.rig.refused(.abort(scene.run, connection: scene.second, job: 4), scene.one)?.code == .accessDenied)
        #expect(scene.rig.said(.abort(scene.run, connection: scene.second, job: 4), scene.two) == .done)
        #expect(scene.rig.isWaiting(aborted))
        #expect(scene.rig.said(.abort(scene.run, connection: scene.first, job: 4), scene.one) == .done)
        #expect(scene.rig.error(aborted)?.code == .cancelled)
        #expect(scene.rig.isWaiting(cancelled))
        scene.finish(1, f)
        #expect(scene.isGranted(last))
        // It does not come back by being launched again.
        let again = scene.launch(2, "f")
        #expect(scene.rig.error(again)?.code == .cancelled)
    }

    @Test func aJobUnderWayCanBeAborted() {
        var scene = Scene()
        _ = scene.launch(1, "g")
        #expect(scene.rig.said(.abort(scene.run, connection: scene.first, job: 1), scene.one) == .done)
        #expect(scene.rig.said(.abort(scene.run, connection: scene.first, job: 1), scene.one) == .done)
        let heard = scene.events("out.v", after: 0)
        #expect(scene.rig.events(heard).map(\.kind).last == .aborted(job: 1))
        #expect(scene.rig.events(heard).count == 2)
        scene.finish(1, g)
        #expect(scene.rig.refused(.finished(scene.run, job: 1), scene.one)?.code == .cancelled)
    }

    @Test func aLaunchMayBeRepeated() {
        var scene = Scene()
        #expect(scene.grants(1, "f") == true)
        #expect(scene.grants(1, "f") == true)
        let queued = scene.launch(2, "f")
        let again = scene.launch(2, "f")
        #expect(scene.rig.shown().first?.queued == 1)
        #expect(scene.refusal(2, "f", other: true)?.code == .invalidArgument)
        #expect(scene.refusal(2, "g")?.code == .invalidArgument)
        scene.finish(1, f)
        #expect(scene.isGranted(queued) && scene.isGranted(again))
        scene.finish(2, f)
        #expect(scene.grants(2, "f") == true)
        #expect(scene.rig.shown().first?.granted == 0)
    }

    @Test func whoCannotLaunch() {
        var scene = Scene()
        #expect(scene.refusal(1, "k")?.message.contains("it has f, g, h") == true)
        #expect(scene.refusal(scene.run, 1, "f", by: 99, scene.one)?.code == .closed)
        #expect(scene.refusal(scene.run, 1, "f", by: scene.first, scene.two)?.code == .accessDenied)
        let shy = Proc("n1", 75)
        guard case .connected(_, let number, _)? = scene.rig.said(.connect(plan: "j"), shy) else { return }
        #expect(scene.refusal(scene.run, 1, "f", by: number, shy)?.code == .unknownActor)
        let actor = scene.rig.seat(scene.run, "in.x")
        #expect(scene.rig.refused(.events(scene.run, actor: "out.u", after: 0), actor)?.code == .alreadyOpen)
        #expect(scene.rig.refused(.done(scene.run, actor: "none", job: 1), actor)?.code == .unknownActor)
    }

    @Test func jobsAreBounded() {
        var limits = RunLimits()
        limits.mostJobs = 2
        limits.mostOverJobs = 1
        var scene = Scene(limits: limits)
        for job: UInt64 in 1...2 { _ = scene.launch(job, "f") }
        #expect(scene.refusal(3, "f")?.code == .limitReached)
        scene.finish(1, f)
        scene.finish(2, f)
        #expect(scene.rig.said(.finished(scene.run, job: 2), scene.one) == .done)
        #expect(scene.rig.refused(.finished(scene.run, job: 1), scene.one)?.code == .invalidArgument)
    }

    @Test func clientsAreNumberedAndBounded() {
        var limits = RunLimits()
        limits.mostConnections = 3
        var scene = Scene(limits: limits)
        #expect(scene.first != scene.second)
        #expect(scene.rig.client(scene.run, scene.one) == scene.first)
        let shy = Proc("n1", 75)
        guard case .connected(_, let third, _)? = scene.rig.said(.connect(plan: "j"), shy) else { return }
        let next = Proc("n1", 76)
        #expect(scene.rig.refused(.connect(plan: "j"), next)?.code == .limitReached)
        // One that has never registered is forgotten for another.
        scene.rig.desk.pass(milliseconds: 5000, hearing: ["n1", "n2"])
        #expect(scene.rig.client(scene.run, next) > third)
        #expect(scene.rig.report(scene.run)?.connections[third] == nil)
    }

    @Test func aClientMayComeBeforeTheRun() {
        var rig = PlanRig()
        let early = rig.ask(.connect(plan: "j"), Proc("n1", 70))
        let run = rig.start(.jobs())
        guard case .connected(run, _, _)? = rig.answer(early) else {
            Issue.record("not connected")
            return
        }
    }

    @Test func r9FinishingServesWhoWaitsAndThenCloses() {
        var scene = Scene()
        _ = scene.launch(1, "f")
        let queued = scene.launchOther(2, "f")
        let heard = scene.events("in.z", after: 0)
        let late = Proc("n1", 80)
        #expect(scene.rig.said(.finish(scene.run), scene.one) == .done)
        #expect(scene.refusal(3, "h")?.code == .closed)
        #expect(scene.rig.refused(.connect(plan: "j"), late)?.code == .closed)
        #expect(scene.rig.refused(.apply(spec: PlanSpec.jobs().json), scene.one)?.code == .nameTaken)
        scene.finish(1, f)
        #expect(scene.isGranted(queued))
        #expect(scene.rig.isWaiting(heard))
        scene.finish(2, f)
        #expect(scene.rig.events(heard) == [PlanEvent(index: 0, .closed)])
        #expect(scene.rig.shown().first?.isFinishing == true)
        let over = scene.rig.ask(.wait(scene.run, .ended), scene.one)
        for actor in ["in.x", "in.y", "in.z", "out.u", "out.v", "out.w"] {
            #expect(scene.rig.report(scene.run)?.phase == .running)
            scene.rig.ask(.ended(scene.run, actor: actor, firings: 2), scene.rig.seat(scene.run, actor))
        }
        for node in ["n1", "n2"] { scene.rig.tell(.partGone(scene.run), from: node) }
        #expect(scene.rig.answer(over) == .reached(.ended, error: nil))
        #expect(scene.rig.apply(.jobs()) > scene.run)
    }

    @Test func finishingBeforeTheStartClosesAtTheStart() {
        var rig = PlanRig()
        let run = rig.gather(.jobs())
        rig.ask(.finish(run), Proc("n1", 1))
        for actor in ["in.x", "in.y", "in.z", "out.u", "out.v", "out.w"] {
            let proc = rig.join(run, actor)
            rig.ask(.ready(run, actor: actor), proc)
        }
        let heard = rig.ask(.events(run, actor: "in.x", after: 0), rig.seat(run, "in.x"))
        #expect(rig.events(heard) == [PlanEvent(index: 0, .closed)])
    }

    @Test func aRunThatEndsAnswersItsClients() {
        var scene = Scene()
        _ = scene.launch(1, "f")
        let waiting = [
            scene.launch(2, "f"), scene.rig.ask(.finished(scene.run, job: 1), scene.one),
            scene.events("in.z", after: 0),
        ]
        scene.rig.die(scene.run, "out.w")
        #expect(waiting.map { scene.rig.error($0)?.actor } == ["out.w", "out.w", "out.w"])
        #expect(scene.refusal(3, "h")?.code == .actorDied)
    }

    /// Whatever is launched, aborted and done: no two jobs at an interface, nobody overtaken, nothing left over.
    @Test(arguments: 1...20) func r15TheQueueKeepsItsOrder(seed: UInt64) {
        var random = Seeded(seed: seed)
        let interfaces = ["a", "b", "c", "d"]
        var queue = LaunchQueue(interfaces: interfaces, mostOver: 1000)
        var uses: [UInt64: Set<String>] = [:]
        var pending: [UInt64: Set<String>] = [:]
        func check(_ step: Int) {
            let granted = queue.jobs.values.filter(\.isGranted).map(\.id)
            let waiting = queue.jobs.keys.filter { !granted.contains($0) }
            for (index, one) in granted.enumerated() {
                for other in granted[(index + 1)...] {
                    #expect(uses[one]!.isDisjoint(with: uses[other]!), "seed \(seed), step \(step): \(one), \(other)")
                }
            }
            for one in waiting {
                // It waits for somebody who came before it.
                let blocked = queue.jobs.keys.contains { $0 < one && !uses[$0]!.isDisjoint(with: uses[one]!) }
                #expect(blocked, "seed \(seed), step \(step): \(one) waits for nobody")
                let overtaken = granted.contains { $0 > one && !uses[$0]!.isDisjoint(with: uses[one]!) }
                #expect(!overtaken, "seed \(seed), step \(step): \(one) was overtaken")
            }
        }
        for step in 0..<300 {
            let granted = queue.jobs.values.filter(\.isGranted).map(\.id).sorted()
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4:
                let id = UInt64(step + 1)
                let used = interfaces.filter { _ in Bool.random(using: &random) }
                let set = used.isEmpty ? ["a"] : used
                uses[id] = Set(set)
                pending[id] = Set(set)
                queue.add(LaunchQueue.Job(id: id, connection: 1, function: "f", count: 1, interfaces: set))
            case 4:
                if let id = queue.jobs.keys.sorted().randomElement(using: &random) {
                    queue.abort(id, SluiceError(.cancelled, "x"))
                }
            default:
                guard let id = granted.randomElement(using: &random), let interface = pending[id]?.sorted().first else {
                    break
                }
                pending[id]?.remove(interface)
                queue.done(id, by: interface)
            }
            check(step)
        }
        while let id = queue.jobs.values.filter(\.isGranted).map(\.id).min() {
            for interface in uses[id]! { queue.done(id, by: interface) }
            check(-1)
        }
        #expect(queue.isIdle)
    }
}
