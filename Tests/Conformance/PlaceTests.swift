import Sluice
import SluiceModel
import SluiceTesting
import Testing

/// Who writes and reads where, and in which order they come.
@Suite(.serialized, .timeLimit(.minutes(2))) struct PlaceTests {
    private static let patience = Timeout.seconds(20)

    /// In any order: the creation waits for its readers, and the opening for its channel.
    @Test func c23ActorsMayComeBeforeOrAfterTheirChannel() async throws {
        try await Lab.run(nodes: 2) { lab in
            let writing = try await lab.actor("w", on: 0)
            let early = try await lab.actor("early", on: 1)
            let opening = Task { try await early.openReader("c", timeout: Self.patience) }
            let creation = Task {
                try await writing.createChannel(
                    "c", readers: ["early", "late", "later"], slotSize: 8, timeout: Self.patience)
            }
            try await lab.cluster.waitForStatus("the creation to be under way") { status in
                status.channels.map(\.state) == ["creating"]
            }
            let late = try await lab.actor("late", on: 1)
            let later = try await lab.actor("later", on: 0)
            let writer = try await creation.value
            let readers = [
                try await opening.value, try await late.openReader("c", timeout: Self.patience),
                try await later.openReader("c", timeout: Self.patience),
            ]
            try await writer.write([5], timeout: Self.patience)
            for reader in readers { #expect(try await reader.read(timeout: Self.patience) == [5]) }
        }
    }

    @Test func c23ACreationGivesUpAtItsDeadlineAndNamesWhoIsMissing() async throws {
        try await Lab.run(nodes: 2) { lab in
            let writing = try await lab.actor("w", on: 0)
            let here = try await lab.actor("here", on: 1)
            for timeout in [Timeout.zero, .milliseconds(200)] {
                let began = ContinuousClock.now
                let error = await #expect(throws: SluiceError.self) {
                    _ = try await writing.createChannel(
                        "c", readers: ["here", "absent"], slotSize: 8, timeout: timeout)
                }
                #expect(error?.code == .unknownActor)
                #expect(error?.message.contains("absent") == true)
                #expect(error?.message.contains("here") == false)
                #expect(ContinuousClock.now - began < .seconds(10))
            }
            // Nothing half-made is in the way.
            _ = try await lab.actor("absent", on: 0)
            let writer = try await writing.createChannel("c", readers: ["here", "absent"], slotSize: 8)
            let reader = try await here.openReader("c")
            try await writer.write([1])
            #expect(try await reader.read(timeout: Self.patience) == [1])
        }
    }

    /// One ring for each node, however many readers are there.
    @Test func c23ReadersAreGroupedByNode() async throws {
        try await Lab.run(nodes: 3) { lab in
            let writing = try await lab.actor("w", on: 0)
            let places = ["a": 0, "b": 1, "c": 2, "d": 2, "e": 2]
            for (name, node) in places { _ = try await lab.actor(name, on: node) }
            let writer = try await writing.createChannel(
                "c", readers: places.keys.sorted(), slots: 4, slotSize: 100_000)
            let status = try await lab.cluster.waitForStatus("all nodes to answer") { status in
                status.nodes.allSatisfy { $0.agent != nil } && status.channels.first?.readers.count == 5
            }
            let readers = try #require(status.channels.first?.readers)
            for reader in readers {
                let place = try #require(places[reader.actor])
                #expect(reader.node == "node\(place + 1)")
                #expect(reader.route == (place == 0 ? .sameNode : .otherNode))
            }
            let used = status.nodes.sorted { $0.name < $1.name }.compactMap { $0.agent?.memoryUsed }
            #expect(used.count == 3)
            // Three readers take no more than one.
            #expect(used[2] == used[1])
            writer.close()
        }
    }

    /// One process: it writes and reads, on two nodes at once, several channels and graphs, by many threads.
    @Test func c24EveryProcessWritesAndReadsWhateverItLikes() async throws {
        try await Lab.run(nodes: 2) { lab in
            let workers = [try await lab.worker(on: 0), try await lab.worker(on: 0), try await lab.worker(on: 1)]
            let graphs = 4
            let values = 200
            // Each thread has a graph of its own: a ring of three actors, one of each worker, that pass a value round.
            var actors: [[SluiceActor]] = []
            for graph in 0..<graphs {
                var members: [SluiceActor] = []
                for (number, worker) in workers.enumerated() {
                    members.append(try await worker.register(actor: "g\(graph).\(number)"))
                }
                actors.append(members)
            }
            try await withThrowingTaskGroup { group in
                for (graph, members) in actors.enumerated() {
                    var (writers, readers): ([Writer], [Reader]) = ([], [])
                    for number in 0..<3 {
                        let next = members[(number + 1) % 3]
                        let name = "g\(graph).\(number)"
                        let member = members[number]
                        writers.append(try await member.createChannel(name, readers: [next.name], slotSize: 64))
                        readers.append(try await next.openReader(name))
                    }
                    let (out, back) = (writers, readers)
                    for number in 1..<3 {
                        group.addTask {
                            while let value = try await back[number - 1].read(timeout: Self.patience) {
                                try await out[number].write(value + [UInt8(number)], timeout: Self.patience)
                            }
                            out[number].close()
                        }
                    }
                    group.addTask {
                        for value in 0..<values {
                            try await out[0].write([UInt8(graph), UInt8(value)], timeout: Self.patience)
                            let found = try await back[2].read(timeout: Self.patience)
                            #expect(found == [UInt8(graph), UInt8(value), 1, 2])
                        }
                        out[0].close()
                        #expect(try await back[2].read(timeout: Self.patience) == nil)
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    /// One actor in several channels at once, as writer and as reader, also of the same other actor.
    @Test func c24AnActorHasManyChannels() async throws {
        try await Lab.run(nodes: 2) { lab in
            let (one, two) = (try await lab.actor("one", on: 0), try await lab.actor("two", on: 1))
            var (writers, readers): ([Writer], [Reader]) = ([], [])
            for number in 0..<10 {
                let (from, to) = number % 2 == 0 ? (one, two) : (two, one)
                writers.append(
                    try await from.createChannel("c\(number)", readers: [to.name, from.name], slots: 2, slotSize: 8))
                readers += [try await to.openReader("c\(number)"), try await from.openReader("c\(number)")]
            }
            for round in UInt8(0)..<20 {
                for (number, writer) in writers.enumerated() {
                    try await writer.write([round, UInt8(number)], timeout: Self.patience)
                }
                for (number, reader) in readers.enumerated() {
                    #expect(try await reader.read(timeout: Self.patience) == [round, UInt8(number / 2)])
                }
            }
        }
    }
}
