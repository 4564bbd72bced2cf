internal import ArgumentParser
internal import Planning
internal import Sluice
internal import SluiceModel

/// `--address`, for plan commands that may speak for several nodes of this host.
struct PlanAgents: ParsableArguments {
    @Option(
        name: .customLong("address"), parsing: .singleValue,
        help: ArgumentHelp(
            "An agent of this host: unix:///path or tcp://host:port; once for each node whose actors are to be started here (default: $SLUICE_ADDRESS, else \(Paths.agentAddress)).",
            valueName: "address"))
    var addresses: [String] = []

    /// Of the first one, if there are several.
    var value: String { all[0] }

    var all: [String] { addresses.isEmpty ? [AgentAddress.usual] : addresses }

    /// A connection to each, with the node's name.
    func connect() async throws(SluiceError) -> [PlanNode] {
        var nodes: [PlanNode] = []
        for address in all {
            let worker = try await Worker.connect(to: address, timeout: .seconds(10))
            nodes.append(PlanNode(address: address, worker: worker))
        }
        return nodes
    }
}

/// A node of this host, for whose actors processes can be started here.
struct PlanNode {
    let address: String
    let worker: Worker
    var name: String { worker.node }
}

extension PlanSpec {
    /// Places what the declaration leaves open.
    mutating func placeOpenActors(on node: String) {
        for index in actors.indices where actors[index].nodes.isEmpty { actors[index].nodes = [node] }
        for index in inputs.indices where inputs[index].node == nil { inputs[index].node = node }
    }
}
