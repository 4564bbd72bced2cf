import SharedMemory
import SluiceModel
import SluiceTesting
import Testing

extension MultiProcess {
    struct Churn {
        /// What an agent must be back at.
        private struct Footprint: Hashable, CustomStringConvertible {
            var descriptors: Int
            var mappings: Int
            var memory: UInt64
            var memfds: Int
            var description: String {
                "\(descriptors) descriptors, \(memfds) of memfds, \(mappings) mappings, \(memory) bytes handed out"
            }
        }

        /// 100 killed writers, and as many killed readers, in both directions.
        @Test func agentsAreBackAtTheirBaselineAfterAHundredKills() async throws {
            try await withCleanCluster(nodes: 2) { cluster in
                try await kill(10, in: cluster, round: 0)
                let baseline = try await settled(cluster, what: "the agents to settle")
                for round in 1...10 { try await kill(10, in: cluster, round: round) }
                try await waitUntil("the agents to be back at \(baseline)", within: .seconds(60)) {
                    try await footprints(cluster)
                } satisfies: {
                    $0 == baseline
                }
            }
        }

        private func kill(_ count: Int, in cluster: Cluster, round: Int) async throws {
            var workers: [ChildProcess] = []
            for number in 0..<count {
                let (here, there) = (cluster.nodes[number % 2], cluster.nodes[1 - number % 2])
                let channel = "churn.\(round).\(number)"
                let reader = try await there.read(Stream(channel), as: "\(channel).reader", extra: ["--hold-at", "0"])
                let writer = try await here.churn(channel, reader: "\(channel).reader")
                workers += [reader, writer]
            }
            for writer in workers where writer.label.contains("TestWorker") {
                try await waitUntil("\(writer.label) to have its channel") {
                    writer.output.contains("open")
                }
            }
            for worker in workers { try await worker.kill() }
        }

        private func settled(_ cluster: Cluster, what: String) async throws -> [Footprint] {
            try await cluster.waitForStatus("no channel to be left") { $0.channels.isEmpty }
            var last = try await footprints(cluster)
            return try await waitUntil(what) {
                let next = try await footprints(cluster)
                defer { last = next }
                return (next == last, next)
            } satisfies: {
                $0.0
            }.1
        }

        private func footprints(_ cluster: Cluster) async throws -> [Footprint] {
            let status = try await cluster.status()
            return try cluster.nodes.map { node in
                let figures = try #require(status.nodes.first { $0.name == node.name }?.agent)
                let pid = try #require(node.pid)
                // The sanitizer maps memory of its own as it goes along: there only ours says something.
                return Footprint(
                    descriptors: figures.descriptors,
                    mappings: isThreadSanitized ? Leftovers.mappings(of: pid) : figures.mappings,
                    memory: figures.memoryUsed, memfds: Leftovers.memfds(of: pid))
            }
        }
    }
}
