import Foundation
import Sluice
import SluiceModel
import SluiceTesting
import Testing

extension MultiProcess {
    struct Communicators {
        /// 1 MiB and a little, four ranks: the same bits everywhere, and no byte more than it takes.
        @Test(arguments: [1, 2, 3]) func c16ProcessesOnSeveralNodesReduceToTheSameBits(nodes: Int) async throws {
            try await withCleanCluster(nodes: nodes) { cluster in
                let count = (1 << 18) + 5
                let ranks = try await cluster.ranks(4, count: count, extra: ["--rounds", "1"])
                for rank in ranks { try await rank.says("reduced") }
                let channels = try await cluster.waitForStatus("every agent to answer") { status in
                    status.channels.filter(\.isOfRing).count == 4
                        && status.channels.allSatisfy { !$0.isOfRing || $0.published != nil }
                }.channels.filter(\.isOfRing)
                var segments: UInt64 = 0
                for rank in ranks {
                    try rank.signal(SIGUSR1)
                    let found = try await rank.rankReport()
                    #expect(found.code == nil)
                    #expect(found.hash == expectedHash(ranks: 4, count: count))
                    #expect(Double(found.bytesPublished) <= 2.0 * 3 / 4 * Double(count * 4) * 1.01)
                    segments += found.segmentsSent
                }
                // As the agents count, and not the ranks themselves.
                let published = channels.reduce(0) { $0 + ($1.published ?? 0) }
                #expect(published == segments)
                let most = channels.reduce(0) { $0 + Double($1.published ?? 0) * Double($1.slotSize) }
                #expect(most <= 2.0 * 3 * Double(count * 4) * 1.01 + 4 * 2 * Double(128 << 10) * 3)
            }
        }

        @Test func c16BetweenTwoNodesNoByteMoreThanItTakes() async throws {
            try await withCleanCluster(nodes: 2) { cluster in
                let count = 1 << 20
                let before = try await cluster.bytesSent()
                let ranks = try await cluster.ranks(2, count: count, extra: ["--rounds", "4"])
                for rank in ranks { try await rank.says("reduced") }
                let sent = zip(try await cluster.bytesSent(), before).map { $0 - $1 }
                for rank in ranks {
                    try rank.signal(SIGUSR1)
                    #expect(try await rank.rankReport().hash == expectedHash(ranks: 2, count: count))
                }
                // Of two ranks each sends as much as there is.
                for bytes in sent {
                    #expect(bytes >= UInt64(4 * count * 4))
                    #expect(Double(bytes) <= Double(4 * count * 4) * 1.01)
                }
            }
        }

        @Test(arguments: [0, 1, 2]) func c16AKilledRankIsNamedToAllOthers(victim: Int) async throws {
            try await withCleanCluster(nodes: 2) { cluster in
                let ranks = try await cluster.ranks(3, count: 100_000)
                for rank in ranks { try await rank.reads(past: 10) }
                let pid = ranks[victim].pid
                try await ranks[victim].kill()
                for (number, rank) in ranks.enumerated() where number != victim {
                    let found = try await rank.rankReport(within: .seconds(20))
                    #expect(found.code == "writerDied", "\(found)")
                    #expect(found.actor == "g.\(victim)")
                    #expect(found.node == "node\(victim % 2 + 1)")
                    #expect(found.pid == pid)
                    #expect(found.message?.contains("rank \(victim) (actor g.\(victim)") == true, "\(found)")
                }
            }
        }

        @Test func c16DestroyReachesEveryNode() async throws {
            try await withCleanCluster(nodes: 3) { cluster in
                let ranks = try await cluster.ranks(
                    3, count: 10_000, extra: { $0 == 0 ? ["--rounds", "20", "--destroy"] : [] })
                let first = try await ranks[0].rankReport()
                #expect(first.code == nil)
                for rank in ranks.dropFirst() {
                    let found = try await rank.rankReport(within: .seconds(20))
                    #expect(found.code == "destroyed", "\(found)")
                    #expect(found.actor == "g.0" && found.node == "node1" && found.pid == ranks[0].pid)
                    // What rank 0 had a part in is complete, and nothing beyond.
                    #expect(found.rounds == 20)
                    #expect(found.hash == first.hash)
                }
            }
        }

