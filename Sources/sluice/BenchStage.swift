internal import CSluice
internal import Foundation
internal import SluiceModel
internal import SluiceTesting

/// Where measurements take place: nodes, and a directory for what the roles print.
struct BenchStage: Sendable {
    /// The writer's node first.
    private let addresses: [String]
    let slots: Int?
    let seconds: Double
    private let executable: String
    private let tag = ClusterTag.make()
    private let directory: ClusterDirectory

    /// Nil if it is not this command's own.
    let cluster: Cluster?
    /// Where large copies are counted; nil: they are not.
    let counts: BenchCallCounts?

    private static let patience = 120.0

    private init(
        _ command: BenchCommand, at addresses: [String], cluster: Cluster? = nil, counts: BenchCallCounts? = nil
    ) throws(SluiceError) {
        self.addresses = addresses
        self.cluster = cluster
        self.counts = counts
        slots = command.slots
        seconds = command.seconds.value
        executable = try Executables.ownPath()
        directory = try ClusterDirectory(tag)
    }

    /// A cluster of its own, or the one that the command names.
    static func with<Result: Sendable>(_ command: BenchCommand, _ body: (BenchStage) async throws -> Result)
        async throws
        -> Result
    {
        if let address = command.address {
            let stage = try BenchStage(command, at: [address, command.to ?? address])
            defer { stage.directory.remove() }
            return try await body(stage)
        }
        var options = ClusterOptions(
            nodes: command.cases.map(\.nodes).max() ?? 1, mode: command.namespaces ? .namespaces : .processes,
            keys: command.encrypted)
        let counts = command.countCopies ? try BenchCallCounts() : nil
        defer { counts?.remove() }
        options.environment = counts?.environment ?? [:]
        return try await withCluster(options) { cluster in
            let stage = try BenchStage(
                command, at: cluster.nodes.map(\.address), cluster: cluster, counts: counts)
            defer { stage.directory.remove() }
            return try await body(stage)
        }
    }

    func measure(_ measured: BenchCase) async throws(SluiceError) -> [BenchRow] {
        let channel = "bench.\(UUID().uuidString)"
        let crowd = try await self.crowd(beside: measured)
        let rows: [BenchRow]
        switch measured.shape {
        case .roundTrip: rows = try await roundTrip(measured, channel)
        case .oneWay, .fanOut, .spread: rows = try await stream(measured, channel)
        case .creation: rows = try await creation(measured, channel)
        case .idle: rows = try await idle(measured, channel)
        case .memory: rows = try await memory(measured, channel)
        }
        for role in crowd { try await role.terminate() }
        return rows
    }
}

extension BenchStage {
    /// The agents' processes; empty if they are not this command's own.
    var agents: [Int32] { cluster?.nodes.compactMap(\.pid) ?? [] }

    /// CPU time that the agents have used, nanoseconds.
    var agentsTime: UInt64 { agents.map { sluice_process_cpu_ns($0) }.reduce(0, +) }

    /// The same since then; nil if the agents are somebody else's, who may have other work for them.
    func since(_ before: UInt64) -> UInt64? { agents.isEmpty ? nil : agentsTime - before }

    /// Starts a process on the node of that number.
    func role(
        _ role: BenchRoleCommand.Role, _ measured: BenchCase, _ channel: String, as actor: String, to readers: [String],
        at node: Int, extra: [String] = []
    ) async throws(SluiceError) -> ChildProcess {
        let full = { (name: String) in "\(channel).\(name)" }
        var arguments = [
            "bench-role", role.rawValue, "--address", addresses[min(node, addresses.count - 1)], "--channel", channel,
            "--as", full(actor), "--size", "\(measured.size.bytes)", "--slots", "\(slots ?? measured.slots)",
            "--seconds", "\(seconds)",
        ]
        for reader in readers { arguments += ["--to", full(reader)] }
        if measured.isLoan { arguments.append("--loan") }
        if measured.sleeps { arguments.append("--no-spin") }
        let stem = directory.file("\(channel)-\(actor)")
        let environment = (counts?.environment ?? [:]).merging([ClusterTag.variable: tag.description]) { $1 }
        return try await ChildProcess.start(
            .init(
                label: "\(role) of \(measured.name)", executable: executable, arguments: arguments + extra,
                environment: environment, output: stem + ".out", errors: stem + ".err"))
    }

    func result<Figures: Decodable>(of role: ChildProcess) async throws(SluiceError) -> Figures {
        try await role.waitForSuccess(within: .seconds(Self.patience + seconds))
        do { return try JSONDecoder().decode(Figures.self, from: Data(role.output.utf8)) } catch {
            throw SluiceError(.system, "\(role.label) printed \"\(role.output)\"", cause: "\(error)")
        }
    }

    /// Waits until it says that it stands.
    func stands(_ role: ChildProcess) async throws(SluiceError) {
        let hasEnded = try await waitUntil("\(role.label) to stand", within: .seconds(Self.patience)) {
            (role.exit, role.output)
        } satisfies: {
            $0.0 != nil || $0.1.contains(BenchRole.ready)
        }
        guard let exit = hasEnded.0 else { return }
        throw SluiceError(.system, "\(role.label) ended with \(exit): \(role.errors)")
    }
}
