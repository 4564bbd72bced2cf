import SluiceModel
import SluiceTesting
import Testing

extension MultiProcess {
    struct Deaths {
        @Test(arguments: [0, 1]) func f3AKilledReaderDisturbsNobody(place: Int) async throws {
            try await withCleanCluster(nodes: 2) { cluster in
                let stream = Stream("news", rate: 10_000)
                let victim = try await cluster.nodes[place].read(stream, as: "victim")
                let others = [
                    try await cluster.nodes[0].read(stream, as: "near"),
                    try await cluster.nodes[1].read(stream, as: "far"),
                ]
                let writer = try await cluster.nodes[0].write(stream, to: ["victim", "near", "far"])
                try await victim.reads(past: 2000)
                try await victim.kill()
                for reader in others { try await reader.reads(more: 10_000) }
                let count = try await writer.finish()
                for reader in others { try await reader.expectAll(count) }
            }
        }

        @Test func aKilledWritersValuesAreReadToTheLast() async throws {
            try await withCleanCluster(nodes: 2) { cluster in
                let stream = Stream("news")
                let readers = [
                    try await cluster.nodes[0].read(stream, as: "near"),
                    try await cluster.nodes[1].read(stream, as: "far"),
                ]
                let writer = try await cluster.nodes[0].write(stream, to: ["near", "far"])
                for reader in readers { try await reader.reads(past: 3000) }
                try await writer.kill()
                var counts: Set<UInt64> = []
                for reader in readers {
                    let found = try await reader.report()
                    #expect(found.end == "writerDied")
                    #expect(found.sequence == found.count)
                    counts.insert(found.count)
                }
                #expect(counts.count == 1)
            }
        }

        /// The channel within the node goes on; those to and from it resume, exactly once.
        @Test(arguments: [false, true]) func aKilledAgentComesBack(keys: Bool) async throws {
            try await withCleanCluster(nodes: 2, keys: keys) { cluster in
                let streams = ["there", "back", "local"].map { Stream($0, rate: 10_000) }
                let places = [(0, 1), (1, 0), (1, 1)]
                var readers: [ChildProcess] = []
                var writers: [ChildProcess] = []
                for (stream, place) in zip(streams, places) {
                    let reader = "\(stream.channel).reader"
                    readers.append(try await cluster.nodes[place.1].read(stream, as: reader))
                    writers.append(try await cluster.nodes[place.0].write(stream, to: [reader]))
                }
                for reader in readers { try await reader.reads(past: 1000) }
                try await cluster.nodes[1].kill()
                try await readers[2].reads(more: 10_000)
                try await cluster.nodes[1].start()
                for reader in readers { try await reader.reads(more: 10_000) }
                for (reader, writer) in zip(readers, writers) { try await reader.expectAll(try await writer.finish()) }
                try await cluster.waitUntilAlive()
            }
        }

        @Test func aKilledCoordinatorIsNotNoticed() async throws {
            try await withCleanCluster(nodes: 2) { cluster in
                let stream = Stream("news", rate: 10_000)
                let reader = try await cluster.nodes[1].read(stream, as: "far")
                let writer = try await cluster.nodes[0].write(stream, to: ["far"])
                try await reader.reads(past: 1000)
                try await cluster.coordinator.kill()
                try await reader.reads(more: 10_000)
                // Registration waits for it.
                let later = Stream("later", count: 100)
                let second = try await cluster.nodes[1].read(later, as: "second")
                let secondWriter = try await cluster.nodes[0].write(later, to: ["second"])
                try await cluster.coordinator.start()
                try await second.expectAll(100)
                try await secondWriter.waitForSuccess()
                try await reader.expectAll(try await writer.finish())
                #expect(try await cluster.status().epoch == 2)
            }
        }
    }
}
