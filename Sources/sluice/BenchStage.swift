internal import CSluice
internal import Foundation
internal import SluiceModel
internal import SluiceTesting

/// Where measurements take place: two addresses, and a directory for what the roles print.
struct BenchStage: Sendable {
    private let writerAddress: String
    private let readerAddress: String
    private let slots: Int?
    private let seconds: Double
    private let executable: String
    private let tag = ClusterTag.make()
    private let directory: ClusterDirectory

    /// The agents' processes; empty if they are not this command's own.
    private let agents: [Int32]

    private static let patience = 120.0

    private init(_ command: BenchCommand, from writer: String, to reader: String, agents: [Int32] = [])
        throws(SluiceError)
    {
        self.agents = agents
        writerAddress = writer
        readerAddress = reader
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
            let stage = try BenchStage(command, from: address, to: command.to ?? address)
            defer { stage.directory.remove() }
            return try await body(stage)
        }
        let nodes = command.cases.contains(where: \.isRemote) ? 2 : 1
        return try await withCluster(nodes: nodes, mode: .processes, keys: command.encrypted) { cluster in
            let stage = try BenchStage(
                command, from: cluster.nodes[0].address, to: cluster.nodes[nodes - 1].address,
                agents: cluster.nodes.compactMap(\.pid))
            defer { stage.directory.remove() }
            return try await body(stage)
        }
    }

    func measure(_ measured: BenchCase) async throws(SluiceError) -> [BenchRow] {
        let channel = "bench.\(UUID().uuidString)"
        let before = agentsTime
        let far = measured.isRemote ? readerAddress : writerAddress
        if measured.shape == .roundTrip {
            let echo = try await role(.echo, measured, channel, as: "echo", to: ["ping"], at: far)
            let ping = try await role(.ping, measured, channel, as: "ping", to: ["echo"], at: writerAddress)
            let figures: RoundTripFigures = try await result(of: ping)
            let cpu = since(before)
            let other: EchoFigures = try await result(of: echo)
            return BenchFindings.rows(of: measured, roundTrip: figures, cpu: cpu.map { $0 + other.cpu })
        }
        let names = (1...measured.readers).map { "sink\($0)" }
        var sinks: [ChildProcess] = []
        for name in names { sinks.append(try await role(.sink, measured, channel, as: name, to: [], at: far)) }
        let source = try await role(.source, measured, channel, as: "source", to: names, at: writerAddress)
        let sent: SourceFigures = try await result(of: source)
        var got: [SinkFigures] = []
        for sink in sinks { got.append(try await result(of: sink)) }
        return BenchFindings.rows(of: measured, source: sent, sinks: got, cpu: since(before))
    }

    /// CPU time that the agents have used, nanoseconds.
    private var agentsTime: UInt64 { agents.map { sluice_process_cpu_ns($0) }.reduce(0, +) }

    /// The same since then; nil if the agents are somebody else's, who may have other work for them.
    private func since(_ before: UInt64) -> UInt64? { agents.isEmpty ? nil : agentsTime - before }

    private func role(
        _ role: BenchRoleCommand.Role, _ measured: BenchCase, _ channel: String, as actor: String, to readers: [String],
        at address: String
    ) async throws(SluiceError) -> ChildProcess {
        let full = { (name: String) in "\(channel).\(name)" }
        var arguments = [
            "bench-role", role.rawValue, "--address", address, "--channel", channel, "--as", full(actor), "--size",
            "\(measured.size.bytes)", "--slots", "\(slots ?? measured.slots)", "--seconds", "\(seconds)",
        ]
        for reader in readers { arguments += ["--to", full(reader)] }
        if measured.isLoan { arguments.append("--loan") }
        if measured.sleeps { arguments.append("--no-spin") }
        let stem = directory.file("\(channel)-\(actor)")
        return try await ChildProcess.start(
            .init(
                label: "\(role) of \(measured.name)", executable: executable, arguments: arguments,
                environment: [ClusterTag.variable: tag.description], output: stem + ".out", errors: stem + ".err"))
    }

    private func result<Figures: Decodable>(of role: ChildProcess) async throws(SluiceError) -> Figures {
        try await role.waitForSuccess(within: .seconds(Self.patience + seconds))
        do { return try JSONDecoder().decode(Figures.self, from: Data(role.output.utf8)) } catch {
            throw SluiceError(.system, "\(role.label) printed \"\(role.output)\"", cause: "\(error)")
        }
    }
}
