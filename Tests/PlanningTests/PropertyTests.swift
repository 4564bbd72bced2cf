import Planning
import SluiceModel
import Testing

/// Plans at random, each checked from the definitions and then executed.
@Suite struct PropertyTests {
    static let shards = 8
    static let each = 1250

    /// Seeds of a shard are its number, and every eighth from there.
    @Test(arguments: 0..<shards)
    func r16NoTwoLiveRegistersOverlapInAnyExecution(shard: Int) throws {
        for n in 0..<Self.each {
            let seed = UInt64(shard + n * Self.shards)
            var trial = Trial(seed: seed)
            if let problem = trial.run() {
                Issue.record("seed \(seed): \(problem)")
                return
            }
        }
    }

    /// Else the test above would show nothing.
    @Test func randomPlansHaveEverythingInThem() throws {
        var (sharing, inPlace, chains, remote, own, controls, parallel, lengthened, refused) = (
            0, 0, 0, 0, 0, 0, 0, 0, 0
        )
        for seed in 0..<800 {
            var trial = Trial(seed: UInt64(seed))
            guard let plan = try trial.compiled()?.withoutTokens else {
                refused += 1
                continue
            }
            let taken = plan.registers.filter { $0.inPlaceOf != nil }
            inPlace += taken.count
            chains += taken.count { plan.registers[$0.inPlaceOf!].inPlaceOf != nil }
            sharing += plan.nodes.count { $0.blockBytes < $0.unsharedBytes && taken.isEmpty }
            remote += plan.registers.count { $0.kind == .channel && $0.places.count > 1 }
            own += plan.registers.count { $0.kind == .own }
            controls += plan.registers.count { $0.fields.isEmpty && plan.actors[$0.consumers[0]].role == .kernels }
            parallel += plan.spec.actors.count { $0.parallel > 1 }
            lengthened += plan.notes.count { $0.hasPrefix("interval lengthened") }
        }
        let all = [sharing, inPlace, chains, remote, own, controls, parallel, lengthened, refused]
        #expect(all.allSatisfy { $0 >= 5 }, "\(all)")
    }

    /// An execution that does not see what a guard edge prevents would show nothing either.
    @Test func executionsSeeWhatGuardEdgesPrevent() throws {
        var (seen, plans) = (0, 0)
        for seed in 0..<800 {
            var trial = Trial(seed: UInt64(seed))
            guard var plan = try trial.compiled()?.withoutTokens, !plan.guards.isEmpty else { continue }
            plan.guards = []
            plans += 1
            var dice = Dice(UInt64(seed))
            // One draw may miss it.
            for _ in 0..<5 {
                var execution = Execution(plan)
                if execution.run(firings: 4 + (plan.registers.map(\.slots).max() ?? 1), &dice) != nil {
                    seen += 1
                    break
                }
            }
        }
        #expect(plans >= 80)
        #expect(seen * 10 >= plans * 9, "\(seen) of \(plans)")
    }
}

/// One plan at random, sometimes with a budget that is smaller than it would like.
struct Trial {
    let seed: UInt64
    private var dice: Dice
    private var random: RandomPlan

    init(seed: UInt64) {
        self.seed = seed
        dice = Dice(seed ^ 0xd1ce)
        random = RandomPlan(seed: seed)
    }

    /// Nil if its budget is too small.
    mutating func compiled() throws(PlanError) -> CompiledPlan? {
        var spec = random.make()
        let plan = try Compiler.compile(spec, sites: random.sites)
        guard dice.chance(25), let node = plan.nodes.randomElement(using: &dice), node.blockBytes > 0 else {
            return plan
        }
        spec.budgets[node.name] = 64 * (1 + dice.next() % (node.blockBytes / 64))
        do {
            return try Compiler.compile(spec, sites: random.sites)
        } catch {
            if error.code == .overBudget, error.needed! > error.available!, error.node != nil { return nil }
            throw error
        }
    }

    /// What is wrong with it.
    mutating func run() -> String? {
        do {
            guard let plan = try compiled() else { return nil }
            if let problem = plan.problemsOfTokens.first { return problem }
            if let problem = PlanCheck(plan.withoutTokens, sites: random.sites).problems.first { return problem }
            if seed / 8 % 8 == 0 {
                guard try plan == Compiler.compile(plan.spec, sites: random.sites.reversed()) else {
                    return "not the same twice"
                }
            }
            // Held back by nothing but what the tokens stand for.
            var held = plan.withoutTokens
            held.guards = plan.outermostGuards
            var execution = Execution(held)
            return execution.run(firings: 3 + (plan.registers.map(\.slots).max() ?? 1), &dice)
        } catch {
            return "\(error)"
        }
    }
}
