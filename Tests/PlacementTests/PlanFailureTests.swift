import Placement
import Planning
import SluiceModel
import Testing
import Wire

/// What ends a run with an error: everyone who waits is told who it was, and the memory goes everywhere.
@Suite struct PlanFailureTests {
    private let someone = Proc("n1", 90)

    /// A run that has started, beside another that nothing may happen to, and a call that waits for each phase and thing.
    private struct Scene {
        var rig = PlanRig()
        let run: RunID
        let other: RunID
        let waiting: [UInt64]
        let ended: UInt64

        init(start: Bool = true) {
            other = rig.gather(.pair("other"))
            run = start ? rig.start(.pair()) : rig.apply(.pair())
            let someone = Proc("n1", 90)
            waiting = [
                rig.ask(.get(run, key: "k"), someone), rig.ask(.get(run, key: "l"), Proc("n1", 91)),
                start ? rig.ask(.get(run, key: "m"), someone) : rig.ask(.join(plan: "p", actor: "a"), someone),
            ]
            ended = rig.ask(.wait(run, .ended), someone)
        }

        /// What all who wait were told.
        mutating func check(
            _ code: SluiceError.Code, actor: String?, node: String?, pid: Int32?, gone: [String] = [],
            location: SourceLocation = #_sourceLocation
        ) {
            for request in waiting {
                let error = rig.error(request)
                #expect(error?.code == code, sourceLocation: location)
                #expect(error?.actor == actor, sourceLocation: location)
                #expect(error?.node == node, sourceLocation: location)
                #expect(error?.pid == pid, sourceLocation: location)
                #expect(error?.message.contains("run \(run)") == true, sourceLocation: location)
            }
            #expect(rig.isWaiting(ended), sourceLocation: location)
            for node in ["n1", "n2"] where !gone.contains(node) {
                #expect(rig.removed[node]?.contains(run) == true, sourceLocation: location)
                rig.tell(.partGone(run), from: node)
            }
            guard case .reached(.ended, let error)? = rig.answer(ended) else {
                Issue.record("the run has not ended", sourceLocation: location)
                return
            }
            #expect(error?.code == code, sourceLocation: location)
            #expect(rig.report(run)?.phase == .ended, sourceLocation: location)
            #expect(rig.desk.placement.desk.waiterCount == 0, sourceLocation: location)
        }
    }

    @Test func r19AKernelThatFails() {
        var scene = Scene()
        let a = scene.rig.seat(scene.run, "a")
        let error = SluiceError(.invalidArgument, "kernel k got 3 rows")
        #expect(scene.rig.said(.fail(scene.run, actor: "a", error), a) == .done)
        scene.check(.invalidArgument, actor: "a", node: "n1", pid: a.pid)
        #expect(scene.rig.error(scene.waiting[0])?.message.hasSuffix("kernel k got 3 rows") == true)
        #expect(scene.rig.report(scene.other)?.phase == .gathering)
        // What fails because of it is not the cause.
        let b = scene.rig.seat(scene.run, "b")
        #expect(scene.rig.said(.fail(scene.run, actor: "b", SluiceError(.closed, "x")), b) == .done)
        #expect(scene.rig.report(scene.run)?.error?.actor == "a")
        // It can be launched again.
        #expect(scene.rig.start(.pair()) > scene.run)
    }

    @Test func r19OnlyWhoHasTheActorMayFailIt() {
        var scene = Scene()
        let error = SluiceError(.invalidArgument, "x")
        #expect(scene.rig.refused(.fail(scene.run, actor: "a", error), someone)?.code == .alreadyOpen)
        #expect(scene.rig.refused(.ended(scene.run, actor: "a", firings: 1), someone)?.code == .alreadyOpen)
        #expect(scene.rig.report(scene.run)?.phase == .running)
    }

    @Test func r19AProcessThatDies() {
        var scene = Scene()
        let b = scene.rig.seat(scene.run, "b")
        scene.rig.die(scene.run, "b")
        scene.check(.actorDied, actor: "b", node: "n2", pid: b.pid)
        #expect(scene.rig.report(scene.other)?.phase == .gathering)
    }

    @Test func r19AProcessThatDiesBeforeTheStart() {
        var rig = PlanRig()
        let run = rig.gather(.pair())
        let a = rig.join(run, "a")
        let waiting = rig.ask(.ready(run, actor: "a"), a)
        _ = rig.join(run, "b")
        rig.die(run, "b")
        #expect(rig.error(waiting)?.code == .actorDied)
        #expect(rig.error(waiting)?.actor == "b")
    }

