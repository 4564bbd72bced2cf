internal import ArgumentParser
internal import SluiceModel
internal import SluiceTesting

struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Run a whole cluster on this host, in the foreground.",
        discussion: """
            One coordinator and N agents, named node1, node2 …, as processes of their own.
            It prints the address of each node as a line that a shell can take over.
            Ctrl-C ends all of them and leaves nothing behind; so does kill -9, for the
            kernel ends them with this process.

              sluice up --nodes 2
              sluice up --nodes 3 --mode namespaces
            """)

    @Option(help: ArgumentHelp("How many nodes.", valueName: "n"))
    var nodes = 1

    @Option(
        help:
            "processes: on ports of this host; namespaces: each node in a network namespace; in-process: all in one process."
    )
    var mode: Mode = .processes

    @Flag(help: "Make keys, and encrypt every connection between nodes.")
    var encrypted = false

    enum Mode: String, ExpressibleByArgument, CaseIterable {
        case processes, namespaces
        case inProcess = "in-process"

        var cluster: ClusterMode {
            switch self {
            case .processes: .processes
            case .namespaces: .namespaces
            case .inProcess: .inProcess
            }
        }
    }

    func validate() throws {
        guard 1...Self.mostNodes ~= nodes else {
            throw ValidationError("--nodes is \(nodes); 1 to \(Self.mostNodes) are possible on one host")
        }
    }

    private static let mostNodes = 64

    func run() async throws {
        let termination = Termination()
        let cluster = try await Cluster.start(ClusterOptions(nodes: nodes, mode: mode.cluster, keys: encrypted))
        Console.print("# coordinator \(cluster.coordinatorEndpoint)")
        for node in cluster.nodes { Console.print("export SLUICE_ADDRESS=\(node.address)    # \(node.name)") }
        Console.say("\(nodes == 1 ? "1 node is" : "\(nodes) nodes are") up; Ctrl-C ends the cluster")
        await termination.wait()
        try await Termination.end("the cluster") { try await cluster.stop() }
    }
}
