import Placement
import Planning
import SluiceModel
import Testing
import Wire

/// A run from being applied to its end.
@Suite struct PlanRunTests {
    private let someone = Proc("n1", 90)

    @Test func r1ApplyingTheSamePlanFindsItsRun() throws {
        var rig = PlanRig()
        let run = rig.apply(.pair())
        #expect(rig.apply(.pair(), from: Proc("n2", 91)) == run)
        // Declared otherwise, but the same once compiled.
        #expect(rig.apply(.pair(interval: 1)) == run)
        #expect(rig.desk.placement.desk.runs.count == 1)
        let other = rig.ask(.apply(spec: PlanSpec.pair(kernel: "other").json), someone)
        #expect(rig.error(other)?.code == .nameTaken)
        #expect(rig.error(other)?.message.contains("finish or stop that run first") == true)
        #expect(rig.apply(.pair("q", kernel: "other")) != run)
    }

    @Test func r1AnEndedPlansNameIsFreeAtOnce() throws {
        var rig = PlanRig()
        let run = rig.gather(.pair())
        rig.ask(.stop(run, reason: "enough"), someone)
        // The nodes have not given their memory back yet.
        #expect(rig.report(run)?.phase == .ending)
        let next = rig.apply(.pair(kernel: "other"))
        #expect(next > run)
        #expect(rig.parts["n1"]?.keys.sorted() == [next])
    }

    @Test func whatCannotBeAppliedIsRefused() {
        var rig = PlanRig()
        let noPlan = rig.ask(.apply(spec: [1, 2, 3]), someone)
        #expect(rig.error(noPlan)?.code == .invalidArgument)
        let elsewhere = PlanSpec("p", actors: [PlanActor("a", nodes: ["n9"], kernels: [])])
        let unknown = rig.ask(.apply(spec: elsewhere.json), someone)
        #expect(rig.error(unknown)?.code == .invalidArgument)
        #expect(rig.error(unknown)?.node == "n9")
        #expect(rig.error(unknown)?.message.contains("actors: there is no node n9") == true)
        // Its channels' names would be too long.
        let long = PlanSpec(
            "p", actors: [PlanActor(String(repeating: "x", count: 245), nodes: ["n1"], kernels: [])])
        #expect(rig.refused(.apply(spec: long.json), someone)?.code == .invalidName)
        #expect(rig.desk.placement.desk.runs.count == 0)
        #expect(rig.parts.values.allSatisfy { $0.isEmpty })
    }

    @Test func r17ANodesOwnBudgetBoundsThePlan() {
        var rig = PlanRig([])
        rig.register("n1", memory: 63)
        rig.register("n2")
        let refused = rig.ask(.apply(spec: PlanSpec.pair().json), someone)
        #expect(rig.error(refused)?.code == .outOfMemory)
        #expect(rig.error(refused)?.node == "n1")
        #expect(rig.error(refused)?.needed == 64)
        #expect(rig.error(refused)?.available == 63)
    }

    @Test func runsAreBounded() throws {
        var limits = RunLimits()
        limits.mostRuns = 2
        limits.mostEndedRuns = 1
        var rig = PlanRig(limits: limits)
        let first = rig.apply(.pair("p"))
        let second = rig.apply(.pair("q"))
        #expect(rig.refused(.apply(spec: PlanSpec.pair("r").json), someone)?.code == .limitReached)
        for run in [first, second] { rig.ask(.stop(run, reason: "x"), someone) }
        // Their memory is not free yet.
        #expect(rig.refused(.apply(spec: PlanSpec.pair("r").json), someone)?.code == .limitReached)
        for run in [first, second] {
            for node in ["n1", "n2"] { rig.tell(.partGone(run), from: node) }
        }
        #expect(rig.report(first) == nil)
        #expect(rig.report(second)?.phase == .ended)
        #expect(rig.apply(.pair("r")) > second)
    }

    @Test func whatADesiredSetHoldsIsBounded() {
        var limits = RunLimits()
        limits.mostPartBytes = 200
        var rig = PlanRig(limits: limits)
        let run = rig.apply(.pair("p"))
        let full = rig.ask(.apply(spec: PlanSpec.pair("q").json), someone)
        #expect(rig.error(full)?.code == .limitReached)
        rig.ask(.stop(run, reason: "x"), someone)
        for node in ["n1", "n2"] { rig.tell(.partGone(run), from: node) }
        #expect(rig.apply(.pair("q")) > run)
    }

