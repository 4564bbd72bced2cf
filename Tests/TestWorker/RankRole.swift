internal import ArgumentParser
internal import Foundation
internal import Sluice
internal import SluiceModel

/// One rank of a group: reduces the same elements again and again, and prints at its end what it got and sent.
struct RankRole: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "rank")

    @Argument var group: String
    @Option(name: .customLong("as")) var actor: String
    @Option(transform: { $0.split(separator: ",").map(String.init) }) var members: [String]
    @Option var count: Int
    /// Reductions; without it, until there is an error.
    @Option var rounds: Int?
    /// Destroy the group behind the last, rather than wait for SIGUSR1 before that.
    @Flag var destroy = false

    func run() throws {
        var told = sigset_t()
        unsafe sigemptyset(&told)
        unsafe sigaddset(&told, SIGUSR1)
        unsafe sigprocmask(SIG_BLOCK, &told, nil)
        let worker = try Worker.connect(to: nil)
        let one = try ChannelCommunicator.join(
            group, as: try worker.register(actor: actor), members: members, timeout: .seconds(60))
        var report = RankReport()
        do throws(SluiceError) {
            while report.rounds < rounds ?? .max {
                var values = RankElements.of(rank: one.rank, count: count)
                try one.allReduce(&values, timeout: .seconds(60))
                report.rounds += 1
                report.hash = RankElements.hash(values)
                say("at \(report.rounds)")
            }
        } catch { report.take(error) }
        report.take(one.statistics)
        if rounds != nil, !destroy {
            say("reduced")
            var signal: Int32 = 0
            unsafe sigwait(&told, &signal)
        }
        one.destroy()
        say(String(decoding: try JSONEncoder().encode(report), as: UTF8.self))
        worker.close()
    }
}

/// What a rank prints last, as JSON.
struct RankReport: Codable {
    var rounds = 0
    /// Of the bits of the last result.
    var hash: UInt64 = 0
    var payloadBytesSent: UInt64 = 0
    var bytesPublished: UInt64 = 0
    var segmentsSent: UInt64 = 0
    var code: String?
    var message: String?
    var actor: String?
    var node: String?
    var pid: Int32?

    mutating func take(_ error: SluiceError) {
        code = error.code.rawValue
        message = error.message
        actor = error.actor
        node = error.node
        pid = error.pid
    }

    mutating func take(_ statistics: CommunicatorStatistics) {
        payloadBytesSent = statistics.payloadBytesSent
        bytesPublished = statistics.bytesPublished
        segmentsSent = statistics.segmentsSent
    }
}

enum RankElements {
    static func of(rank: Int, count: Int) -> [Float] {
        (0..<count).map { index in
            let number: Int = index &* 2_654_435_761 &+ rank &* 40_503
            return Float(number & 0xfffff) * 0.001 - Float(rank)
        }
    }

    static func hash(_ values: [Float]) -> UInt64 {
        values.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1.bitPattern)) &* 0x100_0000_01b3 }
    }
}
