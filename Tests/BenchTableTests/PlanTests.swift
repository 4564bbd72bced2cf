import BenchTable
import Testing

struct PlanTests {
    private func plan(only: Set<String>? = nil, isQuick: Bool = false) -> Plan {
        Plan(only: only, isQuick: isQuick, seconds: 0.5, idleSeconds: 60)
    }

    @Test(arguments: Targets.ids) func eachTargetHasSomethingToMeasure(id: String) {
        let plan = plan(only: [id], isQuick: true)
        #expect(!plan.groups.isEmpty)
        #expect(plan.groups.allSatisfy { $0.targets.contains(id) })
    }

    @Test func onlyWhatIsAskedForIsRun() {
        #expect(plan(only: ["P6"]).groups.map(\.name) == ["remote rtt 8B", "encrypted rtt 8B"])
        #expect(plan(only: ["P6"], isQuick: true).groups.map(\.name) == ["remote rtt 8B"])
        #expect(plan(only: ["P11"]).groups.map(\.name) == ["idling"])
    }

    @Test func quickLeavesOutWhatIsNoTarget() {
        let (all, quick) = (plan(), plan(isQuick: true))
        #expect(quick.groups.allSatisfy { !$0.targets.isEmpty && !$0.isEncrypted })
        #expect(all.groups.contains { $0.targets.isEmpty } && all.groups.contains { $0.isEncrypted })
        // Half a second each and a minute of idling: within five minutes, with what each takes to start.
        let seconds = quick.groups.map { group in
            group.steps.map { $0.seconds + 0.9 }.reduce(0, +) * (group.isOnce ? 1 : 3)
        }.reduce(0, +)
        #expect(seconds < 280)
    }

    @Test func thoseWhoDoTheSameWorkTakeTurns() throws {
        let group = try #require(plan().groups.first { $0.name == "remote one-way 1MiB" })
        #expect(group.steps.map(\.contender) == [.floor, .zmq, .ours])
        #expect(plan().steps(repetitions: 3) < 3 * plan().steps(repetitions: 1))
    }
}
