import Foundation
import SluiceModel
import SluiceTesting
import Testing

extension MultiProcess {
    /// `sluice write`, `read`, `status`, `up` and `bench`, as a person uses them.
    struct Commands {
        @Test func aFileCrossesNodesUnchanged() async throws {
            try await withCleanCluster(nodes: 2) { cluster in
                let source = try file(cluster, "source", bytes: 5 << 20 + 12345)
                let readers = try await [(0, "near"), (1, "far"), (1, "further")].asyncMap { place, name in
                    try await cluster.nodes[place].sluice(
                        "read", "news", "--as", name, "--output", cluster.file(name), "--stats", cluster.file("stats"))
                }
                let writer = try await cluster.nodes[0].sluice(
                    "write", "news", "--readers", "near,far", "--readers", "further", source, "--stats",
                    cluster.file("stats"))
                try await writer.waitForSuccess()
                for reader in readers { try await reader.waitForSuccess() }
                let bytes = try contents(source)
                for name in ["near", "far", "further"] { #expect(try contents(cluster.file(name)) == bytes) }
                let stats = try String(contentsOfFile: cluster.file("stats"), encoding: .utf8)
                #expect(stats.split(separator: "\n").count == 4)
                #expect(stats.split(separator: "\n").count { $0.contains("\"route\":\"otherNode\"") } == 2)
                #expect(stats.split(separator: "\n").count { $0.contains("\"route\":\"sameNode\"") } == 1)
                #expect(stats.split(separator: "\n").allSatisfy { $0.contains("\"bytes\":\(bytes.count),") })
            }
        }

        @Test func anEmptyFileIsAnEmptyFile() async throws {
            try await withCleanCluster(nodes: 1) { cluster in
                let reader = try await cluster.nodes[0].sluice(
                    "read", "news", "--as", "bob", "--output", cluster.file("copy"))
                let writer = try await cluster.nodes[0].sluice("write", "news", "--readers", "bob", "/dev/null")
                try await writer.waitForSuccess()
                try await reader.waitForSuccess()
                #expect(try contents(cluster.file("copy")).isEmpty)
            }
        }

        /// Half a file is not taken for a whole one.
        @Test func aKilledWriterFailsItsReaders() async throws {
            try await withCleanCluster(nodes: 2) { cluster in
                let reader = try await cluster.nodes[1].sluice(
                    "read", "news", "--as", "bob", "--output", cluster.file("copy"))
                let writer = try await cluster.nodes[0].sluice("write", "news", "--readers", "bob", "/dev/zero")
                try await waitUntil("something to arrive") { try contents(cluster.file("copy")).count > 10 << 20 }
                try await writer.kill()
                #expect(try await reader.wait() == .code(1))
                #expect(reader.errors.contains("writerDied"))
                #expect(reader.errors.contains("news"))
            }
        }

        @Test func aReaderThatDoesNotComeIs3() async throws {
            try await withCleanCluster(nodes: 1) { cluster in
                let writer = try await cluster.nodes[0].sluice(
                    "write", "news", "--readers", "nobody", "--timeout", "100ms", "/dev/null")
                #expect(try await writer.wait() == .code(3))
                #expect(writer.errors.contains("nobody"))
                let reader = try await cluster.nodes[0].sluice("read", "nothing", "--as", "bob", "--timeout", "100ms")
                #expect(try await reader.wait() == .code(3))
                #expect(reader.errors.contains("nothing"))
            }
        }

        @Test func statusSpeaksToPeopleAndPrograms() async throws {
            try await withCleanCluster(nodes: 2) { cluster in
                let table = try await cluster.nodes[0].sluice("status")
                try await table.waitForSuccess()
                #expect(table.output.contains("NODE"))
                #expect(table.output.contains("node2"))
                let json = try await cluster.nodes[1].sluice("status", "--format", "json")
                try await json.waitForSuccess()
                let status = try JSONDecoder().decode(ClusterStatus.self, from: Data(json.output.utf8))
                #expect(status.nodes.map(\.name) == ["node1", "node2"])
            }
        }

        @Test func upRunsAClusterAndLeavesNothing() async throws {
            try await withCleanCluster(nodes: 1) { cluster in
                let up = try await cluster.nodes[0].sluice("up", "--nodes", "2", "--encrypted")
                try await waitUntil("both addresses") {
                    up.output
                } satisfies: {
                    $0.contains("# node2")
                }
                let addresses = up.output.split(separator: "\n").compactMap { line in
                    line.split(separator: " ").first { $0.hasPrefix("SLUICE_ADDRESS=") }?
                        .dropFirst("SLUICE_ADDRESS=".count)
                }
                #expect(addresses.count == 2)
                let status = try await cluster.nodes[0].sluice("status", "--address", String(addresses[1]))
                try await status.waitForSuccess()
                try up.signal(SIGINT)
                #expect(try await up.wait(within: .seconds(10)) == .code(0))
                for address in addresses {
                    #expect(!FileManager.default.fileExists(atPath: String(address.dropFirst("unix://".count))))
                }
            }
        }

        @Test func benchPrintsEveryRowAndLosesNothing() async throws {
            try await withCleanCluster(nodes: 1) { cluster in
                let bench = try await cluster.nodes[0].sluice(
                    "bench", "--format", "tsv", "--seconds", "100ms", "--rtt", "8", "--one-way", "64", "--fan-out", "2",
                    "--fan-out-size", "64KiB")
                try await bench.waitForSuccess(within: .seconds(60))
                let rows = bench.output.split(separator: "\n").map { $0.split(separator: "\t") }
                #expect(rows.allSatisfy { $0.count == 5 })
                #expect(Set(rows.map { $0[1] }) == ["W1", "W2", "W3", "W4"])
                #expect(rows.filter { $0[3] == "lost" }.map { $0[4] } == ["0", "0", "0", "0"])
                #expect(rows.filter { $0[3] == "p50 us" }.count == 2)
                #expect(rows.allSatisfy { Double($0[4]) ?? -1 >= 0 })
            }
        }

        private func file(_ cluster: Cluster, _ name: String, bytes: Int) throws -> String {
            var state = UInt64(bytes)
            let data = Data(
                (0..<bytes).map { _ in
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    return UInt8(truncatingIfNeeded: state >> 33)
                })
            try data.write(to: URL(fileURLWithPath: cluster.file(name)))
            return cluster.file(name)
        }

        private func contents(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }
    }
}

extension Array {
    fileprivate func asyncMap<Result>(_ transform: (Element) async throws -> Result) async throws -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
