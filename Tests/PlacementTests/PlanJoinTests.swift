import Placement
import Planning
import SluiceModel
import Testing
import Wire

/// Actors that come, calls that wait, and calls that are made again.
@Suite struct PlanJoinTests {
    private let a = Proc("n1", 10)

    @Test func r13AnActorMayComeBeforeItsPlan() {
        var rig = PlanRig()
        let join = rig.ask(.join(plan: "p", actor: "a"), a)
        let run = rig.apply(.pair())
        #expect(rig.isWaiting(join))
        for node in ["n1", "n2"] { rig.tell(.partReady(run), from: node) }
        guard case .joined(run, let plan)? = rig.answer(join) else {
            Issue.record("not joined")
            return
        }
        #expect(plan == rig.report(run).map { rig.shownPlan($0) })
        #expect(rig.report(run)?.seats["a"]?.holder?.pid == a.pid)
    }

    @Test func whoCannotJoin() {
        var rig = PlanRig()
        let run = rig.gather(.pair())
        let unknown = rig.refused(.join(plan: "p", actor: "c"), a)
        #expect(unknown?.code == .unknownActor)
        #expect(unknown?.message.contains("it has a, b") == true)
        let wrong = rig.refused(.join(plan: "p", actor: "b"), a)
        #expect(wrong?.code == .invalidArgument)
        #expect(wrong?.message.contains("n2") == true && wrong?.message.contains("n1") == true)
        #expect(rig.said(.join(plan: run.description, actor: "a"), a) != nil)
        // Another process, and another caller of the same one.
        for other in [Proc("n1", 11), Proc("n1", 10, caller: 77)] {
            let taken = rig.refused(.join(plan: "p", actor: "a"), other)
            #expect(taken?.code == .alreadyOpen)
            #expect(taken?.pid == a.pid)
            #expect(taken?.node == "n1")
        }
        // Who has joined may ask again.
        #expect(rig.said(.join(plan: "p", actor: "a"), a) != nil)
    }

    @Test func aPlaceWhoseHolderNeverRegisteredIsFreeAgain() {
        var rig = PlanRig()
        // Its time begins when it has the place, not when it asked.
        rig.ask(.join(plan: "p", actor: "a"), a)
        rig.desk.pass(milliseconds: 10_000, hearing: ["n1", "n2"])
        let run = rig.gather(.pair())
        let other = Proc("n1", 11)
        rig.desk.pass(milliseconds: 4900, hearing: ["n1", "n2"])
        #expect(rig.refused(.join(plan: "p", actor: "a"), other)?.code == .alreadyOpen)
        rig.desk.pass(milliseconds: 200, hearing: ["n1", "n2"])
        #expect(rig.said(.join(plan: "p", actor: "a"), other) != nil)
        rig.desk.act(rig.name(run, "a"), on: "n1", life: other.life, pid: other.pid)
        rig.desk.pass(milliseconds: 6000, hearing: ["n1", "n2"])
        #expect(rig.refused(.join(plan: "p", actor: "a"), a)?.pid == other.pid)
    }

    @Test func deadlinesSayWhatIsMissing() {
        var rig = PlanRig()
        func message(_ request: UInt64) -> String {
            let error = rig.error(request)
            return error?.code == .timedOut ? error?.message ?? "" : "\(String(describing: error))"
        }
        let soon = Timeout.milliseconds(100)
        let now = rig.ask(.join(plan: "p", actor: "a"), a, timeout: .zero)
        #expect(message(now).contains("no plan p was applied"))
        let run = rig.apply(.pair(interval: 1))
        let joining = rig.ask(.join(plan: "p", actor: "a"), a, timeout: soon)
        rig.tell(.partReady(run), from: "n1")
        rig.desk.pass(milliseconds: 99, hearing: ["n1", "n2"])
        rig.collect()
        #expect(rig.isWaiting(joining))
        rig.desk.pass(milliseconds: 1)
        rig.collect()
        #expect(message(joining).contains("node n2's memory"))
        rig.tell(.partReady(run), from: "n2")
        let proc = rig.join(run, "a")
        let ready = rig.ask(.ready(run, actor: "a"), proc, timeout: soon)
        let key = rig.ask(.get(run, key: "k"), a, timeout: soon)
        let client = rig.ask(.connect(plan: "p"), a, timeout: soon)
        let phase = rig.ask(.wait(run, .running), a, timeout: soon)
        rig.desk.pass(milliseconds: 100)
        rig.collect()
        #expect(message(ready).contains("it waits for actor b on node n2"))
        #expect(message(key).contains("key \"k\""))
        #expect(message(client).contains("actor b on node n2"))
        #expect(message(phase).contains("gathering"))
        // It has only stopped to wait: the others may start.
        let b = rig.join(run, "b")
        rig.ask(.ready(run, actor: "b"), b)
        #expect(rig.report(run)?.phase == .running)
    }

