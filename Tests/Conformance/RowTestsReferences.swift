import Sluice
import SluiceModel
import SluiceTesting
import Testing

extension RowTests {
    @Test func c11OneReferenceForEachReadingNode() async throws {
        try await Lab.run(ClusterOptions(nodes: 3)) { lab in
            let actors = try await lab.actors(["w": 0, "near": 0, "a": 1, "b": 1, "c": 1])
            let passing = try await lab.worker(on: 2)
            let reading = actors.dropFirst() + [try await passing.register(actor: "d")]
            let writer = try await actors[0].createChannel("news", readers: reading.map(\.name), slots: 4, slotSize: 64)
            var readers: [Reader] = []
            for actor in reading { readers.append(try await actor.openReader("news")) }
            for number in 0..<3 {
                try await writer.write([UInt8(number)])
                for reader in readers { #expect(try await reader.read(timeout: .seconds(20)) == [UInt8(number)]) }
            }
            let agents = lab.cluster.nodes.map { $0.pid ?? 0 }
            func references() async throws -> [ReferenceStatus] {
                try await lab.status().channels.first?.references ?? []
            }
            #expect(
                try await references() == [
                    ReferenceStatus(node: "node2", agent: agents[1], readers: 3, published: 3),
                    ReferenceStatus(node: "node3", agent: agents[2], readers: 1, published: 3),
                ])
            // Its count follows them; with the last of their actors it goes.
            readers[1].close()
            try await waitUntil("a reader to be counted out") { try await references().first?.readers == 2 }
            readers[4].close()
            try await waitUntil("all to be counted out") { try await references().map(\.readers) == [2, 0] }
            passing.close()
            try await waitUntil("a reference to go") { try await references().map(\.node) == ["node2"] }
            try await writer.write([9])
            for reader in [readers[0], readers[2], readers[3]] {
                #expect(try await reader.read(timeout: .seconds(20)) == [9])
            }
        }
    }

    @Test func c11BytesBetweenNodesDoNotGrowWithReaders() async throws {
        try await Lab.run(nodes: 2) { lab in
            let writing = try await lab.actor("w", on: 0)
            var actors: [SluiceActor] = []
            for number in 0..<4 { actors.append(try await lab.actor("r\(number)", on: 1)) }
            let (count, size) = (16, 200_000)
            var sent: [UInt64] = []
            for width in [1, 2, 4] {
                let before = try await bytesSent(lab)
                let writer = try await writing.createChannel(
                    "c\(width)", readers: actors.prefix(width).map(\.name), slots: 4, slotSize: size)
                var readers: [Reader] = []
                for actor in actors.prefix(width) { readers.append(try await actor.openReader("c\(width)")) }
                for number in 0..<count {
                    let value = Pattern.bytes(number, size)
                    try await writer.write(value, timeout: .seconds(20))
                    for reader in readers {
                        let isSame = try await reader.read(timeout: .seconds(20)) == value
                        #expect(isSame)
                    }
                }
                // What has come over has been sent; that it is counted may be seen a moment later.
                let all = UInt64(count * size)
                sent.append(
                    try await waitUntil("the last value to be counted") {
                        try await bytesSent(lab) - before
                    } satisfies: {
                        $0 >= all
                    })
            }
            #expect(sent == [UInt64](repeating: UInt64(count * size), count: 3))
        }
    }

    /// Payload that the first node's agent has sent to others.
    private func bytesSent(_ lab: Lab) async throws -> UInt64 {
        try #require(try await lab.status().nodes.first?.agent).bytesSent
    }
}
