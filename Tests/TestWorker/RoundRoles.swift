internal import ArgumentParser
internal import Foundation
internal import Sluice
internal import SluiceModel

/// What every channel's item of every round is: a function of the seed, so that each process makes the same model.
struct ModelRounds {
    let seed: UInt64

    enum Item {
        case value([UInt8])
        case failure(String)
    }

    func item(_ round: UInt64, _ channel: Int) -> Item {
        let dice = Self.mix(seed ^ Self.mix(round &* 64 &+ UInt64(channel)))
        if dice % 40 == 0 { return .failure("\(channel) in \(round)") }
        return .value((0..<Int(dice >> 32 % 200)).map { UInt8(truncatingIfNeeded: Int(dice >> 8) &+ $0) })
    }

    func timeout(_ call: UInt64) -> Timeout {
        switch Self.mix(seed &+ call) % 3 {
        case 0: .zero
        case 1: .microseconds(300)
        default: .milliseconds(20)
        }
    }

    /// splitmix64
    static func mix(_ x: UInt64) -> UInt64 {
        var z = x &+ 0x9e37_79b9_7f4a_7c15
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// Writes rounds to several channels, until it is killed or has written as many as it was told to.
struct RoundWriteRole: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "write-rounds")

    @Argument var channel: String
    @Option var channels: Int
    @Option(transform: { $0.split(separator: ",").map(String.init) }) var readers: [String]
    @Option var seed: UInt64
    @Option var count = UInt64.max

    func run() throws {
        let worker = try Worker.connect(to: nil)
        let actor = try worker.register(actor: "\(channel).writer")
        let writer = try MultiWriter(
            (0..<channels).map { try actor.createChannel("\(channel)\($0)", readers: readers, slots: 4, slotSize: 512) }
        )
        let model = ModelRounds(seed: seed)
        var (round, call) = (UInt64(0), UInt64(0))
        while round < count {
            let items = (0..<channels).map { index -> ChannelItem<[UInt8]> in
                switch model.item(round, index) {
                case .value(let bytes): .value(bytes)
                case .failure(let message): .failure(ApplicationFailure(kind: "Model", message: message))
                }
            }
            call += 1
            do throws(SluiceError) {
                try writer.write(items: items, timeout: model.timeout(call))
                round += 1
            } catch { guard error.code == .timedOut else { throw error } }
        }
        writer.close()
        say("wrote \(round)")
        worker.close()
    }
}

/// Reads rounds of several channels and compares each with the model.
struct RoundReadRole: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "read-rounds")

    @Argument var channel: String
    @Option(name: .customLong("as")) var actor: String
    @Option var channels: Int
    @Option var seed: UInt64

    func run() throws {
        let worker = try Worker.connect(to: nil)
        let actor = try worker.register(actor: actor)
        let reader = try MultiReader(
            (0..<channels).map { try actor.openReader("\(channel)\($0)", timeout: .seconds(60)) })
        let model = ModelRounds(seed: seed)
        var (report, call) = (Report(), UInt64(actor.name.utf8.reduce(0) { $0 &* 31 &+ Int($1) }))
        while report.end.isEmpty {
            call += 1
            do throws(SluiceError) {
                guard let round = try reader.read(timeout: model.timeout(call)) else {
                    report.end = "closed"
                    break
                }
                try compare(round.map { .value($0) }, report.count, model)
            } catch {
                if error.code == .timedOut { continue }
                if error.code == .application {
                    report.message = complaint(error.message, report.count, model)
                } else {
                    report.end = error.code.rawValue
                    report.message = "\(error)"
                    break
                }
                if report.message != nil { report.end = "corrupted" }
            }
            report.count += 1
            if report.count % 100 == 0 { say("at \(report.count)") }
        }
        say(String(decoding: try JSONEncoder().encode(report), as: UTF8.self))
        worker.close()
    }

    private func compare(_ found: [ModelRounds.Item], _ round: UInt64, _ model: ModelRounds) throws(SluiceError) {
        for (index, item) in found.enumerated() {
            guard case .value(let bytes) = item, case .value(let wanted) = model.item(round, index), bytes == wanted
            else {
                throw SluiceError(.corrupted, "round \(round), channel \(index): not what was written", sequence: round)
            }
        }
    }

    /// An error must be one of this round's.
    private func complaint(_ message: String, _ round: UInt64, _ model: ModelRounds) -> String? {
        let isForeseen = (0..<channels).contains { index in
            if case .failure(message) = model.item(round, index) { true } else { false }
        }
        return isForeseen ? nil : "round \(round): an error \"\(message)\" that is not of this round"
    }
}
