import Foundation
import Sluice
import SluiceModel
import SluiceTesting
import Testing
import ZeroMQ

extension MultiProcess {
    struct Intruders {
        @Test func anAgentWithStrangeKeysIsNotLetIn() async throws {
            try await withCleanCluster(nodes: 2, keys: true) { cluster in
                let strange = cluster.file("strange")
                let keygen = try await cluster.nodes[0].sluice("keygen", strange, "node3")
                try await keygen.waitForSuccess()
                let intruder = try await cluster.nodes[0].sluice(
                    "agent", "--node", "node3", "--socket", cluster.file("node3.sock"), "--coordinator",
                    cluster.coordinatorEndpoint, "--keys", strange + "/node3")
                try await refused(intruder, cluster)
            }
        }

        @Test func anAgentWithoutKeysIsNotLetIn() async throws {
            try await withCleanCluster(nodes: 2, keys: true) { cluster in
                let intruder = try await cluster.nodes[0].sluice(
                    "agent", "--node", "node3", "--socket", cluster.file("node3.sock"), "--coordinator",
                    cluster.coordinatorEndpoint, "--insecure")
                try await refused(intruder, cluster)
            }
        }

        /// It says so itself, the cluster does not list it, and goes on.
        private func refused(_ intruder: ChildProcess, _ cluster: Cluster) async throws {
            try await waitUntil("the intruder to notice that it is not let in", within: .seconds(30)) {
                intruder.exit != nil || intruder.errors.contains("coordinator")
            }
            let stream = Stream("news", count: 1000)
            let reader = try await cluster.nodes[1].read(stream, as: "bob")
            let writer = try await cluster.nodes[0].write(stream, to: ["bob"])
            try await reader.expectAll(1000)
            try await writer.waitForSuccess()
            #expect(try await cluster.status().nodes.map(\.name) == ["node1", "node2"])
            try await intruder.kill()
        }

        /// Bytes that are no ZMTP, from as many connections, at every port.
        @Test func noiseOnThePortsIsDropped() async throws {
            try await withCleanCluster(nodes: 2) { cluster in
                let endpoints = try await cluster.status().nodes.flatMap { [$0.controlEndpoint, $0.dataEndpoint] }
                for endpoint in endpoints + [cluster.coordinatorEndpoint] {
                    let parts = endpoint.dropFirst("tcp://".count).split(separator: ":")
                    let noise = try await cluster.nodes[0].run(
                        try Executables.find("TestWorker"),
                        ["connect", String(parts[0]), String(parts[1]), "--bytes", "100000"])
                    _ = try await noise.wait()
                }
                let stream = Stream("news", count: 1000)
                let reader = try await cluster.nodes[1].read(stream, as: "bob")
                let writer = try await cluster.nodes[0].write(stream, to: ["bob"])
                try await reader.expectAll(1000)
                try await writer.waitForSuccess()
            }
        }
    }
}
