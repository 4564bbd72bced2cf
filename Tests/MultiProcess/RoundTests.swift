import SluiceModel
import SluiceTesting
import Testing

extension MultiProcess {
    /// Rounds over several channels and two nodes, with random timeouts and errors; every process makes the same model of
    /// them from a seed, and compares all that it gets.
    struct Rounds {
        private static let channels = 3

        private func reader(_ node: Node, _ actor: String, _ seed: UInt64) async throws -> ChildProcess {
            try await node.run(
                try Executables.find("TestWorker"),
                ["read-rounds", "r", "--as", actor, "--channels", "\(Self.channels)", "--seed", "\(seed)"])
        }

        private func writer(_ node: Node, _ readers: String, _ seed: UInt64, _ count: UInt64?) async throws
            -> ChildProcess
        {
            try await node.run(
                try Executables.find("TestWorker"),
                ["write-rounds", "r", "--channels", "\(Self.channels)", "--readers", readers, "--seed", "\(seed)"]
                    + (count.map { ["--count", "\($0)"] } ?? []))
        }

        /// The others get every round, once and in order, to the last.
        @Test(arguments: [0, 1]) func c18c19c20AKilledReaderDisturbsNoRound(place: Int) async throws {
            let seed = UInt64.random(in: 0 ... .max)
            try await withCleanCluster(nodes: 2) { cluster in
                let victim = try await reader(cluster.nodes[place], "victim", seed)
                let others = [
                    try await reader(cluster.nodes[0], "near", seed), try await reader(cluster.nodes[1], "far", seed),
                ]
                let count = 1000 + seed % 1000
                let writer = try await writer(cluster.nodes[0], "victim,near,far", seed, count)
                try await victim.reads(past: 100 + seed % 300)
                try await victim.kill()
                try await writer.waitForSuccess()
                for other in others {
                    let found = try await other.report()
                    #expect(found.end == "closed", "seed \(seed): \(found)")
                    #expect(found.count == count, "seed \(seed): \(found)")
                }
            }
        }

        /// Killed anywhere, between two commits too: everybody gets the same complete rounds and nothing of another.
        @Test(arguments: 0..<3) func c18c19c20AKilledWritersRoundsAreWhole(run: Int) async throws {
            let seed = UInt64.random(in: 0 ... .max)
            try await withCleanCluster(nodes: 2) { cluster in
                let readers = [
                    try await reader(cluster.nodes[0], "near", seed), try await reader(cluster.nodes[1], "far", seed),
                ]
                let writer = try await writer(cluster.nodes[0], "near,far", seed, nil)
                for reader in readers { try await reader.reads(past: 100 + seed % 500) }
                try await writer.kill()
                var counts: Set<UInt64> = []
                for reader in readers {
                    let found = try await reader.report()
                    #expect(found.end == "writerDied", "seed \(seed): \(found)")
                    counts.insert(found.count)
                }
                // An error in the part of a round that was committed counts as that round's end, for who sees it in time.
                let (least, most) = (try #require(counts.min()), try #require(counts.max()))
                #expect(most - least <= 1, "seed \(seed): \(counts)")
            }
        }
    }
}
