import Relay
import Sluice
import SluiceModel
import SluiceTesting
import Testing

/// Values on their way between nodes.
@Suite(.serialized, .timeLimit(.minutes(2))) struct TransferTests {
    private static let chunk = RelayLimits().chunk
    private static let patience = Timeout.seconds(20)

    /// Nothing, one byte, the bounds of batches and chunks, exact multiples, and 3 MiB.
    static let sizes = [
        0, 1, RelayLimits().smallValue, RelayLimits().smallValue + 1, chunk - 1, chunk, chunk + 1, 2 * chunk - 1,
        2 * chunk, 2 * chunk + 1, 3 << 20, 0, (3 << 20) - 1,
    ]

    @Test func c13EverySizeAboutAChunkCrosses() async throws {
        try await Lab.run(nodes: 2) { lab in
            let (here, there) = (try await lab.actor("w", on: 0), try await lab.actor("r", on: 1))
            let writer = try await here.createChannel("c", readers: ["r"], slots: 4, slotSize: 3 << 20)
            let reader = try await there.openReader("c", timeout: Self.patience)
            let writing = Task {
                for (number, size) in Self.sizes.enumerated() {
                    try await writer.write(GrowthTests.value(number, size), timeout: Self.patience)
                }
                writer.close()
            }
            for (number, size) in Self.sizes.enumerated() {
                let value = try await reader.read(timeout: Self.patience)
                #expect(value == GrowthTests.value(number, size), "value \(number) of \(size) bytes")
            }
            #expect(try await reader.read(timeout: Self.patience) == nil)
            try await writing.value
            let dropped = try await lab.status().nodes.compactMap { $0.agent?.framesDropped }
            #expect(dropped == [0, 0])
        }
    }

    /// Looked for without pause while its chunks come: there is nothing, and then all of it.
    @Test func c13AReaderThatPollsSeesWholeValues() async throws {
        try await Lab.run(nodes: 2) { lab in
            let size = 8 * Self.chunk
            let (here, there) = (try await lab.actor("w", on: 0), try await lab.actor("r", on: 1))
            let writer = try await here.createChannel("c", readers: ["r"], slots: 2, slotSize: size)
            let reader = try await there.openReader("c", timeout: Self.patience)
            for number in UInt8(1)...20 {
                let writing = Task {
                    try await writer.write([UInt8](repeating: number, count: size), timeout: Self.patience)
                }
                var found: [UInt8]?
                var looks = 0
                _ = try await waitUntil("value \(number)", within: Self.patience) {
                    for _ in 0..<1000 where found == nil {
                        do throws(SluiceError) { found = try await reader.read(timeout: .zero) } catch {
                            guard error.code == .timedOut else { throw error }
                        }
                        looks += 1
                    }
                    return found != nil
                }
                try await writing.value
                let isWhole = found?.count == size && found?.allSatisfy { $0 == number } == true
                #expect(isWhole, "value \(number) of \(found?.count ?? 0) bytes after \(looks) looks")
                if !isWhole { return }
            }
        }
    }

    /// A slot of the writer's is free once its value is on every reading node and this one's readers have let go of it.
    @Test func c14ASlotIsFreeOnceLandedEverywhereAndReleasedHere() async throws {
        try await Lab.run(nodes: 3) { lab in
            let names = ["near", "far", "other"]
            var reading: [SluiceActor] = []
            for (node, name) in names.enumerated() { reading.append(try await lab.actor(name, on: node)) }
            let writer = try await lab.actor("w", on: 0).createChannel("c", readers: names, slots: 2, slotSize: 20_000)
            var readers: [Reader] = []
            for actor in reading { readers.append(try await actor.openReader("c", timeout: Self.patience)) }
            let (near, far, other) = (readers[0], readers[1], readers[2])
            func write(_ number: Int, _ timeout: Timeout) async throws {
                try await writer.write(GrowthTests.value(number, 20_000 - number % 2 * 19_990), timeout: timeout)
            }
            func read(_ reader: Reader, _ number: Int) async throws {
                let value = try await reader.read(timeout: Self.patience)
                #expect(value == GrowthTests.value(number, 20_000 - number % 2 * 19_990), "value \(number)")
            }
            for number in 0..<2 { try await write(number, Self.patience) }
            for number in 0..<2 { try await read(other, number) }
            // Landed on both other nodes, but not read here.
            let here = await #expect(throws: SluiceError.self) { try await write(2, .milliseconds(300)) }
            #expect(here?.code == .timedOut)
            #expect(here?.actor == "near")
            // Read here: two more fit the ring, though the far node has no slot for them.
            for number in 0..<2 { try await read(near, number) }
            for number in 2..<4 {
                try await write(number, Self.patience)
                try await read(near, number)
                try await read(other, number)
            }
            let there = await #expect(throws: SluiceError.self) { try await write(4, .milliseconds(300)) }
            #expect(there?.code == .timedOut)
            #expect(there?.actor == "far")
            #expect(writer.published == 4)
            // One slot there, and so one here.
            try await read(far, 0)
            try await write(4, Self.patience)
            let again = await #expect(throws: SluiceError.self) { try await write(5, .milliseconds(300)) }
            #expect(again?.code == .timedOut)
            for number in 1..<5 { try await read(far, number) }
            try await read(near, 4)
            try await read(other, 4)
            let dropped = try await lab.status().nodes.compactMap { $0.agent?.framesDropped }
            #expect(dropped == [0, 0, 0])
        }
    }

    /// Large and small values of other channels, over the same session.
    @Test func c14AReaderThatDoesNotReadStallsItsOwnChannelOnly() async throws {
        try await Lab.run(nodes: 2) { lab in
            let (here, there) = (try await lab.actor("w", on: 0), try await lab.actor("r", on: 1))
            let stuck = try await here.createChannel("stuck", readers: ["r"], slots: 2, slotSize: 4 << 20)
            let slow = try await there.openReader("stuck", timeout: Self.patience)
            for number in 0..<4 { try await stuck.write(GrowthTests.value(number, 4 << 20), timeout: Self.patience) }
            await #expect(throws: SluiceError.self) { try await stuck.write([1], timeout: .milliseconds(200)) }
            for size in [10, 1 << 20] {
                let free = try await here.createChannel("free\(size)", readers: ["r"], slots: 4, slotSize: size)
                let reader = try await there.openReader("free\(size)", timeout: Self.patience)
                let writing = Task {
                    for number in 0..<100 {
                        try await free.write(GrowthTests.value(number % 7, size), timeout: Self.patience)
                    }
                }
                let expected = (0..<7).map { GrowthTests.value($0, size) }
                for number in 0..<100 {
                    #expect(try await reader.read(timeout: Self.patience) == expected[number % 7])
                }
                try await writing.value
            }
            for number in 0..<4 {
                #expect(try await slow.read(timeout: Self.patience) == GrowthTests.value(number, 4 << 20))
            }
        }
    }
}
