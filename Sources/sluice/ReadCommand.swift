internal import ArgumentParser
internal import Foundation
internal import Sluice
internal import SluiceModel

struct ReadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "read",
        abstract: "Read a channel to a file, or to standard output.",
        discussion: """
            It may be started before the channel exists. It ends with 0 at the end of the
            stream, and with 1 if the writer died before: what it had published is written
            then, but it is not the whole.

              sluice read news --as bob --output copy
              sluice read backup --as store | tar x
            """)

    @Argument(help: "The channel's name.")
    var channel: String

    @Option(
        name: .customLong("as"),
        help: ArgumentHelp("The reading actor, one of those that the writer names.", valueName: "name"))
    var actor: String

    @Option(help: ArgumentHelp("Where to put the bytes; - is standard output.", valueName: "file"))
    var output = "-"

    @Option(help: ArgumentHelp("How long to wait for the channel to be created.", valueName: "time"))
    var timeout = Seconds(60)

    @OptionGroup var stream: StreamOptions
    @OptionGroup var agent: AgentAddress

    func run() throws {
        _ = (try ChannelName(channel), try ActorName(actor))
        let worker = try Worker.connect(to: agent.value, timeout: StreamOptions.connectTimeout)
        let actor = try worker.register(actor: actor)
        let reader = try actor.openReader(channel, timeout: timeout.timeout)
        let route = try stream.route(of: actor.name, channel: channel, worker: worker)
        let sink = try OutputFile(output)
        var progress = Progress(isQuiet: stream.quiet)
        while let lease = try reader.lease() {
            let count = try unsafe lease.withUnsafeBytes { value in
                try unsafe sink.write(value)
                return value.count
            }
            lease.release()
            progress.add(count)
        }
        try sink.close()
        progress.finish()
        try stream.record(progress, role: "read", channel: channel, actor: actor, route: route)
        reader.close()
        worker.close()
    }
}
