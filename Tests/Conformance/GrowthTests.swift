import Sluice
import SluiceModel
import SluiceTesting
import Testing

/// Values that no slot has room for.
@Suite(.serialized, .timeLimit(.minutes(2))) struct GrowthTests {
    /// Content that tells a value's number and its size.
    static func value(_ number: Int, _ size: Int) -> [UInt8] {
        (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ number &* 7 &+ size) }
    }

    /// A writer on the first node, and a reader on it and on the second.
    private func channel(
        _ lab: Lab, slots: Int = 4, slotSize: Int = 64, largestValue: Int? = nil
    ) async throws -> (Writer, [Reader]) {
        let writing = try await lab.actor("w", on: 0)
        let near = try await lab.actor("near", on: 0)
        let far = try await lab.actor("far", on: 1)
        let writer = try await writing.createChannel(
            "c", readers: ["near", "far"], slots: slots, slotSize: slotSize, largestValue: largestValue)
        return (writer, [try await near.openReader("c"), try await far.openReader("c")])
    }

    /// What each agent has handed out, once it is within `bound`.
    private func expectMemory(_ lab: Lab, atMost bound: Int) async throws {
        _ = try await waitUntil("the old memory to go back", within: .seconds(10)) {
            try await lab.status().nodes.compactMap { $0.agent?.memoryUsed }
        } satisfies: { used in
            used.allSatisfy { $0 <= UInt64(bound) }
        }
    }

    @Test func c12AChannelGrowsOnEveryNodeAndItsOldMemoryGoesBack() async throws {
        try await Lab.run(nodes: 2) { lab in
            let (writer, readers) = try await channel(lab)
            let sizes = [10, 64, 65, 1_000, 128, 0, 100_000, 1, 100_001, 3_000_000, 2]
            for (number, size) in sizes.enumerated() {
                try await writer.write(Self.value(number, size), timeout: .seconds(20))
                for reader in readers {
                    #expect(try await reader.read(timeout: .seconds(20)) == Self.value(number, size))
                }
            }
            #expect(writer.slotSize >= 3_000_000)
            // One generation on each node, and the control.
            try await expectMemory(lab, atMost: 4 * (writer.slotSize + 64) + 65_536)
        }
    }

    @Test func c12ReadersThatLagFindEveryGenerationInItsPlace() async throws {
        try await Lab.run(nodes: 2) { lab in
            let (writer, readers) = try await channel(lab, slots: 8)
            // Three growths, with values of every generation unread.
            let sizes = [64, 65, 3, 200, 64, 5_000, 0, 9]
            for (number, size) in sizes.enumerated() {
                try await writer.write(Self.value(number, size), timeout: .seconds(20))
            }
            let late = await #expect(throws: SluiceError.self) { try await writer.write([1], timeout: .zero) }
            #expect(late?.code == .timedOut)
            for reader in readers {
                for (number, size) in sizes.enumerated() {
                    #expect(try await reader.read(timeout: .seconds(20)) == Self.value(number, size))
                }
            }
            try await expectMemory(lab, atMost: 8 * (writer.slotSize + 64) + 65_536)
        }
    }

    @Test func c12LeasesOfOlderGenerationsStay() async throws {
        try await Lab.run(nodes: 2) { lab in
            let (writer, readers) = try await channel(lab)
            try await writer.write(Self.value(0, 60))
            var held = try await readers[0].lease(timeout: .seconds(20))
            for (number, size) in [100, 1_000, 20_000].enumerated() {
                try await writer.write(Self.value(number + 1, size), timeout: .seconds(20))
                #expect(try await readers[0].read(timeout: .seconds(20)) == Self.value(number + 1, size))
            }
            for (number, size) in [60, 100, 1_000, 20_000].enumerated() {
                #expect(try await readers[1].read(timeout: .seconds(20)) == Self.value(number, size))
            }
            #expect(unsafe held?.withUnsafeBytes { unsafe Array($0) } == Self.value(0, 60))
            held.take()?.release()
            try await expectMemory(lab, atMost: 4 * (writer.slotSize + 64) + 65_536)
        }
    }

    @Test func c12SkippedAndEncodedItemsOfAGrownChannel() async throws {
        try await Lab.run(nodes: 2) { lab in
            let (writer, readers) = try await channel(lab)
            for (number, size) in [1, 70, 700, 7].enumerated() {
                try await writer.write(Self.value(number, size), timeout: .seconds(20))
            }
            for reader in readers {
                #expect(try await reader.skip(timeout: .seconds(20)))
                #expect(try await reader.skip(timeout: .seconds(20)))
                #expect(try await reader.readEncoded(timeout: .seconds(20))?.bytes == Self.value(2, 700))
                #expect(try await reader.read(timeout: .seconds(20)) == Self.value(3, 7))
            }
        }
    }

    /// The first value of a generation, and one behind it; taken again and again.
    @Test func c12AValueThatHasOutgrownTheReadersBufferStays() async throws {
        try await Lab.run(nodes: 2) { lab in
            let (writer, readers) = try await channel(lab)
            let sizes = [64, 1_000, 1_001]
            for (number, size) in sizes.enumerated() {
                try await writer.write(Self.value(number, size), timeout: .seconds(20))
            }
            let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1_001, alignment: 1)
            defer { unsafe room.deallocate() }
            for reader in readers {
                for (number, size) in sizes.enumerated() {
                    let small = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<(size - 1)])
                    for _ in 0..<2 {
                        let error = await #expect(throws: SluiceError.self) {
                            try await unsafe reader.read(into: small, timeout: .seconds(20))
                        }
                        #expect(error?.code == .valueTooLarge)
                        #expect(error?.sequence == UInt64(number))
                        #expect(error?.needed == UInt64(size))
                        #expect(error?.available == UInt64(size - 1))
                    }
                    #expect(try await unsafe reader.read(into: room, timeout: .seconds(20)) == size)
                    #expect(unsafe room[..<size].elementsEqual(Self.value(number, size)))
                }
            }
            try await expectMemory(lab, atMost: 4 * (writer.slotSize + 64) + 65_536)
        }
    }

    @Test func c12PastItsBoundItThrowsAndGoesOn() async throws {
        try await Lab.run(nodes: 2) { lab in
            let (writer, readers) = try await channel(lab, largestValue: 1_000)
            try await writer.write(Self.value(0, 1_000), timeout: .seconds(20))
            let error = await #expect(throws: SluiceError.self) { try await writer.write(Self.value(1, 1_001)) }
            #expect(error?.code == .valueTooLarge)
            #expect(error?.needed == 1_001)
            #expect(error?.available == 1_000)
            #expect(error?.channel == "c")
            try await writer.write([5], timeout: .seconds(20))
            for reader in readers {
                #expect(try await reader.read(timeout: .seconds(20)) == Self.value(0, 1_000))
                #expect(try await reader.read(timeout: .seconds(20)) == [5])
            }
        }
    }

    @Test func c12ANodeWithoutMemoryIsNamedAndTheChannelGoesOn() async throws {
        var options = ClusterOptions(nodes: 2, mode: .inProcess)
        options.memory = 8 << 20
        try await Lab.run(options) { lab in
            let (writer, readers) = try await channel(lab)
            // Room for it where it is written, not where it is to be read: the second node has another ring already.
            let other = try await lab.actor("other", on: 1).createChannel(
                "full", readers: ["far"], slots: 1, slotSize: 7 << 20)
            let error = await #expect(throws: SluiceError.self) {
                try await writer.write(Self.value(0, 1 << 20), timeout: .seconds(20))
            }
            #expect(error?.code == .outOfMemory)
            #expect(error?.node == "node2")
            #expect((error?.needed ?? 0) > (error?.available ?? .max))
            #expect(writer.published == 0)
            // All that was reserved for it is back.
            _ = try await waitUntil("the reservation to go back", within: .seconds(10)) {
                try await lab.status().nodes.compactMap { $0.agent?.memoryUsed }.min() ?? .max
            } satisfies: {
                $0 < 1 << 20
            }
            try await writer.write([5], timeout: .seconds(20))
            other.close()
            for reader in readers { #expect(try await reader.read(timeout: .seconds(20)) == [5]) }
        }
    }

    @Test func c12AGrowthThatCannotBeWaitedForIsDoneWhenItIsAskedForAgain() async throws {
        try await Lab.run(nodes: 2) { lab in
            let (writer, readers) = try await channel(lab)
            // The first may find the agents as fast as its own thread: then there is nothing to wait for.
            _ = try await waitUntil("the growth", within: .seconds(10)) {
                do throws(SluiceError) {
                    try await writer.write(Self.value(0, 9_000), timeout: .zero)
                    return true
                } catch {
                    guard error.code == .timedOut, error.needed == 9_000, error.channel == "c" else { throw error }
                    #expect(writer.published == 0)
                    return false
                }
            } satisfies: {
                $0
            }
            #expect(writer.published == 1)
            for reader in readers { #expect(try await reader.read(timeout: .seconds(20)) == Self.value(0, 9_000)) }
        }
    }

    @Test func c12AReaderThatOpensLaterGetsWhatItMissedNothingOf() async throws {
        try await Lab.run(nodes: 2) { lab in
            let writing = try await lab.actor("w", on: 0)
            let near = try await lab.actor("near", on: 0)
            let far = try await lab.actor("far", on: 1)
            let writer = try await writing.createChannel("c", readers: ["near", "far"], slots: 8, slotSize: 64)
            let sizes = [3, 100, 1_000, 0]
            for (number, size) in sizes.enumerated() {
                try await writer.write(Self.value(number, size), timeout: .seconds(20))
            }
            for actor in [near, far] {
                let reader = try await actor.openReader("c")
                for (number, size) in sizes.enumerated() {
                    #expect(try await reader.read(timeout: .seconds(20)) == Self.value(number, size))
                }
            }
        }
    }

    @Test func c12GrowthRacesAClose() async throws {
        try await Lab.run(nodes: 2) { lab in
            let writing = try await lab.actor("w", on: 0)
            let near = try await lab.actor("near", on: 0)
            let far = try await lab.actor("far", on: 1)
            for round in 0..<30 {
                let writer = try await writing.createChannel(
                    "c\(round)", readers: ["near", "far"], slots: 2, slotSize: 64)
                let readers = [try await near.openReader("c\(round)"), try await far.openReader("c\(round)")]
                try await writer.write(Self.value(0, 60))
                let grows = Task {
                    do { try await writer.write(Self.value(1, 10_000), timeout: .seconds(20)) } catch {
                        guard (error as? SluiceError)?.code == .closed else { throw error }
                    }
                }
                // At another moment of the growth in each round: after so many looks at its state.
                for _ in 0..<round * 40 { _ = writer.slotSize }
                writer.close()
                try await grows.value
                let values = writer.published
                for reader in readers {
                    #expect(try await reader.read(timeout: .seconds(20)) == Self.value(0, 60))
                    if values == 2 { #expect(try await reader.read(timeout: .seconds(20)) == Self.value(1, 10_000)) }
                    #expect(try await reader.read(timeout: .seconds(20)) == nil)
                    reader.close()
                }
            }
            try await expectMemory(lab, atMost: 0)
        }
    }

    @Test func c12ARestartedAgentFindsEveryGeneration() async throws {
        try await Lab.run(ClusterOptions(nodes: 2)) { lab in
            let (writer, readers) = try await channel(lab, slots: 8)
            for (number, size) in [64, 65, 1_000].enumerated() {
                try await writer.write(Self.value(number, size), timeout: .seconds(20))
            }
            #expect(try await readers[1].read(timeout: .seconds(20)) == Self.value(0, 64))
            for node in lab.cluster.nodes {
                try await node.kill()
                try await node.start()
            }
            try await lab.cluster.waitUntilAlive()
            try await writer.write(Self.value(3, 100_000), timeout: .seconds(30))
            #expect(try await readers[0].read(timeout: .seconds(30)) == Self.value(0, 64))
            for reader in readers {
                for (number, size) in [65, 1_000, 100_000].enumerated() {
                    #expect(try await reader.read(timeout: .seconds(30)) == Self.value(number + 1, size))
                }
            }
            try await expectMemory(lab, atMost: 8 * (writer.slotSize + 64) + 65_536)
        }
    }
}
