import Placement
import SluiceModel
import Testing
import Wire

/// Agents that come, go, restart, fall silent and lose messages, against a coordinator that restarts.
@Suite(.timeLimit(.minutes(1))) struct ScheduleTests {
    @Test(arguments: 0..<20) func nothingIsEverInconsistent(block: Int) {
        for seed in 0..<5 {
            var world = World(seed: UInt64(block * 5 + seed), nodes: 3)
            for _ in 0..<400 { world.step() }
            world.calm()
            check(world)
            world.finish()
            check(world)
            #expect(world.placement.channels.isEmpty, "seed \(block * 5 + seed)")
            #expect(world.placement.openNames.isEmpty && world.placement.endedNames.isEmpty)
            #expect(world.placement.nodes.values.allSatisfy { $0.desiredBytes == 0 && $0.written.isEmpty })
            world.write()
            #expect(world.disk.channels.isEmpty)
        }
    }

    /// After all has been delivered, every agent has what it shall have, and nobody waits.
    private func check(_ world: World) {
        #expect(world.placement.openingCount == 0)
        for agent in world.agents where !agent.isRetired {
            #expect(agent.isRegistered, "\(agent.name) has not registered")
            #expect(agent.pending.isEmpty, "\(agent.name) waits for \(agent.pending)")
            #expect(agent.desired == world.placement.desiredSet(of: agent.name))
            for (id, writer) in agent.writers where writer.isCreated && writer.end == nil {
                #expect(agent.desired.writers.contains { $0.channel == id }, "\(agent.name) writes \(id) for nobody")
            }
        }
    }
}

/// Random numbers that are the same every time.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64 (Steele, Lea and Flood, 2014).
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
