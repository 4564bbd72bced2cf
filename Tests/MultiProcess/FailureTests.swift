import Foundation
import Sluice
import SluiceModel
import SluiceTesting
import Testing

extension MultiProcess {
    /// What has been seen to fail in other systems of this kind, shown not to happen.
    struct Failures {
        private static let patience = Timeout.seconds(30)

        /// Closed by either end, or with its process, while its bytes are on their way in both directions.
        @Test func f1AgentsSurviveChannelsClosedUnderTransfer() async throws {
            try await withCleanCluster(nodes: 2) { cluster in
                let pids = cluster.nodes.map(\.pid)
                for round in 0..<8 {
                    let (here, there) = (cluster.nodes[round % 2], cluster.nodes[1 - round % 2])
                    let stream = Stream("big\(round)", slots: 4, slotSize: 4 << 20, lengths: "full")
                    let reader = try await there.read(stream, as: "\(stream.channel).reader", extra: ["--every", "1"])
                    let writer = try await here.write(stream, to: ["\(stream.channel).reader"])
                    try await reader.reads(past: UInt64(round % 3))
                    switch round % 4 {
                    case 0: try await reader.kill()
                    case 1: try await writer.kill()
                    case 2: _ = try await writer.finish()
                    default:
                        async let first: Void = reader.kill()
                        async let second: Void = writer.kill()
                        _ = try await (first, second)
                    }
                    try await finish(writer, reader)
                }
                #expect(cluster.nodes.map(\.pid) == pids)
                try await cluster.waitForStatus("no channel to be left") { $0.channels.isEmpty }
                try await deliver(cluster, "after")
                #expect(cluster.nodes.map(\.pid) == pids)
            }
        }

        /// Whichever of the two still runs comes to its end.
        private func finish(_ writer: ChildProcess, _ reader: ChildProcess) async throws {
            if writer.exit == nil { _ = try await writer.finish(within: .seconds(20)) }
            if reader.exit == nil { _ = try await reader.report(within: .seconds(20)) }
        }

        /// It holds a value, its ring is full, and its writer waits for it.
        @Test(arguments: [0, 1]) func f3AReaderKilledWithAValueInHandWedgesNobody(place: Int) async throws {
            try await withCleanCluster(nodes: 2) { cluster in
                let stream = Stream("news", rate: 10_000)
                let victim = try await cluster.nodes[place].read(stream, as: "victim", extra: ["--hold-at", "100"])
                let others = [
                    try await cluster.nodes[0].read(stream, as: "near"),
                    try await cluster.nodes[1].read(stream, as: "far"),
                ]
                let writer = try await cluster.nodes[0].write(stream, to: ["victim", "near", "far"])
                try await cluster.waitForStatus("the writer to be held back") { status in
                    status.channels.first?.heldBackBy.map(\.actor) == ["victim"]
                }
                try await victim.kill()
                for reader in others { try await reader.reads(more: 10_000) }
                let count = try await writer.finish()
                for reader in others { try await reader.expectAll(count) }
            }
        }

        /// As the kernel counts it, while nothing comes: every thread of readers, writer and agents together.
        @Test func f4IdleReadersUseNoProcessor() async throws {
            try await withCleanCluster(nodes: 2) { cluster in
                let worker = try await cluster.nodes[0].worker()
                defer { worker.close() }
                let writing = try await worker.register(actor: "w")
                var readers: [ChildProcess] = []
                for number in 0..<4 {
                    let stream = Stream("c", slotSize: 64)
                    readers.append(try await cluster.nodes[number % 2].read(stream, as: "r\(number)"))
                }
                let writer = try await writing.createChannel("c", readers: (0..<4).map { "r\($0)" }, slotSize: 64)
                for reader in readers {
                    try await waitUntil("\(reader.label) to be open") { reader.output.contains("opened") }
                }
                // The clock of what follows: a read of a channel that nobody writes.
                _ = try await worker.register(actor: "clock")
                let idle = try await worker.register(actor: "idle")
                let quiet = try await writing.createChannel("quiet", readers: ["idle"], slotSize: 8)
                let clock = try await idle.openReader("quiet")
                let processes = readers.map(\.pid) + cluster.nodes.compactMap(\.pid)
                // What has just begun settles first.
                try await settle(clock, .milliseconds(500))
                let before = try processes.map(ticks)
                try await settle(clock, .seconds(2))
                let used = zip(try processes.map(ticks), before).map { $0 - $1 }
                // In hundredths of a second, of two hundred: agents have their heartbeats.
                for (number, ticks) in used.enumerated() {
                    #expect(ticks <= (number < readers.count ? 2 : 10), "process \(number): \(used)")
                }
                writer.close()
                quiet.close()
                for reader in readers { try await reader.expectAll(0) }
            }
        }

