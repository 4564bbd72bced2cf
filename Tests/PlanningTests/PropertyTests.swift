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
            if let problem = Self.problem(seed: seed) {
                Issue.record("seed \(seed): \(problem)")
                return
            }
        }
    }

    /// What is wrong with the plan of a seed.
    static func problem(seed: UInt64) -> String? {
        var random = RandomPlan(seed: seed)
        var spec = random.make()
        var dice = Dice(seed ^ 0xd1ce)
        do {
            var plan = try Compiler.compile(spec, sites: random.sites)
            if dice.chance(25), let node = plan.nodes.randomElement(using: &dice), node.blockBytes > 0 {
                // Less than it would like to have.
                spec.budgets[node.name] = 64 * (1 + dice.next() % (node.blockBytes / 64))
                do {
                    plan = try Compiler.compile(spec, sites: random.sites)
                } catch {
                    if error.code == .overBudget, error.needed! > error.available!, error.node == node.name {
                        return nil
                    }
                    return "\(error)"
                }
            }
            let check = PlanCheck(plan, sites: random.sites)
            if let problem = check.problems.first { return problem }
            if seed % 8 == 0 {
                guard try plan == Compiler.compile(spec, sites: random.sites.reversed()) else {
                    return "not the same twice"
                }
            }
            var execution = Execution(plan)
            return execution.run(firings: 3 + (plan.registers.map(\.slots).max() ?? 1), &dice)
        } catch {
            return "\(error)"
        }
    }
}
