import Sluice
import SluiceModel
import SluiceTesting
import Testing

extension MultiProcess {
    struct Names {
        @Test func aClosedChannelsNameIsFreeAgain() async throws {
            try await withCleanCluster(nodes: 2) { cluster in
                for round in UInt64(1)...5 {
                    let stream = Stream("news", count: 100 * round)
                    let reader = try await cluster.nodes[1].read(stream, as: "bob")
                    let writer = try await cluster.nodes[0].write(stream, to: ["bob"])
                    try await reader.expectAll(100 * round)
                    try await writer.waitForSuccess()
                }
            }
        }

        /// Readers that ask for the next channel of a name while the last one's rings are just being taken down.
        @Test func aNameThatIsUsedAgainAtOnceFindsItsReaders() async throws {
            let rounds = 200
            try await withCleanCluster(nodes: 2) { cluster in
                let (here, there) = (try await cluster.nodes[0].worker(), try await cluster.nodes[1].worker())
                defer {
                    here.close()
                    there.close()
                }
                let alice = try await here.register(actor: "alice")
                let readers = [try await here.register(actor: "bob"), try await there.register(actor: "carol")]
                try await withThrowingTaskGroup { group in
                    group.addTask {
                        for round in 0..<rounds {
                            let writer = try await alice.createChannel(
                                "news", readers: ["bob", "carol"], slotSize: 8, timeout: .seconds(20))
                            try await writer.write([UInt8(round)])
                            writer.close()
                        }
                    }
                    for reader in readers {
                        group.addTask {
                            var round = 0
                            while round < rounds {
                                let opened = try await reader.openReader("news", timeout: .seconds(20))
                                // One that has had its value may find the channel again before its end is known.
                                if let value = try await opened.read() {
                                    #expect(value == [UInt8(round)], "\(reader.name)")
                                    if value != [UInt8(round)] { return }
                                    round += 1
                                }
                                opened.close()
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }

        @Test func c2NamesInUseAreTaken() async throws {
            try await withCleanCluster(nodes: 2) { cluster in
                let (here, there) = (try await cluster.nodes[0].worker(), try await cluster.nodes[1].worker())
                defer {
                    here.close()
                    there.close()
                }
                let actor = try await here.register(actor: "alice")
                _ = try await there.register(actor: "bob")
                let twice = await #expect(throws: SluiceError.self) { _ = try await there.register(actor: "alice") }
                #expect(twice?.code == .nameTaken)
                let writer = try await actor.createChannel("news", readers: ["bob"], slotSize: 8)
                let again = await #expect(throws: SluiceError.self) {
                    _ = try await actor.createChannel("news", readers: ["bob"], slotSize: 8)
                }
                #expect(again?.code == .nameTaken)
                #expect(again?.channel == "news")
                writer.close()
            }
        }

        @Test func twoAgentsCannotBeOneNode() async throws {
            try await withCleanCluster(nodes: 1) { cluster in
                let second = try await cluster.nodes[0].sluice(
                    "agent", "--node", "node1", "--socket", cluster.file("second.sock"), "--coordinator",
                    cluster.coordinatorEndpoint)
                try await waitUntil("the second agent to be refused") {
                    second.errors.contains("node1") && (second.exit != nil || second.errors.contains("taken"))
                }
                try await second.kill()
                let stream = Stream("news", count: 100)
                let reader = try await cluster.nodes[0].read(stream, as: "bob")
                let writer = try await cluster.nodes[0].write(stream, to: ["bob"])
                try await reader.expectAll(100)
                try await writer.waitForSuccess()
            }
        }

        @Test func twoAgentsCannotHaveOneSocket() async throws {
            try await withCleanCluster(nodes: 1) { cluster in
                let second = try await cluster.nodes[0].sluice(
                    "agent", "--node", "other", "--socket", String(cluster.nodes[0].address.dropFirst("unix://".count)),
                    "--coordinator", cluster.coordinatorEndpoint)
                #expect(try await second.wait() == .code(1))
                #expect(second.errors.contains("node1.sock"))
                try await cluster.waitUntilAlive()
            }
        }

        @Test func c2UnknownActorsAndChannelsAreNamed() async throws {
            try await withCleanCluster(nodes: 1) { cluster in
                let worker = try await cluster.nodes[0].worker()
                defer { worker.close() }
                let actor = try await worker.register(actor: "alice")
                let nobody = await #expect(throws: SluiceError.self) {
                    _ = try await actor.createChannel(
                        "news", readers: ["nobody"], slotSize: 8, timeout: .milliseconds(100))
                }
                #expect(nobody?.code == .unknownActor)
                #expect(nobody?.message.contains("nobody") == true)
                let nothing = await #expect(throws: SluiceError.self) {
                    _ = try await actor.openReader("nothing", timeout: .milliseconds(100))
                }
                #expect(nothing?.code == .unknownChannel)
                #expect(nothing?.message.contains("nothing") == true)
            }
        }
    }
}