        @Test func c16AGroupsNameIsUsedAgain() async throws {
            try await withCleanCluster(nodes: 2) { cluster in
                let members = ["a", "b"]
                let workers = [try await cluster.nodes[0].worker(), try await cluster.nodes[1].worker()]
                let actors = [
                    try await workers[0].register(actor: "a"), try await workers[1].register(actor: "b"),
                ]
                for round in 0..<4 {
                    // Somebody came too early, and gave up.
                    let early = await #expect(throws: SluiceError.self) {
                        try await ChannelCommunicator.join(
                            "g", as: actors[round % 2], members: members, timeout: .milliseconds(200))
                    }
                    #expect(early?.code == .timedOut)
                    #expect(early?.actor == members[1 - round % 2])
                    async let first = ChannelCommunicator.join("g", as: actors[0], members: members)
                    async let second = ChannelCommunicator.join("g", as: actors[1], members: members)
                    let (one, two) = (try await first, try await second)
                    let taken = await #expect(throws: SluiceError.self) {
                        try await ChannelCommunicator.join("g", as: actors[0], members: members)
                    }
                    #expect(taken?.code == .nameTaken)
                    async let sum = reduced(1, one)
                    async let other = reduced(10, two)
                    #expect(try await sum == 11)
                    #expect(try await other == 11)
                    one.destroy()
                    let over = await #expect(throws: SluiceError.self) { try await two.barrier() }
                    #expect(over?.code == .destroyed)
                    two.destroy()
                }
                for worker in workers { worker.close() }
            }
        }
    }
}

private func reduced(_ value: Int32, _ one: ChannelCommunicator) async throws -> Int32 {
    var values = [value]
    try await one.allReduce(&values)
    return values[0]
}

/// What the rank role prints at its end.
struct RankReport: Codable, Hashable, Sendable {
    var rounds: Int
    var hash: UInt64
    var payloadBytesSent: UInt64
    var bytesPublished: UInt64
    var segmentsSent: UInt64
    var code: String?
    var message: String?
    var actor: String?
    var node: String?
    var pid: Int32?
}

extension Cluster {
    /// Starts the ranks of group g, spread over the nodes.
    fileprivate func ranks(
        _ number: Int, count: Int, extra: (Int) -> [String] = { _ in [] }
    ) async throws -> [ChildProcess] {
        let members = (0..<number).map { "g.\($0)" }
        var ranks: [ChildProcess] = []
        for (rank, actor) in members.enumerated() {
            ranks.append(
                try await nodes[rank % nodes.count].run(
                    try Executables.find("TestWorker"),
                    ["rank", "g", "--as", actor, "--members", members.joined(separator: ","), "--count", "\(count)"]
                        + extra(rank)))
        }
        return ranks
    }

    fileprivate func ranks(_ number: Int, count: Int, extra: [String]) async throws -> [ChildProcess] {
        try await ranks(number, count: count, extra: { _ in extra })
    }

    /// Payload bytes that each agent has sent to others.
    fileprivate func bytesSent() async throws -> [UInt64] {
        let status = try await waitForStatus("every agent to answer") { $0.nodes.allSatisfy { $0.agent != nil } }
        return status.nodes.sorted { $0.name < $1.name }.compactMap { $0.agent?.bytesSent }
    }
}

extension ChannelStatus {
    fileprivate var isOfRing: Bool { name.hasPrefix("communicator/g/ring/") }
}

extension ChildProcess {
    fileprivate func says(_ word: String) async throws {
        try await waitUntil("\(label) to say \(word)", within: .seconds(60)) { [self] in
            if let exit { throw SluiceError(.system, "it ended with \(exit): \(output)\(errors)") }
            return output.split(separator: "\n").contains { $0 == word }
        }
    }

    fileprivate func rankReport(within timeout: Timeout = .seconds(60)) async throws -> RankReport {
        try await waitForSuccess(within: timeout)
        let line = try #require(output.split(separator: "\n").last)
        return try JSONDecoder().decode(RankReport.self, from: Data(line.utf8))
    }
}

/// Of the result, worked out one element after the other: block b begins with rank b and goes round.
private func expectedHash(ranks n: Int, count: Int) -> UInt64 {
    let inputs = (0..<n).map { rank in (0..<count).map { element($0, rank: rank) } }
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    var index = 0
    for block in 0..<n {
        for _ in 0..<count / n + (block < count % n ? 1 : 0) {
            var sum = inputs[block][index]
            for step in 1..<n { sum += inputs[(block + step) % n][index] }
            hash = (hash ^ UInt64(sum.bitPattern)) &* 0x100_0000_01b3
            index += 1
        }
    }
    return hash
}

private func element(_ index: Int, rank: Int) -> Float {
    let number: Int = index &* 2_654_435_761 &+ rank &* 40_503
    return Float(number & 0xfffff) * 0.001 - Float(rank)
}
