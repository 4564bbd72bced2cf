import SluiceModel
import SluiceTesting
import Testing

extension MultiProcess {
    @Suite(.needsNamespaces) struct Links {
        @Test func aCutLinkHeals() async throws {
            try await disturb { cluster in
                try await cluster.cut(cluster.nodes[0], cluster.nodes[1])
                try await sessionsEnd(cluster)
                try await cluster.heal(cluster.nodes[0], cluster.nodes[1])
            }
        }

        @Test(arguments: [(0, 1), (1, 0)]) func aLinkCutInOneDirectionHeals(from: Int, to: Int) async throws {
            try await disturb { cluster in
                try await cluster.cutOneWay(from: cluster.nodes[from], to: cluster.nodes[to])
                try await sessionsEnd(cluster)
                try await cluster.heal(cluster.nodes[from], cluster.nodes[to])
            }
        }

        @Test func anInterfaceGoesDownAndUp() async throws {
            try await disturb { cluster in
                try await cluster.takeLinkDown(of: cluster.nodes[1])
                try await waitUntil("node1 to have no session", within: .seconds(60)) {
                    try await cluster.status(from: cluster.nodes[0]).nodes.first?.agent?.sessions == []
                }
                try await cluster.bringLinkUp(of: cluster.nodes[1])
            }
        }

        @Test func aFlappingLinkLosesNothing() async throws {
            try await disturb { cluster in
                for _ in 0..<20 {
                    try await cluster.cut(cluster.nodes[0], cluster.nodes[1])
                    try await cluster.heal(cluster.nodes[0], cluster.nodes[1])
                }
            }
        }

        /// The coordinator out of reach of one node: its channels go on.
        @Test func aNodeWithoutItsCoordinatorGoesOn() async throws {
            try await disturb { cluster in
                try await cluster.cut(cluster.nodes[1], cluster.coordinator)
                try await waitUntil("node2 to be silent", within: .seconds(60)) {
                    try await cluster.status(from: cluster.nodes[0]).nodes.last?.state == .silent
                }
                try await cluster.heal(cluster.nodes[1], cluster.coordinator)
            }
        }

        /// Streams in both directions while `harm` is done: each value arrives once, in order.
        private func disturb(_ harm: (Cluster) async throws -> Void) async throws {
            try await withCleanCluster(nodes: 2, .namespaces) { cluster in
                let (there, back) = (Stream("there", rate: 5000), Stream("back", rate: 5000))
                let readers = [
                    try await cluster.nodes[1].read(there, as: "one"), try await cluster.nodes[0].read(back, as: "two"),
                ]
                let writers = [
                    try await cluster.nodes[0].write(there, to: ["one"]),
                    try await cluster.nodes[1].write(back, to: ["two"]),
                ]
                for reader in readers { try await reader.reads(past: 1000) }
                try await harm(cluster)
                for reader in readers { try await reader.reads(more: 5000) }
                for (reader, writer) in zip(readers, writers) { try await reader.expectAll(try await writer.finish()) }
                try await cluster.waitUntilAlive()
            }
        }

        private func sessionsEnd(_ cluster: Cluster) async throws {
            try await waitUntil("the sessions to end", within: .seconds(60)) {
                try await cluster.status().nodes.compactMap { $0.agent?.sessions }
            } satisfies: {
                $0.count == 2 && $0.allSatisfy(\.isEmpty)
            }
        }
    }
}
