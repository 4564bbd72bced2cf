import Foundation
import SharedMemory
import SluiceModel
import SluiceTesting
import Testing

extension MultiProcess {
    /// What values cost, counted by a library that is preloaded into the processes; exact, and without a clock.
    @Suite(.enabled(if: isOptimised, "calls are counted in optimised builds without a sanitizer")) struct Costs {
        private static let library = Result { try Executables.find("libCallCounts.so") }

        struct Spent: Codable, Hashable {
            var allocations: UInt64
            var largeCopies: UInt64
            var systemCalls: UInt64
        }

        /// Writing, and reading in place, in one thread.
        private func local(_ count: UInt64, _ arguments: String...) async throws -> Spent {
            var spent: Spent?
            let library = try Self.library.get()
            try await withCleanCluster(nodes: 1) { cluster in
                let worker = try await cluster.nodes[0].run(
                    try Executables.find("TestWorker"), ["steady", "news", "--count", "\(count)"] + arguments,
                    environment: ["LD_PRELOAD": library])
                try await worker.waitForSuccess()
                spent = try JSONDecoder().decode(Spent.self, from: Data(worker.output.utf8))
            }
            return try #require(spent)
        }

        @Test(arguments: [64, 8192]) func c8ALocalValueMadeInPlaceCostsNothing(size: Int) async throws {
            let spent = try await local(10_000, "--size", "\(size)", "--loan")
            #expect(spent == Spent(allocations: 0, largeCopies: 0, systemCalls: 0))
        }

        @Test func aLocalValueThatIsCopiedInIsCopiedOnce() async throws {
            let spent = try await local(10_000, "--size", "8192")
            #expect(spent == Spent(allocations: 0, largeCopies: 10_000, systemCalls: 0))
        }

        @Test(arguments: ["allocation", "copy", "call"]) func whatIsPlantedIsCounted(plant: String) async throws {
            let spent = try await local(1000, "--loan", "--plant", plant)
            #expect(
                spent
                    == Spent(
                        allocations: plant == "allocation" ? 1000 : 0, largeCopies: plant == "copy" ? 1000 : 0,
                        systemCalls: plant == "call" ? 1000 : 0))
        }

        // MARK: Between nodes

        /// What an agent has spent on each value of a stream.
        private struct PerValue: CustomStringConvertible {
            var allocations: Double
            /// Large copies, in values' sizes.
            var copies: Double
            var systemCalls: Double
            var description: String {
                "\(allocations) allocations, \(copies) copies of the payload, \(systemCalls) system calls"
            }
        }

        /// Streams from the first node to two readers on the second; the costs of both agents.
        private func remote(_ count: UInt64, slots: Int, slotSize: Int) async throws -> (from: PerValue, to: PerValue) {
            var found: [PerValue] = []
            let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-counts-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            var options = ClusterOptions(nodes: 2)
            options.environment = ["LD_PRELOAD": try Self.library.get(), "SLUICE_CALL_COUNTS": folder.path]
            try await withCleanCluster(options) { cluster in
                let files = try cluster.nodes.map { folder.appending(path: "\(try #require($0.pid))") }
                let before = try files.map(Self.counts)
                let stream = Stream("news", count: count, slots: slots, slotSize: slotSize, lengths: "full")
                let readers = [
                    try await cluster.nodes[1].read(stream, as: "bob"),
                    try await cluster.nodes[1].read(stream, as: "eve"),
                ]
                let writer = try await cluster.nodes[0].write(stream, to: ["bob", "eve"])
                for reader in readers { try await reader.expectAll(count) }
                try await writer.waitForSuccess()
                found = zip(before, try files.map(Self.counts)).map { before, after in
                    let spent = zip(before, after).map { Double($1 - $0) / Double(count) }
                    return PerValue(
                        allocations: spent[0], copies: spent[2] / Double(slotSize), systemCalls: spent[3])
                }
            }
            return (found[0], found[1])
        }

        /// The words of `struct call_counts`.
        private static func counts(_ file: URL) throws -> [UInt64] {
            let bytes = try Data(contentsOf: file)
            return (0..<4).map { word in
                (0..<8).reduce(0) { $0 | UInt64(bytes[bytes.startIndex + 8 * word + $1]) << UInt64(8 * $1) }
            }
        }

        /// libzmq copies the first 8 KiB of each part that it is given into its own buffer.
        @Test func f7ALargeValueIsCopiedOncePerReadingNode() async throws {
            let (from, to) = try await remote(500, slots: 4, slotSize: 1 << 20)
            #expect(from.copies < 0.03, "\(from)")
            #expect((1..<1.03).contains(to.copies), "\(to)")
            #expect(from.allocations < 100 && to.allocations < 100, "\(from); \(to)")
            // Those that a spin makes while there is nothing to do are not counted.
            #expect(from.systemCalls < 100 && to.systemCalls < 100, "\(from); \(to)")
        }

        @Test func smallValuesShareTheirCosts() async throws {
            let (from, to) = try await remote(400_000, slots: 4096, slotSize: 64)
            #expect(from.allocations < 1 && to.allocations < 1, "\(from); \(to)")
            #expect(from.systemCalls < 0.5 && to.systemCalls < 0.5, "\(from); \(to)")
        }
    }
}

/// Not in debug builds, where what the optimiser removes costs, nor beside a sanitizer, which counts calls of its own.
private let isOptimised: Bool = {
    #if DEBUG
        false
    #else
        !isThreadSanitized
    #endif
}()
