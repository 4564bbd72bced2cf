internal import ArgumentParser
internal import Coordinator
internal import Foundation
internal import SharedMemory
internal import SluiceModel

struct CoordinatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordinator",
        abstract: "Run the coordinator: it knows nodes, actors and channels, and never touches a value.",
        discussion: """
            One per cluster. It may be restarted at any time: running channels do not
            notice, and what it knows is in its store. When it listens it prints one line,
            "ready tcp://host:port", on standard output.

              sluice coordinator               # this host only, no keys
              sluice coordinator --bind tcp://10.0.0.1:7070 --keys keys/coordinator
            """)

    @Option(help: ArgumentHelp("Where agents reach it; port 0 takes any.", valueName: "tcp://host:port"))
    var bind = "tcp://127.0.0.1:7070"

    @Option(help: ArgumentHelp("SQLite file that it keeps its knowledge in.", valueName: "file"))
    var store = Paths.store

    @Option(help: ArgumentHelp("How long a node may be silent before it counts as lost.", valueName: "time"))
    var lease = Seconds(60)

    @OptionGroup var security: SecurityOptions
    @OptionGroup var logging: LogOptions

    func run() async throws {
        let termination = Termination()
        try Paths.makeParent(of: store)
        let service = CoordinatorService(options())
        try service.start()
        ResidentPages.letGoOfCode()
        Console.print("ready \(service.endpoint)")
        try await termination.serve("the coordinator") {
            try await service.waitUntilStopped()
        } stop: {
            service.stop()
        }
    }

    func options() -> CoordinatorOptions {
        var options = CoordinatorOptions()
        options.endpoint = bind
        options.store = store
        options.lease = lease.timeout
        // Agents must have several chances within a lease.
        options.heartbeat = Seconds(min(2, lease.value / 5)).timeout
        options.keys = security.directory
        options.isInsecure = security.insecure
        options.logger = logging.logger("coordinator")
        return options
    }
}
