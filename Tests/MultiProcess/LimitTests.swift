import Sluice
import SluiceModel
import SluiceTesting
import Testing

extension MultiProcess {
    struct Budgets {
        /// On the writer's node, and on a reader's: the error names both sizes, and nothing half-made stays.
        @Test(arguments: [true, false]) func aBudgetThatIsUsedUpIsAnErrorAndNothingMore(isLocal: Bool) async throws {
            var options = ClusterOptions(nodes: 2)
            options.memory = 32 << 20
            // What is closed below waits for readers that never come.
            options.linger = .milliseconds(10)
            try await withCleanCluster(options) { cluster in
                let (here, there) = (try await cluster.nodes[0].worker(), try await cluster.nodes[1].worker())
                defer {
                    here.close()
                    there.close()
                }
                let alice = try await here.register(actor: "alice")
                _ = try await here.register(actor: "bob")
                let carol = try await there.register(actor: "carol")
                let before = try await used(cluster)
                // 20 MiB of carol's node are taken by a channel of its own, so that a second one of 20 fits on alice's
                // alone.
                let hog = isLocal ? nil : try await carol.createChannel("hog", readers: ["carol2"], worker: there)
                let error = await #expect(throws: SluiceError.self) {
                    _ = try await alice.createChannel(
                        "large", readers: [isLocal ? "bob" : "carol"], slots: isLocal ? 40 : 20, slotSize: 1 << 20)
                }
                #expect(error?.code == .outOfMemory)
                #expect(error?.needed ?? 0 >= 20 << 20)
                #expect(error?.available ?? .max < 20 << 20 || isLocal)
                #expect(error?.node == cluster.nodes[isLocal ? 0 : 1].name)
                hog?.close()
                try await waitUntil("the memory to be given back") {
                    try await used(cluster)
                } satisfies: {
                    $0 == before
                }
                let writer = try await alice.createChannel("small", readers: ["carol"], slots: 4, slotSize: 1 << 10)
                let reader = try await carol.openReader("small")
                try await writer.write([1, 2, 3])
                #expect(try await reader.read() == [1, 2, 3])
                writer.close()
                #expect(try await reader.read() == nil)
            }
        }

        /// The budget allows it, the cgroup does not: an error, and no OOM kill.
        @Test(.enabled("needs a writable memory cgroup", { MemoryGroup.isPermitted }))
        func aLimitedCgroupIsRespected() async throws {
            let group = try #require(MemoryGroup(name: "agent", limit: 256 << 20))
            var options = ClusterOptions(nodes: 1)
            options.memory = 4 << 30
            try await withCleanCluster(options) { cluster in
                let pid = try #require(cluster.nodes[0].pid)
                try group.add(pid)
                let worker = try await cluster.nodes[0].worker()
                let alice = try await worker.register(actor: "alice")
                _ = try await worker.register(actor: "bob")
                let error = await #expect(throws: SluiceError.self) {
                    _ = try await alice.createChannel("large", readers: ["bob"], slots: 400, slotSize: 1 << 20)
                }
                #expect(error?.code == .outOfMemory)
                #expect(error?.needed ?? 0 >= 400 << 20)
                #expect(error?.available ?? .max < 256 << 20)
                let writer = try await alice.createChannel("small", readers: ["bob"], slots: 4, slotSize: 1 << 20)
                try await writer.write([1])
                writer.close()
                worker.close()
                #expect(cluster.nodes[0].pid == pid)
            }
        }

        /// Creating fails with what is missing named; what is open goes on, and closing makes room again.
        @Test func tooFewDescriptorsAreAnErrorAndNothingMore() async throws {
            var options = ClusterOptions(nodes: 1)
            options.linger = .milliseconds(10)
            try await withCleanCluster(options) { cluster in
                let worker = try await cluster.nodes[0].worker()
                let alice = try await worker.register(actor: "alice")
                let bob = try await worker.register(actor: "bob")
                let first = try await alice.createChannel("first", readers: ["bob"], slots: 4, slotSize: 64)
                let reader = try await bob.openReader("first")
                let pid = try #require(cluster.nodes[0].pid)
                let open = try #require(try await cluster.status().nodes[0].agent?.descriptors)
                let limit = try await cluster.nodes[0].run(
                    "prlimit", ["--nofile=\(open + 8):\(open + 8)", "--pid", "\(pid)"])
                try await limit.waitForSuccess()
                var writers: [Writer] = []
                let error = await #expect(throws: SluiceError.self) {
                    for number in 0..<20 {
                        writers.append(
                            try await alice.createChannel("more\(number)", readers: ["bob"], slots: 4, slotSize: 64))
                    }
                }
                #expect(error?.code == .outOfDescriptors)
                try await first.write([7])
                #expect(try await reader.read() == [7])
                for writer in writers { writer.close() }
                try await waitUntil("descriptors to be given back") {
                    let again = try await alice.createChannel("again", readers: ["bob"], slots: 4, slotSize: 64)
                    again.close()
                    return true
                }
                worker.close()
            }
        }

        private func used(_ cluster: Cluster) async throws -> [UInt64?] {
            try await cluster.status().nodes.map { $0.agent?.memoryUsed }
        }
    }
}

extension SluiceActor {
    /// A channel of 20 MiB that stays within the node.
    fileprivate func createChannel(_ name: String, readers: [String], worker: Worker) async throws -> Writer {
        for reader in readers { _ = try await worker.register(actor: reader) }
        return try await createChannel(name, readers: readers, slots: 20, slotSize: 1 << 20)
    }
}
