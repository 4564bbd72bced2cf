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
            try await withCleanCluster(options) { cluster in
                let (here, there) = (try await cluster.nodes[0].worker(), try await cluster.nodes[1].worker())
                defer {
                    here.close()
                    there.close()
                }
                let alice = try await here.register(actor: "alice")
                let carol = try await there.register(actor: "carol")
                let before = try await used(cluster)
                // 20 MiB of carol's node are taken by a channel of its own, so that a second one of 20 fits on alice's
                // alone.
                let hog = isLocal ? nil : try await carol.createChannel("hog", readers: ["carol2"], worker: there)
                let error = await #expect(throws: SluiceError.self) {
                    _ = try await alice.createChannel(
                        "large", readers: [isLocal ? "alice" : "carol"], slots: isLocal ? 40 : 20, slotSize: 1 << 20)
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
