internal import Agent
internal import ArgumentParser
internal import Foundation
internal import SluiceModel

struct AgentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent",
        abstract: "Run this node's agent: it owns the node's shared memory and its side of the network.",
        discussion: """
            One per node. Workers connect to its socket; it registers with the
            coordinator, which may come later. It may be restarted at any time: channels
            within the node go on, those between nodes resume without a loss or a repeat.
            When it takes workers it prints one line, "ready unix:///path
            tcp://host:port", on standard output: where workers and other agents reach it.

              sluice agent                     # this host only, no keys
              sluice agent --node alpha --bind 10.0.0.1 \\
                  --coordinator tcp://10.0.0.1:7070 --keys keys/alpha
            """)

    @Option(help: ArgumentHelp("This node's name, unique in the cluster.", valueName: "name"))
    var node = ProcessInfo.processInfo.hostName

    @Option(help: ArgumentHelp("The Unix socket that workers connect to.", valueName: "path"))
    var socket = Paths.socket

    @Option(help: ArgumentHelp("Where the coordinator listens.", valueName: "tcp://host:port"))
    var coordinator = Environment.variable("SLUICE_COORDINATOR") ?? "tcp://127.0.0.1:7070"

    @Option(help: ArgumentHelp("The address of this host that other agents connect to.", valueName: "host"))
    var bind = "127.0.0.1"

    @Option(help: ArgumentHelp("Port for control traffic; 0 takes any.", valueName: "port"))
    var controlPort: UInt16 = 0

    @Option(help: ArgumentHelp("Port for values; 0 takes any.", valueName: "port"))
    var dataPort: UInt16 = 0

    @Option(
        help: ArgumentHelp(
            "The address to tell other agents, where it is not the one that is bound (NAT, containers).",
            valueName: "host"))
    var advertise: String?

    @Option(
        help: ArgumentHelp(
            "Shared memory that channels may take in all, such as 4GiB (default: what the machine or cgroup has to spare).",
            valueName: "size"))
    var memory: ByteSize?

    @Option(help: ArgumentHelp("How long a closed channel waits for a reader that never came.", valueName: "time"))
    var linger = Seconds(60)

    @OptionGroup var security: SecurityOptions
    @OptionGroup var logging: LogOptions

    func run() async throws {
        let termination = Termination()
        try Paths.makeParent(of: socket)
        let service = try AgentService(options())
        try service.start()
        Console.print("ready \(service.address) \(service.controlEndpoint)")
        await termination.wait()
        try await Termination.end("the agent") { service.stop() }
    }

    func options() -> AgentOptions {
        var options = AgentOptions(node: node, socket: socket, coordinator: coordinator)
        options.bind = bind
        options.controlPort = controlPort
        options.dataPort = dataPort
        options.advertise = advertise
        options.memory = memory.map { UInt64($0.bytes) }
        options.keys = security.directory
        options.insecure = security.insecure
        options.linger = linger.timeout
        options.ownsProcess = true
        options.logger = logging.logger("agent \(node)")
        return options
    }
}