    @Test func r13EveryNodeIsToldItsOwnPart() throws {
        var rig = PlanRig(["n1", "n2", "n3"])
        let run = rig.apply(.jobs())
        let prefix = "plan/j/\(run)/"
        #expect(
            rig.parts["n1"]?[run]
                == PlanPart(
                    run: run, plan: "j", blockBytes: 192,
                    registers: ["x", "y", "z"].enumerated().map {
                        PartRegister(
                            channel: channel("\(prefix)in.\($1)/b"), offset: UInt64(64 * $0), stride: 64, slots: 1)
                    }))
        #expect(
            rig.parts["n2"]?[run]?.registers.map(\.channel) == ["u", "v", "w"].map { channel("\(prefix)out.\($0)/b") })
        #expect(rig.parts["n3"]?.isEmpty == true)
    }

    @Test func r13PhasesFollowWhatTheNodesSay() throws {
        var rig = PlanRig()
        let run = rig.apply(.pair(interval: 1))
        let gathering = rig.ask(.wait(run, .gathering), someone)
        rig.tell(.partReady(run), from: "n1")
        rig.tell(.partReady(run), from: "n1")
        #expect(rig.isWaiting(gathering))
        rig.tell(.partReady(run), from: "n2")
        #expect(rig.answer(gathering) == .reached(.gathering, error: nil))
        // One that is over is answered as it is.
        #expect(rig.said(.wait(run, .materialising), someone) == .reached(.gathering, error: nil))
    }

    @Test func r13TheBarrierOpensWhenEverybodyIsReady() {
        var rig = PlanRig()
        let run = rig.gather(.pair())
        let a = rig.join(run, "a")
        let b = rig.join(run, "b")
        let running = rig.ask(.wait(run, .running), someone)
        let first = rig.ask(.ready(run, actor: "a"), a)
        #expect(rig.isWaiting(first))
        let second = rig.ask(.ready(run, actor: "b"), b)
        #expect(rig.answer(first) == .done)
        #expect(rig.answer(second) == .done)
        #expect(rig.answer(running) == .reached(.running, error: nil))
        // Whoever lost the answer asks again.
        #expect(rig.said(.ready(run, actor: "a"), a) == .done)
    }

    @Test func readinessIsBelievedOfTheRegisteredProcessOnly() {
        var rig = PlanRig()
        let run = rig.gather(.pair())
        let stranger = Proc("n1", 55)
        #expect(rig.refused(.ready(run, actor: "a"), stranger)?.message.contains("join first") == true)
        let a = rig.seat(run, "a")
        rig.ask(.join(plan: "p", actor: "a"), a)
        #expect(rig.refused(.ready(run, actor: "a"), a)?.code == .unknownActor)
        #expect(rig.refused(.ready(run, actor: "a"), stranger)?.code == .alreadyOpen)
        #expect(rig.refused(.ready(run, actor: "c"), a)?.code == .unknownActor)
        #expect(rig.report(run)?.seats["a"]?.state == .joined)
    }

    @Test func r9ARunWhoseActorsHaveDrainedIsOver() {
        var rig = PlanRig()
        let run = rig.start(.pair())
        let ended = rig.ask(.wait(run, .ended), someone)
        rig.ask(.ended(run, actor: "a", firings: 7), rig.seat(run, "a"))
        // Its process may go now.
        rig.die(run, "a")
        #expect(rig.report(run)?.phase == .running)
        rig.ask(.ended(run, actor: "b", firings: 8), rig.seat(run, "b"))
        #expect(rig.report(run)?.phase == .ending)
        #expect(rig.removed == ["n1": [run], "n2": [run]])
        rig.tell(.partGone(run), from: "n1")
        #expect(rig.isWaiting(ended))
        rig.tell(.partGone(run), from: "n2")
        #expect(rig.answer(ended) == .reached(.ended, error: nil))
        #expect(rig.shown().first?.actors.map(\.firings) == [7, 8])
        #expect(rig.shown().first?.error == nil)
    }

    @Test func whatIsShown() throws {
        var rig = PlanRig()
        let run = rig.start(.pair())
        let old = rig.gather(.pair("q"))
        rig.ask(.stop(old, reason: "enough"), someone)
        #expect(rig.shown().map(\.run) == [run, old])
        #expect(rig.shown().map(\.compiled) == [[], []])
        let shown = rig.shown("p")
        let report = try #require(shown.first)
        #expect(report.phase == .running)
        #expect(report.actors.map(\.state) == [.ready, .ready])
        #expect(report.actors.map(\.pid) == [rig.seat(run, "a").pid, rig.seat(run, "b").pid])
        #expect(!report.compiled.isEmpty)
        #expect(rig.shown(old.description).map(\.error?.code) == [.stopped])
        #expect(rig.shown("x").isEmpty)
    }

    @Test func r13KeysAreWaitedFor() {
        var rig = PlanRig()
        let run = rig.gather(.pair())
        let waiting = rig.ask(.get(run, key: "k"), someone)
        rig.ask(.put(run, key: "other", [9]), someone)
        #expect(rig.isWaiting(waiting))
        #expect(rig.said(.put(run, key: "k", [1, 2]), Proc("n2", 91)) == .done)
        #expect(rig.answer(waiting) == .value([1, 2]))
        #expect(rig.said(.get(run, key: "k"), someone) == .value([1, 2]))
        #expect(rig.said(.put(run, key: "k", [1, 2]), someone) == .done)
        #expect(rig.refused(.put(run, key: "k", [3]), someone)?.code == .nameTaken)
        #expect(rig.refused(.get(RunID(rawValue: 77), key: "k"), someone)?.code == .unknownRun)
    }

    @Test func r13KeysAreBounded() {
        var limits = RunLimits()
        limits.mostKeys = 2
        limits.mostKeyBytes = 10
        var values = KeyValues()
        #expect(throws: Never.self) { try values.put([1, 2, 3, 4], at: "a", limits) }
        let tooMuch = #expect(throws: SluiceError.self) { try values.put([1, 2, 3, 4, 5], at: "b", limits) }
        #expect(tooMuch?.needed == 6)
        #expect(tooMuch?.available == 5)
        #expect(throws: Never.self) { try values.put([1, 2, 3, 4], at: "b", limits) }
        #expect(throws: Never.self) { try values.put([1, 2, 3, 4], at: "b", limits) }
        let tooMany = #expect(throws: SluiceError.self) { try values.put([], at: "", limits) }
        #expect(tooMany?.code == .limitReached)
        #expect(values.count == 2)
        #expect(values.bytes == 10)
    }

    @Test func aRunOfAnEarlierCoordinatorIsUnknown() {
        var rig = PlanRig()
        let run = RunID(epoch: 7, number: 7)
        for body: PlanCall.Body in [
            .wait(run, .ended), .ready(run, actor: "a"), .events(run, actor: "in.x", after: 0), .finished(run, job: 1),
            .get(run, key: "k"), .finish(run), .ended(run, actor: "a", firings: 1),
        ] { #expect(rig.refused(body, someone)?.code == .unknownRun, "\(body)") }
    }
}
