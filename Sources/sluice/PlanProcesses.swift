internal import Foundation
internal import Planning
internal import SluiceModel
internal import SluicePlan
internal import SluiceTesting

/// The processes that `plan run` has started for a plan's actors, and that end with it.
struct PlanProcesses {
    private let folder: String
    private(set) var children: [ChildProcess] = []
    /// Actors whose node is not one of ours, by node.
    private(set) var elsewhere: [String: [String]] = [:]

    init() throws {
        folder = NSTemporaryDirectory() + "sluice-plan-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    /// One process for each actor that nobody has joined as; the interfaces of a node share one.
    mutating func start(_ run: PlanRun, on nodes: [PlanNode]) async throws {
        let status = try await run.status()
        let awaited = Set(status.actors.filter { $0.state == .awaited }.map(\.name))
        var interfaces: [String: [String]] = [:]
        for actor in run.plan.actors where awaited.contains(actor.name) {
            guard let node = nodes.first(where: { $0.name == actor.node }) else {
                elsewhere[actor.node, default: []].append(actor.name)
                continue
            }
            if actor.role == .kernels {
                try await start([actor.name], run, node)
            } else {
                interfaces[node.name, default: []].append(actor.name)
            }
        }
        for node in nodes { if let names = interfaces[node.name] { try await start(names, run, node) } }
    }

    private mutating func start(_ actors: [String], _ run: PlanRun, _ node: PlanNode) async throws {
        let label = actors.joined(separator: ", ")
        let number = children.count
        let child = try await ChildProcess.start(
            ChildProcess.Command(
                label: "the process of \(label)", executable: try Executables.ownPath(),
                arguments: ["plan", "worker", run.id.description, "--address", node.address]
                    + actors.flatMap { ["--actor", $0] }, output: "\(folder)/\(number).out",
                errors: "\(folder)/\(number).err"))
        children.append(child)
        Console.say("started \(label) on node \(node.name), pid \(child.pid)")
    }

    /// Waits for them; they end with the run.
    func end() async throws {
        for child in children { try await child.wait() }
        try? FileManager.default.removeItem(atPath: folder)
    }
}
