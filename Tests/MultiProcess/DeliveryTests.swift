import SluiceModel
import SluiceTesting
import Testing

extension MultiProcess {
    struct Delivery {
        @Test func everyReaderGetsEveryValueOverPorts() async throws { try await deliver(.processes, keys: false) }
        @Test func everyReaderGetsEveryValueEncrypted() async throws { try await deliver(.processes, keys: true) }
        @Test(.needsNamespaces) func everyReaderGetsEveryValueAcrossNamespaces() async throws {
            try await deliver(.namespaces, keys: true)
        }
        @Test(.needsNamespaces) func f7OneCopyPerNodeAcrossNamespaces() async throws { try await copies(.namespaces) }
        @Test func f7OneCopyPerNodeOverPorts() async throws { try await copies(.processes) }

        /// Three nodes, each the writer of a channel that all read: above 100,000 values, of 0, 1, slot size and random
        /// bytes;
        /// beside them one of large values.
        private func deliver(_ mode: ClusterMode, keys: Bool) async throws {
            try await withCleanCluster(nodes: 3, mode, keys: keys) { cluster in
                let nodes = cluster.nodes
                var streams = nodes.map { Stream("small.\($0.name)", count: 34_000) }
                streams.append(Stream("large", count: 60, slots: 4, slotSize: 1 << 20))
                var readers: [(ChildProcess, UInt64)] = []
                var writers: [ChildProcess] = []
                for (number, stream) in streams.enumerated() {
                    let names = ["a", "b", "c", "d"].map { "\(stream.channel).\($0)" }
                    for (place, name) in names.enumerated() {
                        readers.append(
                            (try await nodes[(number + place) % 3].read(stream, as: name), stream.count ?? 0))
                    }
                    writers.append(try await nodes[number % 3].write(stream, to: names))
                }
                for (reader, count) in readers { try await reader.expectAll(count, within: .seconds(240)) }
                for writer in writers { try await writer.waitForSuccess() }
            }
        }

        /// Two readers on the other node: each byte crosses once.
        private func copies(_ mode: ClusterMode) async throws {
            try await withCleanCluster(nodes: 2, mode) { cluster in
                let stream = Stream("big", count: 64, slots: 8, slotSize: 1 << 20, lengths: "full")
                let readers = [
                    try await cluster.nodes[1].read(stream, as: "one"),
                    try await cluster.nodes[1].read(stream, as: "two"),
                ]
                let before = try await cluster.nodes[1].networkBytes()
                let writer = try await cluster.nodes[0].write(stream, to: ["one", "two"])
                for reader in readers { try await reader.expectAll(64) }
                try await writer.waitForSuccess()
                let received = (try await cluster.nodes[1].networkBytes() - before).received
                #expect(received >= 64 << 20)
                #expect(received < 70 << 20)
            }
        }
    }
}
