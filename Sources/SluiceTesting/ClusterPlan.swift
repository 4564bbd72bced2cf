internal import Agent
internal import Coordinator
internal import Foundation
internal import SluiceModel
internal import ZeroMQ

/// Where everything of a cluster lies and what its services are started with.
struct ClusterPlan: Sendable {
    let options: ClusterOptions
    let tag: ClusterTag
    let directory: ClusterDirectory
    let network: Network?
    let coordinatorEndpoint: String

    static func make(_ options: ClusterOptions) async throws(SluiceError) -> ClusterPlan {
        guard !options.nodes.isEmpty else { throw .invalidArgument("a cluster needs at least one node") }
        for name in options.nodes { _ = try NodeName(name) }
        if options.mode == .namespaces, case .unavailable(let reason) = await Namespaces.availability() {
            throw SluiceError(
                .unsupported, "a cluster in network namespaces is not possible here; use mode processes", cause: reason)
        }
        let tag = ClusterTag.make()
        let directory = try ClusterDirectory(tag)
        do {
            let network =
                options.mode == .namespaces
                ? try await Network.make(hosts: options.nodes.count, in: directory, tag: tag) : nil
            let endpoint =
                network == nil
                ? "tcp://127.0.0.1:\(try FreePort.find())" : "tcp://\(Network.hubAddress):\(coordinatorPort)"
            let plan = ClusterPlan(
                options: options, tag: tag, directory: directory, network: network, coordinatorEndpoint: endpoint)
            if options.keys { try plan.makeKeys() }
            return plan
        } catch {
            directory.remove()
            throw error
        }
    }

    /// For a cluster that was never completed.
    func remove() async {
        await network?.remove()
        directory.remove()
    }

    private static let coordinatorPort = 7070

    private var environment: [String: String] {
        options.environment.merging([ClusterTag.variable: tag.description]) { $1 }
    }

    private static let coordinatorName = "coordinator"
    private var keys: String { directory.file("keys") }

    private func makeKeys() throws(SluiceError) {
        var names: [NodeName] = []
        for name in options.nodes { names.append(try NodeName(name)) }
        try KeyDirectory.generate(at: keys, coordinator: try NodeName(Self.coordinatorName), nodes: names)
    }

    private func keys(of name: String) throws(SluiceError) -> String? {
        options.keys ? KeyDirectory.directory(of: try NodeName(name), at: keys) : nil
    }

    private func security(of name: String) throws(SluiceError) -> [String] {
        if let keys = try keys(of: name) { ["--keys", keys] } else { ["--insecure"] }
    }

    var store: String { directory.file("coordinator.sqlite") }
    private func socket(_ number: Int) -> String { directory.file("node\(number).sock") }
}

extension ClusterPlan {
    func coordinator() throws(SluiceError) -> Service {
        let host: Network.Host? = network == nil ? nil : .hub
        let daemon: any Daemon
        if options.mode == .inProcess {
            let coordinator = try coordinatorOptions()
            daemon = InProcessDaemon(label: Self.coordinatorName) { CoordinatorService(coordinator) }
        } else {
            daemon = try process(Self.coordinatorName, coordinatorArguments(), host)
        }
        return Service(name: Self.coordinatorName, daemon: daemon, host: host)
    }

    /// Node 1, 2, 3 …
    func node(_ number: Int) throws(SluiceError) -> Node {
        let name = options.nodes[number - 1]
        let host = network == nil ? nil : Network.Host(number: number)
        let daemon: any Daemon
        if options.mode == .inProcess {
            let agent = try agentOptions(number)
            daemon = InProcessDaemon(label: "agent \(name)") { () throws(SluiceError) in try AgentService(agent) }
        } else {
            daemon = try process("agent \(name)", agentArguments(number, host), host)
        }
        return Node(
            name: name, address: "unix://\(socket(number))", daemon: daemon, host: host,
            place: .init(directory: directory, environment: environment, network: network))
    }

    private func process(_ label: String, _ arguments: [String], _ host: Network.Host?) throws(SluiceError)
        -> any Daemon
    {
        try ProcessDaemon(
            label: label, arguments: arguments, in: directory, environment: environment,
            networkOf: host.flatMap { host in network.map { $0.holder(of: host) } }, readyWithin: options.readyWithin)
    }
}

/// The same choices twice: as arguments for a process, as options for an object.
extension ClusterPlan {
    private func coordinatorArguments() throws(SluiceError) -> [String] {
        var arguments = ["coordinator", "--bind", coordinatorEndpoint, "--store", store]
        if let lease = options.lease { arguments += ["--lease", "\(lease / .seconds(1))s"] }
        return try arguments + security(of: Self.coordinatorName) + options.coordinatorArguments
    }

    private func coordinatorOptions() throws(SluiceError) -> CoordinatorOptions {
        var chosen = CoordinatorOptions()
        chosen.endpoint = coordinatorEndpoint
        chosen.store = store
        if let lease = options.lease { chosen.lease = Timeout(lease) }
        chosen.keys = try keys(of: Self.coordinatorName)
        chosen.logger = .inProcess(Self.coordinatorName)
        return chosen
    }

    private func agentArguments(_ number: Int, _ host: Network.Host?) throws(SluiceError) -> [String] {
        let name = options.nodes[number - 1]
        var arguments = [
            "agent", "--node", name, "--socket", socket(number), "--coordinator", coordinatorEndpoint, "--bind",
            host?.address ?? "127.0.0.1",
        ]
        if let memory = options.memory { arguments += ["--memory", "\(memory)"] }
        if let linger = options.linger?.nanoseconds { arguments += ["--linger", "\(linger / 1_000_000)ms"] }
        return try arguments + security(of: name) + options.agentArguments
    }

    private func agentOptions(_ number: Int) throws(SluiceError) -> AgentOptions {
        let name = options.nodes[number - 1]
        var chosen = AgentOptions(node: name, socket: socket(number), coordinator: coordinatorEndpoint)
        chosen.memory = options.memory
        if let linger = options.linger { chosen.linger = linger }
        chosen.keys = try keys(of: name)
        chosen.logger = .inProcess("agent \(name)")
        return chosen
    }
}
