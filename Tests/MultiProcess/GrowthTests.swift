import Foundation
import SluiceModel
import SluiceTesting
import Testing

extension MultiProcess {
    /// Values that outgrow their slots while something fails: each arrives once, in order.
    struct Growths {
        /// Two slots' worth of steps fit the ring, so that a step's first growth never waits for a free slot.
        private static let stream = Stream("news", slots: 256, slotSize: 64, lengths: "growing", rate: 200)

        /// Who stands still, so that a growth is under way for sure, and whose agent is killed then.
        enum Hold: CaseIterable {
            /// The writer's node waits for a reader of its own.
            case nearReader
            /// It waits for the other node.
            case farAgent
            /// The other node waits for its reader.
            case farReader
        }

        @Test(arguments: Hold.allCases, [0, 1])
        func c12AGrowthIsCompletedAfterAnAgentsDeath(hold: Hold, victim: Int) async throws {
            try await withCleanCluster(nodes: 2) { cluster in
                let (writer, readers) = try await start(cluster)
                try await stop(hold, cluster, readers)
                try await growthIsUnderWay(writer)
                try await cluster.nodes[victim].kill()
                // Before the agent's new life: it waits for those of the former one only so long.
                try resume(hold, cluster, readers, killed: victim)
                try await cluster.nodes[victim].start()
                try await finish(writer, readers)
            }
        }

        @Test(arguments: [0, 1]) func c12AReadersDeathEndsItsPartInAGrowth(place: Int) async throws {
            try await withCleanCluster(nodes: 2) { cluster in
                let victim = try await cluster.nodes[place].read(Self.stream, as: "victim", extra: ["--every", "10"])
                let (writer, readers) = try await start(cluster, ["victim"])
                try await victim.pause()
                try await growthIsUnderWay(writer)
                try await victim.kill()
                try await finish(writer, readers)
            }
        }

        /// The write that waits for it says who it is, and succeeds once it goes on.
        @Test(arguments: [0, 1]) func c12AStoppedReaderIsNamedByAGrowthWithADeadline(place: Int) async throws {
            try await withCleanCluster(nodes: 2) { cluster in
                // The other node's patience is two seconds.
                let (writer, readers) = try await start(cluster, extra: ["--again", "--timeout", "4"])
                let stopped = readers[place]
                try await stopped.pause()
                try await waitUntil("a write that names the stopped reader", within: .seconds(30)) {
                    writer.complaints
                } satisfies: {
                    $0.contains {
                        $0.pid == stopped.pid && $0.actor == (place == 0 ? "near" : "far")
                            && $0.node == "node\(place + 1)" && $0.message.contains("pid \(stopped.pid)")
                    }
                }
                #expect(writer.complaints.allSatisfy { $0.code == "timedOut" })
                try stopped.resume()
                try await finish(writer, readers)
            }
        }

        @Test(.needsNamespaces) func c12AGrowthIsCompletedAfterACut() async throws {
            try await withCleanCluster(nodes: 2, .namespaces) { cluster in
                let (writer, readers) = try await start(cluster)
                try await cluster.cut(cluster.nodes[0], cluster.nodes[1])
                try await growthIsUnderWay(writer)
                try await cluster.heal(cluster.nodes[0], cluster.nodes[1])
                try await finish(writer, readers)
            }
        }

        // MARK: The parts of a test

        /// A writer, and a reader on each node, before the second growth.
        private func start(_ cluster: Cluster, _ others: [String] = [], extra: [String] = []) async throws -> (
            ChildProcess, [ChildProcess]
        ) {
            let readers = [
                try await cluster.nodes[0].read(Self.stream, as: "near", extra: ["--every", "10"]),
                try await cluster.nodes[1].read(Self.stream, as: "far", extra: ["--every", "10"]),
            ]
            let writer = try await cluster.nodes[0].write(Self.stream, to: ["near", "far"] + others, extra: extra)
            for reader in readers { try await reader.reads(past: 69) }
            return (writer, readers)
        }

        private func stop(_ hold: Hold, _ cluster: Cluster, _ readers: [ChildProcess]) async throws {
            switch hold {
            case .nearReader: try await readers[0].pause()
            case .farAgent: try await cluster.nodes[1].pause()
            case .farReader: try await readers[1].pause()
            }
        }

        private func resume(_ hold: Hold, _ cluster: Cluster, _ readers: [ChildProcess], killed: Int) throws {
            switch hold {
            case .nearReader: try readers[0].resume()
            case .farAgent: if killed == 0 { try cluster.nodes[1].resume() }
            case .farReader: try readers[1].resume()
            }
        }

        /// The writer has come to a value that it has no slot for yet.
        private func growthIsUnderWay(_ writer: ChildProcess) async throws {
            try await waitUntil("a growth to be under way", within: .seconds(30)) {
                let lines = writer.output.split(separator: "\n")
                return lines.count { $0.hasPrefix("grows at") } > lines.count { $0.hasPrefix("grown at") }
            }
        }

        /// All growths are done, and every value has arrived.
        private func finish(_ writer: ChildProcess, _ readers: [ChildProcess]) async throws {
            for reader in readers { try await reader.reads(past: 549) }
            let count = try await writer.finish()
            for reader in readers { try await reader.expectAll(count) }
            #expect(writer.output.split(separator: "\n").count { $0.hasPrefix("grown at") } >= 4)
        }
    }
}

/// Whom a writing role has waited for in vain.
struct Complaint: Codable, Hashable, Sendable {
    var code: String
    var message: String
    var actor: String?
    var node: String?
    var pid: Int32?
    var sequence: UInt64?
}

extension ChildProcess {
    var complaints: [Complaint] {
        output.split(separator: "\n").filter { $0.hasPrefix("{") }.compactMap {
            try? JSONDecoder().decode(Complaint.self, from: Data($0.utf8))
        }
    }
}
