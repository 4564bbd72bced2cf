import Sluice
import SluiceModel
import SluiceTesting
import Testing

/// What every channel promises, row by row, driven through the public API.
@Suite(.serialized, .timeLimit(.minutes(2))) struct RowTests {}

extension RowTests {
    @Test func c1EveryCallOfTheContractAndEveryTimeout() async throws {
        try await Lab.run(nodes: 2) { lab in
            let actors = try await lab.actors(["w": 0, "near": 0, "far": 1])
            let writer = try await actors[0].createChannel("c", readers: ["near", "far"], slots: 4)
            let readers = [try await actors[1].openReader("c"), try await actors[2].openReader("c")]
            // Zero tries once, a finite one ends, and both leave everything as it was.
            for timeout in [Timeout.zero, .milliseconds(2), .zero] {
                for reader in readers {
                    let error = await #expect(throws: SluiceError.self) { try await reader.read(timeout: timeout) }
                    #expect(error?.code == .timedOut)
                    #expect(error?.sequence == 0)
                    #expect(error?.message.contains("\(timeout)") == true)
                }
            }
            // An infinite one waits until there is something.
            let calls = readers.map { reader in BlockedCall { try reader.read(timeout: .infinite) } }
            for call in calls { try await call.untilAsleep() }
            try await writer.write([1])
            for call in calls { #expect(try await call.value() == [1]) }

            try await writer.write(encoded: EncodedValue(kind: 300, bytes: [2]))
            try await writer.write([3])
            try await writer.write([4])
            for reader in readers {
                #expect(try await reader.readEncoded(timeout: .seconds(20)) == EncodedValue(kind: 300, bytes: [2]))
                #expect(try await reader.skip(timeout: .seconds(20)))
                #expect(try await reader.read(timeout: .seconds(20)) == [4])
            }
            writer.close()
            for reader in readers { #expect(try await reader.read(timeout: .seconds(20)) == nil) }
        }
    }

    /// In a process of its own, for which the default is.
    @Test func c1TheDefaultTimeoutIsConfigurable() async {
        await #expect(processExitsWith: .success) {
            #expect(Timeout.usual == .infinite)
            try await Lab.run(nodes: 1) { lab in
                let actors = try await lab.actors(["w": 0, "r": 0])
                let writer = try await actors[0].createChannel("c", readers: ["r"], slots: 1)
                let reader = try await actors[1].openReader("c")
                Timeout.usual = .milliseconds(30)
                let read = BlockedCall { try sluiceError(.timedOut, "a read") { _ = try reader.read() } }
                let isOver = Shared(false)
                let watch = Task {
                    let error = try await read.value()
                    isOver.value = true
                    return error
                }
                do { try await waitUntil("the default", within: .seconds(5)) { isOver.value } } catch {
                    reader.close()
                    throw error
                }
                #expect(try await watch.value.message.contains("\(Timeout.milliseconds(30))"))
                try await writer.write([1])
                let error = await #expect(throws: SluiceError.self) { try await writer.write([2]) }
                #expect(error?.code == .timedOut)
                // One that is named counts.
                #expect(try await reader.read(timeout: .infinite) == [1])
                Timeout.usual = .infinite
                let waits = BlockedCall { try reader.read() }
                try await waits.untilAsleep()
                try await writer.write([2])
                #expect(try await waits.value() == [2])
            }
        }
    }

    @Test func c2RegisteringAgainIsTheSame() async throws {
        try await Lab.run(nodes: 2) { lab in
            let worker = try await lab.worker(on: 0)
            let writing = try await worker.register(actor: "w")
            let again = try await worker.register(actor: "w")
            #expect(again.incarnation == writing.incarnation)
            let reading = try await lab.worker(on: 1)
            let first = try await reading.register(actor: "r")
            #expect(try await reading.register(actor: "r").incarnation == first.incarnation)
            // Both are the same actor: what one has created the other's name stands for.
            let writer = try await again.createChannel("c", readers: ["r"], slots: 2)
            let reader = try await first.openReader("c")
            try await writer.write([5])
            #expect(try await reader.read(timeout: .seconds(20)) == [5])
            let actors = try await lab.status().actors
            #expect(actors.map(\.name) == ["r", "w"])
            #expect(actors.map(\.incarnation) == [1, 1])

            // Somebody else under that name is refused, and told who has it.
            for node in [0, 1] {
                let other = try await lab.worker(on: node)
                let error = await #expect(throws: SluiceError.self) { try await other.register(actor: "w") }
                #expect(error?.code == .nameTaken)
                #expect(error?.actor == "w")
                #expect(error?.node == "node1")
                #expect(error?.pid == ProcessID.own)
            }
        }
    }

    @Test func c2WhatCannotBeIsRefusedAndNamesTheCulprit() async throws {
        try await Lab.run(nodes: 1) { lab in
            let writing = try await lab.actor("w", on: 0)
            let reading = try await lab.actor("r", on: 0)
            let stranger = try await lab.actor("stranger", on: 0)
            _ = await refusedCreation(by: writing, .invalidArgument, [])
            _ = await refusedCreation(by: writing, .invalidArgument, ["r"], slots: 0)
            let small = await refusedCreation(by: writing, .invalidArgument, ["r"], slotSize: 0)
            #expect(small?.message.contains("0 bytes as its slot size; 1 to") == true)
            let unknown = await refusedCreation(
                by: writing, .unknownActor, ["r", "nobody"], timeout: .milliseconds(20))
            #expect(unknown?.actor == "nobody")

            let writer = try await writing.createChannel("c", readers: ["r"], slots: 2, slotSize: 64)
            let taken = await #expect(throws: SluiceError.self) {
                try await stranger.createChannel("c", readers: ["r"], slots: 2, slotSize: 64)
            }
            #expect(taken?.code == .nameTaken)
            #expect(taken?.channel == "c")
            let refused = await #expect(throws: SluiceError.self) {
                try await stranger.openReader("c", timeout: .seconds(5))
            }
            #expect(refused?.code == .notAReader)
            #expect(refused?.actor == "stranger")
            let reader = try await reading.openReader("c")
            let twice = await #expect(throws: SluiceError.self) {
                try await reading.openReader("c", timeout: .seconds(5))
            }
            #expect(twice?.code == .alreadyOpen)
            #expect(twice?.actor == "r")
            // Nothing of that has touched the channel.
            try await writer.write([1])
            #expect(try await reader.read(timeout: .seconds(20)) == [1])
        }
    }

    /// Why a channel is not created.
    private func refusedCreation(
        by actor: SluiceActor, _ code: SluiceError.Code, _ readers: [String], slots: Int = 2, slotSize: Int = 64,
        timeout: Timeout = .zero
    ) async -> SluiceError? {
        let error = await #expect(throws: SluiceError.self) {
            try await actor.createChannel("c", readers: readers, slots: slots, slotSize: slotSize, timeout: timeout)
        }
        #expect(error?.code == code)
        #expect(error?.channel == "c")
        return error
    }

    @Test func c3AnErrorTakesAValuesPlaceOnEveryNode() async throws {
        try await Lab.run(nodes: 2) { lab in
            let actors = try await lab.actors(["w": 0, "near": 0, "far": 1, "far2": 1, "last": 1])
            let writer = try await actors[0].createChannel("c", readers: ["near", "far", "far2"], slots: 4)
            var readers: [Reader] = []
            for actor in actors[1...3] { readers.append(try await actor.openReader("c")) }
            try await writer.write([1])
            try await writer.write(failure: ApplicationFailure(kind: "ValueError", message: "not a number"))
            try await writer.write([3])
            var caught: [SluiceError] = []
            for reader in readers {
                #expect(try await reader.read(timeout: .seconds(20)) == [1])
                let error = await #expect(throws: SluiceError.self) { try await reader.read(timeout: .seconds(20)) }
                caught.append(try #require(error))
                #expect(try await reader.read(timeout: .seconds(20)) == [3])
            }
            for error in caught {
                #expect(error.code == .application)
                #expect(error.kind == "ValueError")
                #expect(error.message == "not a number")
                #expect(error.actor == "w" && error.node == "node1" && error.pid == ProcessID.own)
                #expect(error.channel == "c" && error.sequence == 1)
            }
            // Passed on by who has caught it, it is still the first one's.
            let next = try await actors[1].createChannel("next", readers: ["last"], slots: 1)
            let last = try await actors[4].openReader("next")
            try await next.write(failure: ApplicationFailure(caught[0]))
            let error = await #expect(throws: SluiceError.self) { try await last.read(timeout: .seconds(20)) }
            #expect(error?.kind == "ValueError" && error?.message == "not a number")
            #expect(error?.actor == "w" && error?.node == "node1" && error?.pid == ProcessID.own)
            #expect(error?.channel == "next")
        }
    }

    private struct Reluctant: Codable, Sendable {
        var isWilling = true
        var tensor = Tensor([1, 2, 3] as [Float])

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(tensor, forKey: .tensor)
            guard isWilling else {
                let path = encoder.codingPath + [CodingKeys.isWilling]
                throw EncodingError.invalidValue(self, .init(codingPath: path, debugDescription: "not today"))
            }
            try container.encode(isWilling, forKey: .isWilling)
        }
    }

    @Test func c3WhatCannotBeEncodedIsNamedByItsPathAndLeavesNothing() async throws {
        try await Lab.run(nodes: 2) { lab in
            let actors = try await lab.actors(["w": 0, "far": 1])
            let writer = try await actors[0].createChannel(
                "c", of: [String: [Reluctant]].self, readers: ["far"], slots: 1)
            let reader = try await actors[1].openReader("c", of: [String: [Reluctant]].self)
            for number in 0..<3 {
                let error = await #expect(throws: SluiceError.self) {
                    try await writer.write(["a": [Reluctant(), Reluctant(isWilling: false)]], timeout: .seconds(5))
                }
                #expect(error?.code == .cannotEncode)
                #expect(error?.path == "a[1].isWilling")
                #expect(error?.channel == "c" && error?.actor == "w")
                #expect(error?.sequence == UInt64(number))
                // The one slot is free, and the encoder as it was: the next value is whole.
                try await writer.write(["a": [Reluctant()]], timeout: .seconds(20))
                let value = try await reader.read(timeout: .seconds(20))
                #expect(try value?["a"]?[0].tensor.array(of: Float.self) == [1, 2, 3])
            }
        }
    }

    @Test func c4ACloseReachesEveryNodeAndIsDrainedFirst() async throws {
        try await Lab.run(ClusterOptions(nodes: 3)) { lab in
            let actors = try await lab.actors(["w": 0, "near": 0, "far": 1, "farther": 2, "w2": 1])
            let writer = try await actors[0].createChannel("c", readers: ["near", "far", "farther"], slots: 4)
            let near = actors[1]
            var readers: [Reader] = []
            for actor in actors[1...3] { readers.append(try await actor.openReader("c")) }
            for number in 0..<3 { try await writer.write([UInt8(number)]) }
            let drained = readers.map { reader in
                BlockedCall {
                    var values: [[UInt8]] = []
                    while let value = try reader.read(timeout: .seconds(30)) { values.append(value) }
                    return values
                }
            }
            for reader in readers { try await waitUntil("it to be drained") { reader.next == 3 } }
            for call in drained { try await call.untilAsleep() }
            writer.close()
            writer.close()
            for call in drained { #expect(try await call.value() == [[0], [1], [2]]) }
            for reader in readers {
                #expect(try await reader.read(timeout: .zero) == nil)
                reader.close()
                reader.close()
            }
            // A writer that waits for a slot is woken too, and what was published is read before the end.
            let full = try await actors[4].createChannel("full", readers: ["near"], slots: 1)
            let late = try await near.openReader("full")
            for number in 0..<2 { try await full.write([UInt8(number)], timeout: .seconds(20)) }
            let blocked = BlockedCall { try sluiceError(.closed, "a write") { try full.write([9]) } }
            try await blocked.untilAsleep()
            full.close()
            _ = try await blocked.value()
            for number in 0..<2 { #expect(try await late.read(timeout: .seconds(20)) == [UInt8(number)]) }
            #expect(try await late.read(timeout: .seconds(20)) == nil)
        }
    }

    @Test func c5AReaderThatIsListedTwiceCountsOnce() async throws {
        try await Lab.run(nodes: 2) { lab in
            let actors = try await lab.actors(["w": 0, "near": 0, "far": 1])
            let writer = try await actors[0].createChannel("c", readers: ["far", "near", "far", "near"], slots: 1)
            let readers = [try await actors[1].openReader("c"), try await actors[2].openReader("c")]
            for number in 0..<10 {
                try await writer.write([UInt8(number)], timeout: .seconds(20))
                for reader in readers { #expect(try await reader.read(timeout: .seconds(20)) == [UInt8(number)]) }
            }
            let channel = try #require(try await lab.status().channels.first)
            #expect(channel.readers.map(\.actor) == ["far", "near"])
            // One reading of each is all that the last slot waits for.
            #expect(channel.heldBackBy.isEmpty)
        }
    }
}
