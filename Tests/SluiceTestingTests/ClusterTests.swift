import Foundation
import Sluice
import SluiceModel
import SluiceTesting
import Testing

@Suite(.serialized, .timeLimit(.minutes(1))) struct ClusterTests {
    @Test(arguments: [ClusterMode.inProcess, .processes], [false, true])
    func startsDeliversAndIsGone(mode: ClusterMode, keys: Bool) async throws {
        try await startDeliverAndGo(mode, keys)
    }

    @Test(.enabled("needs network namespaces") { try await Namespaces.permitted() }, arguments: [false, true])
    func startsDeliversAndIsGoneInNamespaces(keys: Bool) async throws { try await startDeliverAndGo(.namespaces, keys) }

    private func startDeliverAndGo(_ mode: ClusterMode, _ keys: Bool) async throws {
        try await withCleanCluster(nodes: 2, mode: mode, keys: keys) { cluster in
            #expect(try await cluster.status().nodes.map(\.name) == ["node1", "node2"])
            let (here, there) = (try await cluster.nodes[0].worker(), try await cluster.nodes[1].worker())
            let (alice, bob) = (try await here.register(actor: "alice"), try await there.register(actor: "bob"))
            let writer = try await alice.createChannel("news", readers: ["bob"], slots: 4, slotSize: 64)
            let reader = try await bob.openReader("news")
            try await writer.write([1, 2, 3])
            #expect(try await reader.read() == [1, 2, 3])
            writer.close()
            #expect(try await reader.read() == nil)
            reader.close()
            here.close()
            there.close()
        }
    }

    @Test func aKilledAgentStartsAgain() async throws {
        try await withCleanCluster(nodes: 1) { cluster in
            let node = cluster.nodes[0]
            let pid = try #require(node.pid)
            try await node.kill()
            #expect(node.pid == nil)
            try await node.start()
            #expect(node.pid != pid)
            try await cluster.waitUntilAlive()
        }
    }

    @Test func whatAModeCannotDoIsATypedError() async throws {
        try await withCleanCluster(nodes: 2, mode: .inProcess) { cluster in
            let node = cluster.nodes[0]
            let kill = await #expect(throws: SluiceError.self) { try await node.kill() }
            #expect(kill?.code == .unsupported)
            let count = await #expect(throws: SluiceError.self) { _ = try await node.networkBytes() }
            #expect(count?.code == .unsupported)
            let cut = await #expect(throws: SluiceError.self) { try await cluster.cut(node, cluster.nodes[1]) }
            #expect(cut?.code == .unsupported)
            #expect(cut?.message.contains("namespaces") == true)
        }
    }

    @Test func aServiceThatCannotStartSaysWhy() async throws {
        var options = ClusterOptions(nodes: 1)
        options.agentArguments = ["--data-port", "none"]
        let cluster = try await Cluster.make(options)
        try await cluster.coordinator.start()
        let error = await #expect(throws: SluiceError.self) { try await cluster.nodes[0].start() }
        #expect(error?.message.contains("data-port") == true)
        try await cluster.stop()
        #expect(Leftovers.check(of: cluster).isEmpty, "\(Leftovers.check(of: cluster))")
    }

    @Test func noNodesAndBadNamesAreRefused() async throws {
        let none = await #expect(throws: SluiceError.self) { _ = try await Cluster.start(nodes: 0) }
        #expect(none?.code == .invalidArgument)
        let empty = await #expect(throws: SluiceError.self) { _ = try await Cluster.start(ClusterOptions(nodes: [""])) }
        #expect(empty?.code == .invalidName)
    }

    @Test func aProgramOfTheUsersRunsOnANode() async throws {
        try await withCleanCluster(nodes: 1) { cluster in
            let program = try await cluster.nodes[0].run("/bin/sh", ["-c", "echo $SLUICE_ADDRESS"])
            try await program.waitForSuccess()
            #expect(program.output == cluster.nodes[0].address + "\n")
        }
    }
}

/// Runs a test with a cluster and expects that nothing of it is left.
private func withCleanCluster(
    nodes: Int, mode: ClusterMode = .processes, keys: Bool = false, _ body: (Cluster) async throws -> Void
) async throws {
    var used: Cluster?
    try await withCluster(nodes: nodes, mode: mode, keys: keys) { cluster in
        used = cluster
        try await body(cluster)
    }
    let left = Leftovers.check(of: try #require(used))
    #expect(left.isEmpty, "\(left)")
}