        private func settle(_ clock: Reader, _ time: Timeout) async throws {
            let late = await #expect(throws: SluiceError.self) { _ = try await clock.read(timeout: time) }
            #expect(late?.code == .timedOut)
        }

        /// Of a process, user and system.
        private func ticks(_ pid: Int32) throws -> Int {
            let text = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
            let fields = text[try #require(text.lastIndex(of: ")"))...].split(separator: " ")
            return try #require(Int(fields[12])) + #require(Int(fields[13]))
        }

        /// The agent of either end, or the coordinator, is killed while a creation is under way: it completes.
        @Test(arguments: 0..<3) func f5ACreationOutlivesALostAnswer(victim: Int) async throws {
            try await withCleanCluster(nodes: 2) { cluster in
                let services: [Service] = [cluster.nodes[0], cluster.nodes[1], cluster.coordinator]
                let (here, there) = (try await cluster.nodes[0].worker(), try await cluster.nodes[1].worker())
                defer {
                    here.close()
                    there.close()
                }
                let writing = try await here.register(actor: "w")
                let early = try await there.register(actor: "early")
                let creation = Task {
                    try await writing.createChannel("c", readers: ["early", "late"], timeout: Self.patience)
                }
                let opening = Task { try await early.openReader("c", timeout: Self.patience) }
                try await cluster.waitForStatus("the creation to be under way") { status in
                    status.channels.map(\.state) == ["creating"]
                }
                try await services[victim].kill()
                let late = Task { try await there.register(actor: "late", timeout: Self.patience) }
                try await services[victim].start()
                let writer = try await creation.value
                let readers = [
                    try await opening.value, try await late.value.openReader("c", timeout: Self.patience),
                ]
                for number in UInt8(0)..<20 {
                    try await writer.write([number], timeout: Self.patience)
                    for reader in readers { #expect(try await reader.read(timeout: Self.patience) == [number]) }
                }
            }
        }

        /// Killed at any moment of a creation: that ends in time, with a channel or with an error after which the same
        /// call succeeds.
        @Test(arguments: 0..<2) func f5ACallWhoseAnswerIsLostMayBeMadeAgain(victim: Int) async throws {
            try await withCleanCluster(nodes: 2) { cluster in
                let services: [Service] = [cluster.nodes[0], cluster.coordinator]
                let (here, there) = (try await cluster.nodes[0].worker(), try await cluster.nodes[1].worker())
                defer {
                    here.close()
                    there.close()
                }
                let writing = try await here.register(actor: "w")
                let reading = try await there.register(actor: "r")
                for round in 0..<6 {
                    let name = "c\(round)"
                    let creation = Task { try await create(name, writing) }
                    if round % 2 == 0 { await Task.yield() }
                    try await services[victim].kill()
                    try await services[victim].start()
                    let writer = try await creation.value
                    let reader = try await reading.openReader(name, timeout: Self.patience)
                    try await writer.write([UInt8(round)], timeout: Self.patience)
                    #expect(try await reader.read(timeout: Self.patience) == [UInt8(round)])
                    writer.close()
                    #expect(try await reader.read(timeout: Self.patience) == nil)
                }
            }
        }

        private func create(_ name: String, _ actor: SluiceActor) async throws -> Writer {
            do throws(SluiceError) {
                return try await actor.createChannel(name, readers: ["r"], slotSize: 64, timeout: Self.patience)
            } catch {
                guard [.agentUnavailable, .coordinatorUnavailable, .timedOut].contains(error.code) else { throw error }
                return try await actor.createChannel(name, readers: ["r"], slotSize: 64, timeout: Self.patience)
            }
        }

        /// The coordinator has no part in a growth, and the agents ask again for what they have not heard.
        @Test func f5AGrowthOutlivesTheCoordinator() async throws {
            try await withCleanCluster(nodes: 2) { cluster in
                let stream = Stream("news", slots: 16, slotSize: 64, lengths: "growing", rate: 400)
                let reader = try await cluster.nodes[1].read(stream, as: "far", extra: ["--every", "10"])
                let writer = try await cluster.nodes[0].write(stream, to: ["far"])
                try await reader.reads(past: 69)
                try await cluster.coordinator.kill()
                try await reader.reads(past: 549)
                try await cluster.coordinator.start()
                try await reader.expectAll(try await writer.finish())
            }
        }

        // MARK: Growth leaves nothing

        /// What a process has, as the kernel sees it.
        private struct Belongings: Hashable, CustomStringConvertible {
            var threads: Int
            var memfds: Int
            /// Mappings of values' memory.
            var payloads: Int
            var description: String { "\(threads) threads, \(memfds) memfds, \(payloads) payloads" }

            init(_ pid: Int32) throws {
                threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task").count
                memfds = Leftovers.memfds(of: pid)
                payloads = Leftovers.payloads(of: pid)
            }
        }

        /// Agents, and the processes of the writer and of a reader on each node, before and after 20 growths.
        @Test func f6GrowthLeavesNoThreadAndNoBuffer() async throws {
            try await withCleanCluster(nodes: 2) { cluster in
                let agents = try cluster.nodes.map { try #require($0.pid) }
                let worker = try await cluster.nodes[0].worker()
                defer { worker.close() }
                let alice = try await worker.register(actor: "alice")
                let processes = [
                    try await cluster.nodes[0].drain("c", as: "near"), try await cluster.nodes[1].drain("c", as: "far"),
                ]
                let writer = try await alice.createChannel(
                    "c", readers: ["near", "far"], slots: 2, slotSize: 1, timeout: Self.patience)
                for growth in 0...2 { try await write(1 << growth, to: writer, processes) }
                let pids = agents + processes.map(\.pid)
                let before = try pids.map(Belongings.init)
                let own = Leftovers.memfds(of: getpid())
                for growth in 3...22 { try await write(1 << growth, to: writer, processes) }
                #expect(writer.slotSize >= 1 << 22)
                #expect(try await cluster.status().channels.first?.generation ?? 0 >= 20)
                try await waitUntil("all to be as before: \(before)", within: Self.patience) {
                    try pids.map(Belongings.init)
                } satisfies: { after in
                    // A pool's threads come and go; there are never more for having grown. Of each process's one ring
                    // one generation is left.
                    zip(after, before).allSatisfy { after, before in
                        after.threads <= before.threads && after.memfds <= before.memfds && after.payloads == 1
                    }
                }
                #expect(Leftovers.memfds(of: getpid()) <= own)
                // One generation each: two slots, and what a ring has besides.
                let used = try await cluster.status().nodes.compactMap { $0.agent?.memoryUsed }
                #expect(used.count == 2)
                for bytes in used { #expect(bytes <= UInt64(2 * (writer.slotSize + 4096) + 65_536)) }
                writer.close()
                for process in processes { try await process.waitForSuccess() }
            }
        }

        /// Until everyone has read it.
        private func write(_ size: Int, to writer: Writer, _ readers: [ChildProcess]) async throws {
            try await writer.write([UInt8](repeating: 7, count: size), timeout: Self.patience)
            let count = writer.published
            for reader in readers { try await reader.reads(past: count - 1) }
        }

        // MARK: A driver and its actors

        /// One channel from the driver to four actors of another node, and one back from each.
        @Test(arguments: [false, true]) func f10ADriverAndFourActorsOfAnotherNode(keys: Bool) async throws {
            try await withCleanCluster(nodes: 2, keys: keys) { cluster in
                let pids = cluster.nodes.map(\.pid)
                let worker = try await cluster.nodes[0].worker()
                defer { worker.close() }
                let driver = try await worker.register(actor: "driver")
                let names = (0..<4).map { "actor\($0)" }
                var actors: [ChildProcess] = []
                for name in names {
                    actors.append(
                        try await cluster.nodes[1].run(
                            try Executables.find("TestWorker"),
                            ["echo", "out", "--as", name, "--to", "driver", "--back", "\(name).back"]))
                }
                let out = try await driver.createChannel(
                    "out", readers: names, slotSize: 100_000, timeout: Self.patience)
                var backs: [Reader] = []
                for name in names {
                    backs.append(try await driver.openReader("\(name).back", timeout: Self.patience))
                }
                for step in 0..<200 {
                    let size = [0, 1, 100, 100_000, 300_000][step % 5]
                    let value = [UInt8](repeating: UInt8(step), count: size)
                    try await out.write(value, timeout: Self.patience)
                    for back in backs { #expect(try await back.read(timeout: Self.patience) == value) }
                }
                out.close()
                for back in backs { #expect(try await back.read(timeout: Self.patience) == nil) }
                for actor in actors { try await actor.waitForSuccess() }
                #expect(cluster.nodes.map(\.pid) == pids)
            }
        }

        private func deliver(_ cluster: Cluster, _ channel: String) async throws {
            let stream = Stream(channel, count: 1000)
            let reader = try await cluster.nodes[1].read(stream, as: "\(channel).reader")
            let writer = try await cluster.nodes[0].write(stream, to: ["\(channel).reader"])
            try await reader.expectAll(1000)
            try await writer.waitForSuccess()
        }
    }
}

extension Node {
    /// Starts a process that reads a channel of any values, and says after each how far it is.
    func drain(_ channel: String, as actor: String) async throws -> ChildProcess {
        try await run(
            try Executables.find("TestWorker"), ["read", channel, "--as", actor, "--lengths", "any", "--every", "1"])
    }
}
