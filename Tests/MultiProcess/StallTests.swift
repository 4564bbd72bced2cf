import Sluice
import SluiceModel
import SluiceTesting
import Testing

extension MultiProcess {
    struct Stalls {
        @Test func f2AStoppedReaderHoldsOnlyItsOwnChannelBack() async throws {
            try await withCleanCluster(nodes: 2) { cluster in
                let held = Stream("held", rate: 10_000)
                let stopped = try await cluster.nodes[1].read(held, as: "stopped")
                let heldWriter = try await cluster.nodes[0].write(held, to: ["stopped"])
                try await stopped.reads(past: 1000)
                try await stopped.pause()
                try await cluster.waitForStatus("the writer to be held back") { status in
                    status.channels.first?.heldBackBy.map(\.actor) == ["stopped"]
                }
                try await deliverBeside(cluster, from: 0, to: 1)
                try await statusIsQuick(cluster)
                try stopped.resume()
                try await stopped.reads(more: 5000)
                try await stopped.expectAll(try await heldWriter.finish())
            }
        }

        @Test func c14AStoppedAgentHoldsOnlyItsOwnNodeBack() async throws {
            try await withCleanCluster(nodes: 3) { cluster in
                let held = Stream("held", rate: 10_000)
                let reader = try await cluster.nodes[2].read(held, as: "far")
                let writer = try await cluster.nodes[0].write(held, to: ["far"])
                try await reader.reads(past: 1000)
                try await cluster.nodes[2].pause()
                try await deliverBeside(cluster, from: 0, to: 1)
                try await statusIsQuick(cluster)
                try cluster.nodes[2].resume()
                try await reader.reads(more: 5000)
                try await reader.expectAll(try await writer.finish())
            }
        }

        private func deliverBeside(_ cluster: Cluster, from: Int, to: Int) async throws {
            let free = Stream("free", count: 5000)
            let reader = try await cluster.nodes[to].read(free, as: "free.reader")
            let writer = try await cluster.nodes[from].write(free, to: ["free.reader"])
            try await reader.expectAll(5000)
            try await writer.waitForSuccess()
        }

        /// The bound is the service's, so a busy machine may need more than one look to see it kept.
        private func statusIsQuick(_ cluster: Cluster) async throws {
            let worker = try await cluster.nodes[0].worker()
            defer { worker.close() }
            try await waitUntil("a status within 200 ms") {
                _ = try await worker.status(timeout: .milliseconds(200))
                return true
            }
        }
    }
}
