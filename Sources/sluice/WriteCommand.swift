internal import ArgumentParser
internal import Foundation
internal import Sluice
internal import SluiceModel

struct WriteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "write",
        abstract: "Publish a file, or standard input, as a channel.",
        discussion: """
            The bytes travel as values of the slot size; the last one is shorter, and so is
            what a pipe has said before it pauses. Readers may come later: the writer waits
            for each of them, --timeout long for the first sign of it, then as long as it
            takes. When all has been published the stream ends in order, and readers that
            have read it all end with 0.

              sluice write news --readers bob,carol FILE
              tar c data | sluice write backup --readers store

            Interrupted, it does not end the stream: readers get what was published and
            then an error, so that half a file is never taken for a whole one.
            """)

    @Argument(help: "The channel's name; no open channel may have it.")
    var channel: String

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("The actors that read it, on whichever nodes; commas between them.", valueName: "a,b"),
        transform: { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) })
    var readers: [[String]]

    @Argument(help: ArgumentHelp("What to publish; - is standard input.", valueName: "file"))
    var file = "-"

    @Option(
        name: .customLong("as"), help: ArgumentHelp("The writing actor (default: CHANNEL.writer).", valueName: "name"))
    var actor: String?

    @Option(help: ArgumentHelp("Values that may be unread at once.", valueName: "n"))
    var slots = 16

    @Option(help: ArgumentHelp("Bytes of one value.", valueName: "size"))
    var slotSize = ByteSize(1 << 20)

    @Option(help: ArgumentHelp("How long to wait for the readers' actors to be known.", valueName: "time"))
    var timeout = Seconds(60)

    @OptionGroup var stream: StreamOptions
    @OptionGroup var agent: AgentAddress

    func run() throws {
        try checkNames()
        let source = try InputFile(file)
        let worker = try Worker.connect(to: agent.value, timeout: StreamOptions.connectTimeout)
        let actor = try worker.register(actor: actor ?? "\(channel).writer")
        let writer = try actor.createChannel(
            channel, readers: readers.flatMap { $0 }, slots: slots, slotSize: slotSize.bytes, timeout: timeout.timeout)
        var progress = Progress(isQuiet: stream.quiet)
        while let count = try publish(from: source, to: writer) { progress.add(count) }
        writer.close()
        progress.finish()
        try stream.record(progress, role: "write", channel: channel, actor: actor)
        worker.close()
    }

    /// What is wrong on the command line is said before anything is opened or connected.
    private func checkNames() throws(SluiceError) {
        var names: [ActorName] = []
        for reader in readers.flatMap({ $0 }) { names.append(try ActorName(reader)) }
        _ = try ChannelSpec(
            id: .random(), name: try ChannelName(channel), writer: try ActorName(actor ?? "writer"), readers: names,
            slots: slots, slotSize: slotSize.bytes)
    }

    /// Reads straight into the slot; nil at the end of the input.
    private func publish(from source: borrowing InputFile, to writer: Writer) throws -> Int? {
        var loan = try writer.loan()
        let count = try unsafe loan.withUnsafeMutableBytes { slot in try unsafe source.fill(slot) }
        guard count > 0 else { return nil }
        try loan.publish(count: count)
        return count
    }
}
