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

    private static let coordinatorPort = 7400

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

    private func security(of name: String) throws(SluiceError) -> [String] {
        options.keys ? ["--keys", KeyDirectory.directory(of: try NodeName(name), at: keys)] : ["--insecure"]
    }

    var store: String { directory.file("coordinator.sqlite") }
    private func socket(_ number: Int) -> String { directory.file("node\(number).sock") }
}

extension ClusterPlan {
    func coordinator() throws(SluiceError) -> Service {
        let host: Network.Host? = network == nil ? nil : .hub
        var arguments = ["coordinator", "--bind", coordinatorEndpoint, "--store", store]
        if let lease = options.lease { arguments += ["--lease", "\(lease / .seconds(1))s"] }
        let daemon = try process(
            "coordinator", arguments + security(of: Self.coordinatorName) + options.coordinatorArguments, host)
        return Service(name: Self.coordinatorName, daemon: daemon, host: host)
    }

    /// Node 1, 2, 3 …
    func node(_ number: Int) throws(SluiceError) -> Node {
        let name = options.nodes[number - 1]
        let host = network == nil ? nil : Network.Host(number: number)
        var arguments = [
            "agent", "--node", name, "--socket", socket(number), "--coordinator", coordinatorEndpoint, "--bind",
            host?.address ?? "127.0.0.1",
        ]
        if let memory = options.memory { arguments += ["--memory", "\(memory)"] }
        let daemon = try process("agent \(name)", arguments + security(of: name) + options.agentArguments, host)
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
