internal import Foundation
public import SluiceModel

/// One node of a cluster: its agent, and what runs beside it.
public final class Node: Service, @unchecked Sendable {
    /// Where workers of this node connect: `unix:///…`. Also from the test's own process, in every mode.
    public let address: String

    private let place: Place

    /// What a node needs of its cluster to start processes of its own.
    struct Place: Sendable {
        let directory: ClusterDirectory
        let environment: [String: String]
        let network: Network?
    }

    init(name: String, address: String, daemon: any Daemon, host: Network.Host?, place: Place) {
        self.address = address
        self.place = place
        super.init(name: name, daemon: daemon, host: host)
    }

    private var networkOf: Int32? {
        guard let network = place.network, let host else { return nil }
        return network.holder(of: host)
    }
}

extension Node {
    /// Starts a program on this node, with `SLUICE_ADDRESS` set to ``address``; in the node's network namespace if it
    /// has one.
    ///
    /// It ends at the latest with the test's process. What it writes is collected in ``ChildProcess/output`` and
    /// ``ChildProcess/errors``.
    ///
    /// - Parameters:
    ///   - executable: A path, or a name that is looked up as ``Executables/find(_:variable:)`` does.
    ///   - input: A file for its standard input; by default there is nothing to read.
    public func run(
        _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:], input: String? = nil
    ) async throws(SluiceError) -> ChildProcess {
        let path = executable.contains("/") ? executable : try Executables.find(executable)
        let program = executable.split(separator: "/").last.map(String.init) ?? executable
        let stem = place.directory.file("\(program)-\(UUID().uuidString)")
        let all = place.environment.merging(["SLUICE_ADDRESS": address]) { $1 }.merging(environment) { $1 }
        return try await ChildProcess.start(
            .init(
                label: "\(program) on \(name)", executable: path, arguments: arguments, environment: all, input: input,
                output: stem + ".out", errors: stem + ".err", networkOf: networkOf))
    }

    /// Runs `sluice` with these arguments on this node.
    public func sluice(_ arguments: String..., input: String? = nil) async throws(SluiceError) -> ChildProcess {
        try await run(try Executables.sluice(), arguments, input: input)
    }

    /// TCP bytes that the node has received and sent, as the kernel counted them.
    ///
    /// In namespaces: everything that crossed the node's interface, headers included (below 1 % for large values).
    /// As processes: the payload of the connections that its agent has open now.
    ///
    /// - Throws: ``SluiceError/Code/unsupported`` in process, where nodes cannot be told apart.
    public func networkBytes() async throws(SluiceError) -> NetworkBytes {
        if let network = place.network, let host { return try network.bytes(of: host) }
        guard let pid, pid != getpid() else {
            throw SluiceError(
                .unsupported, "network bytes of \(name) cannot be counted: its agent has no process of its own",
                node: name)
        }
        return NetworkBytes(process: pid, of: try await Tool.run("ss", ["-Htinp"]))
    }
}
