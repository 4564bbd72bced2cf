internal import ArgumentParser
internal import Sluice
internal import SluiceModel

/// Writes back what it reads, to another actor, until the end of the stream.
struct EchoRole: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "echo")

    @Argument var channel: String
    @Option(name: .customLong("as")) var actor: String
    @Option(name: .customLong("to")) var other: String
    @Option var back: String

    private static let patience = Timeout.seconds(60)

    func run() throws {
        let worker = try Worker.connect(to: nil)
        let actor = try worker.register(actor: actor)
        let writer = try actor.createChannel(back, readers: [other], slotSize: 1000, timeout: Self.patience)
        let reader = try actor.openReader(channel, timeout: Self.patience)
        while let value = try reader.read(timeout: Self.patience) { try writer.write(value, timeout: Self.patience) }
        writer.close()
        worker.close()
    }
}