    @Test func r19ANodeThatIsLost() {
        var scene = Scene()
        scene.rig.desk.pass(milliseconds: 61_000, hearing: ["n1"])
        scene.rig.collect()
        scene.check(.nodeLost, actor: "b", node: "n2", pid: scene.rig.seat(scene.run, "b").pid, gone: ["n2"])
        // The other had its part there, too.
        #expect(scene.rig.report(scene.other)?.error?.code == .nodeLost)
        // Without that node the plan cannot be, and with it it can be again.
        #expect(scene.rig.refused(.apply(spec: PlanSpec.pair().json), someone)?.node == "n2")
        scene.rig.register("n2", life: 5)
        #expect(scene.rig.parts["n2"]?.isEmpty == true)
        #expect(scene.rig.start(.pair()) > scene.run)
    }

    @Test func r19ANodeThatLeaves() {
        var scene = Scene()
        scene.rig.tell(.leave, from: "n2")
        scene.check(.nodeLost, actor: "b", node: "n2", pid: scene.rig.seat(scene.run, "b").pid, gone: ["n2"])
    }

    @Test func r19ANodeWithoutTheMemory() {
        var scene = Scene(start: false)
        let error = SluiceError(.outOfMemory, "no room", needed: 64, available: 63)
        scene.rig.tell(.partReady(scene.run), from: "n1")
        scene.rig.tell(.partRefused(scene.run, error), from: "n2")
        #expect(scene.rig.error(scene.waiting[0])?.needed == 64)
        #expect(scene.rig.error(scene.waiting[0])?.available == 63)
        #expect(scene.rig.error(scene.waiting[0])?.message.contains("node n2") == true)
        scene.check(.outOfMemory, actor: nil, node: "n2", pid: nil)
    }

    @Test func r19AnAgentThatComesBackWithoutItsPart() {
        var scene = Scene()
        // The same life, on a new connection: it still has everything.
        scene.rig.register("n2", parts: [scene.run, scene.other])
        #expect(scene.rig.report(scene.run)?.phase == .running)
        #expect(scene.rig.parts["n2"]?.keys.sorted() == [scene.other, scene.run])
        // One whose part was not ready yet makes it now.
        let fresh = scene.rig.apply(.pair("fresh"))
        scene.rig.register("n2", parts: [scene.other])
        #expect(scene.rig.report(fresh)?.phase == .materialising)
        #expect(scene.rig.parts["n2"]?.keys.sorted() == [scene.other, fresh])
        scene.check(.nodeLost, actor: nil, node: "n2", pid: nil, gone: ["n2"])
    }

    @Test func whatIsReportedWasMade() {
        var rig = PlanRig()
        let run = rig.apply(.pair())
        rig.tell(.partReady(run), from: "n1")
        rig.register("n2", parts: [run])
        #expect(rig.report(run)?.phase == .gathering)
    }

    @Test func r19SomebodyStopsIt() {
        var scene = Scene()
        #expect(scene.rig.said(.stop(scene.run, reason: "enough"), someone) == .done)
        #expect(scene.rig.said(.stop(scene.run, reason: "again"), someone) == .done)
        #expect(scene.rig.error(scene.waiting[0])?.message.contains("enough") == true)
        scene.check(.stopped, actor: nil, node: nil, pid: nil)
    }

    @Test func whatIsSaidOfAnEndedRunChangesNothing() {
        var scene = Scene()
        let a = scene.rig.seat(scene.run, "a")
        scene.rig.ask(.stop(scene.run, reason: "enough"), someone)
        #expect(scene.rig.said(.ended(scene.run, actor: "a", firings: 3), a) == .done)
        #expect(scene.rig.said(.finish(scene.run), a) == .done)
        for body: PlanCall.Body in [
            .put(scene.run, key: "k", []), .ready(scene.run, actor: "a"), .get(scene.run, key: "k"),
            .join(plan: scene.run.description, actor: "a"), .connect(plan: scene.run.description),
        ] { #expect(scene.rig.refused(body, a)?.code == .stopped, "\(body)") }
        scene.rig.die(scene.run, "a")
        scene.rig.tell(.partReady(scene.run), from: "n1")
        scene.rig.tell(.partRefused(scene.run, SluiceError(.outOfMemory, "x")), from: "n1")
        scene.rig.tell(.partReady(RunID(rawValue: 99)), from: "n1")
        scene.rig.tell(.partGone(scene.run), from: "n1")
        scene.rig.tell(.partGone(scene.run), from: "n1")
        #expect(scene.rig.report(scene.run)?.phase == .ending)
        scene.rig.tell(.partGone(scene.run), from: "n2")
        #expect(scene.rig.report(scene.run)?.error?.code == .stopped)
    }
}
