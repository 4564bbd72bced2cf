public import Sluice
public import SluiceModel

extension Node {
    /// A worker of this node inside the test's own process.
    public func worker(timeout: Timeout = .seconds(10)) async throws(SluiceError) -> Worker {
        try await Worker.connect(to: address, timeout: timeout)
    }
}

extension Cluster {
    /// The cluster's state, asked of the first node whose agent runs, or of `node`.
    public func status(from node: Node? = nil, timeout: Timeout = .seconds(5)) async throws(SluiceError)
        -> ClusterStatus
    {
        guard let asked = node ?? nodes.first(where: { $0.pid != nil }) else {
            throw SluiceError(.agentUnavailable, "no agent of this cluster runs; start one")
        }
        let worker = try await asked.worker(timeout: timeout)
        defer { worker.close() }
        return try await worker.status(timeout: timeout)
    }

    /// Waits until the coordinator sees every node that runs as alive.
    public func waitUntilAlive(within timeout: Timeout = .seconds(20)) async throws(SluiceError) {
        let names = Set(nodes.filter { $0.pid != nil }.map(\.name))
        try await waitForStatus("nodes \(names.sorted().joined(separator: ", ")) to be alive", within: timeout) {
            status in
            names.isSubset(of: status.nodes.filter { $0.state == .alive }.map(\.name))
        }
    }

    /// Waits until the cluster's state is as `holds` wants it.
    ///
    /// - Returns: That state.
    /// - Throws: ``SluiceError/Code/timedOut`` with the last state seen.
    @discardableResult
    public func waitForStatus(
        _ what: String, within timeout: Timeout = .seconds(20), _ holds: (ClusterStatus) -> Bool
    ) async throws(SluiceError) -> ClusterStatus {
        try await waitUntil(what, within: timeout) {
            try await self.status()
        } satisfies: {
            holds($0)
        }
    }
}
