import CSluice
import SharedMemory
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
            try await stillDelivers(cluster)
            #expect(try await cluster.status().nodes.map(\.name) == ["node1", "node2"])
            try await intruder.kill()
        }

        /// Bytes that are no ZMTP, at every port.
        @Test func noiseOnThePortsIsDropped() async throws {
            try await withCleanCluster(nodes: 2) { cluster in
                for endpoint in try await endpoints(cluster) {
                    let parts = endpoint.dropFirst("tcp://".count).split(separator: ":")
                    let noise = try await cluster.nodes[0].run(
                        try Executables.find("TestWorker"),
                        ["connect", String(parts[0]), String(parts[1]), "--bytes", "100000"])
                    _ = try await noise.wait()
                }
                try await stillDelivers(cluster)
            }
        }

        /// Well-formed ZMTP with frames that nobody understands, and one above every limit.
        @Test func malformedFramesAreCountedAndDropped() async throws {
            try await withCleanCluster(nodes: 2) { cluster in
                let context = try Context()
                for endpoint in try await endpoints(cluster) {
                    var options = SocketOptions.session
                    options.lingerMilliseconds = 2000
                    options.heartbeatMilliseconds = 0
                    let socket = try Socket(context, .dealer, options)
                    try socket.connect(endpoint)
                    // The first waits for the connection; later ones may find that it was cut off, as it should be.
                    _ = try socket.send(frame(0))
                    for seed in UInt64(1)...200 {
                        _ = try socket.send(frame(seed), more: seed % 5 == 0, dontWait: true)
                    }
                    _ = try socket.send([UInt8](repeating: 0xff, count: 17 << 20), dontWait: true)
                    socket.close()
                }
                try await cluster.waitForStatus("each agent to count what it dropped") { status in
                    status.nodes.allSatisfy { $0.agent.map { $0.framesDropped > 0 } ?? false }
                }
                try await stillDelivers(cluster)
            }
        }

        /// A process of this user that connects to the agent's socket and talks nonsense is cut off, nobody else is.
        @Test func nonsenseOnTheWorkersSocketIsCutOff() async throws {
            try await withCleanCluster(nodes: 2) { cluster in
                let path = String(cluster.nodes[0].address.dropFirst("unix://".count))
                for seed in UInt64(1)...50 {
                    let connection = try UnixConnection.connect(
                        path: path, deadline: Deadline(.seconds(5), from: sluice_monotonic_ns()))
                    _ = try connection.send(frame(seed))
                    try await waitUntil("the agent to cut connection \(seed) off") {
                        while case .message = try connection.receive() {}
                        if case .ended = try connection.receive() { return true }
                        return false
                    }
                }
                try await stillDelivers(cluster)
            }
        }

        private func endpoints(_ cluster: Cluster) async throws -> [String] {
            let nodes = try await cluster.status().nodes
            return nodes.flatMap { [$0.controlEndpoint, $0.dataEndpoint] } + [cluster.coordinatorEndpoint]
        }

        /// 1 to 300 bytes; every third begins as a frame of ours does.
        private func frame(_ seed: UInt64) -> [UInt8] {
            var state = seed
            var bytes = (0..<Int(seed * 7 % 300) + 1).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 33)
            }
            if seed % 3 == 0 { bytes.replaceSubrange(0..<min(4, bytes.count), with: [0x53, 0x4c, 1, UInt8(seed % 5)]) }
            return bytes
        }

        private func stillDelivers(_ cluster: Cluster) async throws {
            let stream = Stream("news", count: 1000)
            let reader = try await cluster.nodes[1].read(stream, as: "bob")
            let writer = try await cluster.nodes[0].write(stream, to: ["bob"])
            try await reader.expectAll(1000)
            try await writer.waitForSuccess()
        }
    }
}
