internal import ArgumentParser
internal import Foundation
internal import Sluice
internal import SluiceModel

/// Writes a little on one channel, then stays until it is killed, with all that it has open.
struct ChurnRole: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "churn")

    @Argument var channel: String
    @Option(name: .customLong("as")) var actor: String
    @Option var reader: String

    func run() throws {
        let worker = try Worker.connect(to: nil)
        let actor = try worker.register(actor: actor)
        let writer = try actor.createChannel(
            channel, readers: [reader], slots: 8, slotSize: 64 << 10, timeout: .seconds(30))
        for number in 0..<3 { try writer.write([UInt8(number)], timeout: .seconds(30)) }
        say("open")
        // It never is; but behind a loop without an end nothing would be kept for it.
        while pause() != 0 {}
        withExtendedLifetime((worker, writer)) {}
    }
}
