import Sluice
import SluiceModel
import SluiceTesting
import Testing

/// Rounds over channels between two nodes, with real agents.
@Suite(.serialized, .timeLimit(.minutes(2))) struct RoundTests {
    private static let patience = Timeout.seconds(20)

    /// Channels c0 … with writers on either node in turn and one reader on the second.
    private func channels(_ lab: Lab, _ count: Int, slots: Int = 4) async throws -> ([Writer], [Reader]) {
        let writing = [try await lab.actor("w0", on: 0), try await lab.actor("w1", on: 1)]
        let reading = try await lab.actor("r", on: 1)
        var (writers, readers): ([Writer], [Reader]) = ([], [])
        for number in 0..<count {
            let writer = try await writing[number % 2].createChannel(
                "c\(number)", readers: ["r"], slots: slots, slotSize: 64)
            writers.append(writer)
            readers.append(try await reading.openReader("c\(number)", timeout: Self.patience))
        }
        return (writers, readers)
    }

    private func code(_ body: () async throws -> Void) async -> SluiceError.Code? {
        do { try await body() } catch { return (error as? SluiceError)?.code }
        return nil
    }

    @Test func c18RoundsOfTwoNodesNeverMix() async throws {
        try await Lab.run(nodes: 2) { lab in
            let (writers, readers) = try await channels(lab, 3)
            let reader = try MultiReader(readers)
            // A timeout keeps what has come.
            try await writers[0].write([0, 0])
            try await writers[2].write([0, 2])
            try await waitUntil("two of three") {
                let late = await code { _ = try await reader.read(timeout: .milliseconds(10)) }
                return late == .timedOut && reader.unfinished == [[0, 0], nil, [0, 2]]
            }
            // An error ends its round, and the others' items of it are drained.
            try await writers[1].write(failure: ApplicationFailure(kind: "Bad", message: "round 0"))
            let error = await #expect(throws: SluiceError.self) { try await reader.read(timeout: Self.patience) }
            #expect(error?.code == .application)
            #expect(error?.channel == "c1")
            try await writers[2].write(failure: ApplicationFailure(kind: "Bad", message: "round 1"))
            let next = await #expect(throws: SluiceError.self) { try await reader.read(timeout: Self.patience) }
            #expect(next?.message == "round 1")
            for index in 0..<2 { try await writers[index].write([1, UInt8(index)]) }
            for index in 0..<3 { try await writers[index].write([2, UInt8(index)]) }
            #expect(try await reader.read(timeout: Self.patience) == [[2, 0], [2, 1], [2, 2]])
            for writer in writers { writer.close() }
            #expect(try await reader.read(timeout: Self.patience) == nil)
        }
    }

    @Test func c19ARoundIsForAllChannelsOrForNone() async throws {
        try await Lab.run(nodes: 2) { lab in
            let actor = try await lab.actor("w", on: 0)
            var (writers, readers): ([Writer], [Reader]) = ([], [])
            for node in 0..<2 {
                let name = "c\(node)"
                let reading = try await lab.actor("r\(node)", on: node)
                writers.append(try await actor.createChannel(name, readers: ["r\(node)"], slots: 1, slotSize: 8))
                readers.append(try await reading.openReader(name, timeout: Self.patience))
            }
            // The other node's channel first: its slot is free again once the value has landed there.
            let writer = try MultiWriter([writers[1], writers[0]])
            #expect(await code { try await writer.write([[1]]) } == .invalidArgument)
            for round in UInt8(0)..<20 {
                try await writer.write([[round, 1], [round, 0]], timeout: Self.patience)
                // One channel has a slot, the other has none.
                for timeout in [Timeout.zero, .milliseconds(20)] {
                    #expect(await code { try await writer.write([[99], [99]], timeout: timeout) } == .timedOut)
                }
                #expect(writers.map(\.published) == [UInt64(round) + 1, UInt64(round) + 1])
                for (index, reader) in readers.enumerated() {
                    #expect(try await reader.read(timeout: Self.patience) == [round, UInt8(index)])
                }
            }
            try await writer.write(failure: ApplicationFailure(kind: "Bad", message: "m"), timeout: Self.patience)
            for reader in readers {
                let found = await code { _ = try await reader.read(timeout: Self.patience) }
                #expect(found == .application)
            }
        }
    }

    @Test func c20QueuesAndSequencesAcrossNodes() async throws {
        try await Lab.run(nodes: 2) { lab in
            let (writers, readers) = try await channels(lab, 1, slots: 2)
            let (writer, reader) = (writers[0], readers[0])
            let queue = try WriteQueue(writer, depth: 3)
            let writing = Task {
                for number in UInt8(0)..<200 { try await queue.write([number]) }
                try await queue.finish()
            }
            var number = UInt8(0)
            for try await value in reader.values {
                #expect(value == [number])
                number += 1
                if number == 200 { break }
            }
            try await writing.value
            // A read that is cancelled ends promptly, and loses nothing.
            for _ in 0..<20 {
                // Not for ever, so that a cancellation that nobody hears is seen.
                let reading = Task { try await reader.read(timeout: .seconds(5)) }
                try await waitUntil("the read to wait") { reader.isInUse }
                reading.cancel()
                let end = await code { _ = try await reading.value }
                #expect(end == .cancelled)
                if end != .cancelled { break }
            }
            try await writer.write([7])
            #expect(try await reader.read(timeout: Self.patience) == [7])
            // So does a write: the ring, and the other node's, are full.
            for value in UInt8(0)..<4 { try await writer.write([value], timeout: Self.patience) }
            let full = Task { try await writer.write([9], timeout: .seconds(5)) }
            try await waitUntil("the write to wait") { writer.isInUse }
            full.cancel()
            #expect(await code { try await full.value } == .cancelled)
            for value in UInt8(0)..<4 { #expect(try await reader.read(timeout: Self.patience) == [value]) }
            #expect(await code { _ = try await reader.read(timeout: .milliseconds(50)) } == .timedOut)
        }
    }

    /// More channels than one wait of the kernel takes, from both nodes.
    @Test func c21AnyOfManyChannelsOfTwoNodes() async throws {
        try await Lab.run(nodes: 2) { lab in
            let (writers, readers) = try await channels(lab, 140)
            let selector = try Selector(readers)
            #expect(await code { _ = try await selector.next(timeout: .zero) } == .timedOut)
            #expect(await code { _ = try await selector.next(timeout: .milliseconds(5)) } == .timedOut)
            for index in [0, 1, 126, 127, 138, 139] {
                let waiting = Task { try await selector.next(timeout: Self.patience) }
                try await waitUntil("the selection to wait") { readers[index].isInUse }
                try await writers[index].write([UInt8(index)])
                #expect(try await waiting.value == index)
                #expect(try await readers[index].read(timeout: .zero) == [UInt8(index)])
            }
            // In turn: one that has much keeps nobody waiting. Those of the reader's own node are there at once.
            let near = [1, 3, 5, 7]
            for index in near { for value in UInt8(0)..<3 { try await writers[index].write([value]) } }
            let few = try Selector(near.map { readers[$0] })
            var order: [Int] = []
            for _ in 0..<8 {
                let index = try await few.next(timeout: Self.patience)
                order.append(index)
                _ = try await readers[near[index]].read(timeout: .zero)
            }
            #expect(order == [0, 1, 2, 3, 0, 1, 2, 3])
        }
    }
}