    @Test func aCallThatIsCancelledIsNotAnswered() {
        var rig = PlanRig()
        let run = rig.gather(.pair())
        let first = rig.ask(.get(run, key: "k"), a)
        let second = rig.ask(.get(run, key: "k"), a)
        rig.tell(.cancelPlanCall(request: first), from: "n1")
        rig.tell(.cancelPlanCall(request: first), from: "n1")
        // A number of another node's is another call.
        rig.tell(.cancelPlanCall(request: second), from: "n2")
        rig.ask(.put(run, key: "k", [1]), a)
        #expect(rig.isWaiting(first))
        #expect(rig.answer(second) == .value([1]))
    }

    @Test func aCallThatIsMadeAgainIsAnsweredOnce() {
        var rig = PlanRig()
        let run = rig.gather(.pair())
        let waiting = rig.ask(.get(run, key: "k"), a)
        rig.ask(.get(run, key: "k"), a, again: waiting)
        #expect(rig.desk.placement.desk.waiterCount == 1)
        // Its agent comes back on another connection, and asks again there.
        rig.desk.join("n1", on: "n1 again", parts: [run])
        #expect(rig.desk.placement.desk.waiterCount == 0)
        let call = PlanCall(caller: a.caller, .get(run, key: "k")).encoded()
        rig.desk.tell(
            .planCall(call, timeout: .infinite, life: ProcessLife(rawValue: a.life), pid: a.pid), from: "n1 again",
            request: 5)
        rig.ask(.put(run, key: "k", [1]), Proc("n2", 20))
        rig.collect()
        #expect(rig.isWaiting(waiting))
        #expect(rig.answer(5) == .value([1]))
    }

    @Test func callsThatWaitAreBounded() {
        var limits = RunLimits()
        limits.mostWaiting = 2
        var rig = PlanRig(limits: limits)
        for _ in 0..<2 { rig.ask(.join(plan: "p", actor: "a"), a) }
        #expect(rig.refused(.join(plan: "p", actor: "a"), a)?.code == .limitReached)
    }

    @Test func whoWaitsForEverCostsNothing() {
        var rig = PlanRig()
        let timers = rig.desk.placement.timerCount
        let run = rig.gather(.pair())
        for _ in 0..<100 { rig.ask(.get(run, key: "k"), a) }
        #expect(rig.desk.placement.timerCount == timers)
        // And long waits that end early leave no timers behind.
        for _ in 0..<5000 { rig.ask(.get(run, key: "l"), a, timeout: .seconds(1000), again: 1) }
        #expect(rig.desk.placement.timerCount < 2000)
    }

    @Test func garbageIsRefused() {
        var rig = PlanRig()
        rig.tell(
            .planCall([0xff, 0xff], timeout: .infinite, life: ProcessLife(rawValue: 3), pid: 33), from: "n1", request: 8
        )
        #expect(rig.error(8)?.code == .protocolViolation)
        #expect(rig.error(8)?.message.contains("process 33 on node n1") == true)
    }
}

extension PlanRig {
    /// A run's plan as its participants get it.
    mutating func shownPlan(_ run: PlanRun) -> [UInt8] { shown(run.id.description).first?.compiled ?? [] }
}
