internal import CSluice
internal import Foundation
internal import SluiceModel
internal import SluiceTesting

/// Measurements of what stands still.
extension BenchStage {
    /// Channels that are open and idle while something else is measured, and on its nodes.
    func crowd(beside measured: BenchCase) async throws(SluiceError) -> [ChildProcess] {
        guard measured.others > 0 else { return [] }
        let idle = BenchCase(shape: .memory(measured.others), size: ByteSize(64), isRemote: measured.isRemote)
        return try await standing(
            idle, channels: measured.others, readers: [measured.node(ofReader: 0)], fills: false)
    }

    /// A writer and its readers, on those nodes, of so many channels.
    private func standing(_ measured: BenchCase, channels: Int, readers nodes: [Int], fills: Bool)
        async throws(SluiceError) -> [ChildProcess]
    {
        let channel = "bench.\(UUID().uuidString)"
        let extra = ["--channels", "\(channels)"] + (fills ? ["--fills"] : [])
        let names = nodes.indices.map { "attend\($0)" }
        var roles: [ChildProcess] = []
        for (name, node) in zip(names, nodes) {
            roles.append(try await role(.attend, measured, channel, as: name, to: [], at: node, extra: extra))
        }
        roles.append(try await role(.hold, measured, channel, as: "hold", to: names, at: 0, extra: extra))
        for role in roles { try await stands(role) }
        return roles
    }

    /// CPU time of all processes while nothing is to be done: coordinator, agents, and those of the channel.
    func idle(_ measured: BenchCase, _ channel: String) async throws(SluiceError) -> [BenchRow] {
        guard let cluster else { throw .invalidArgument("idling is measured with a cluster of the command's own") }
        let nodes = (0..<measured.readers).map(measured.node(ofReader:))
        let roles = try await standing(measured, channels: 1, readers: nodes, fills: false)
        let all = agents + [cluster.coordinator.pid].compactMap { $0 } + roles.map(\.pid)
        let used = { all.map { sluice_process_cpu_ns($0) }.reduce(0, +) }
        let (before, start) = (used(), sluice_monotonic_ns())
        do { try await Task.sleep(for: .seconds(seconds)) } catch {
            throw SluiceError(.cancelled, "cancelled while measuring \(measured.name)")
        }
        let share = Double(used() - before) / Double(sluice_monotonic_ns() - start)
        for role in roles { try await role.terminate() }
        return [BenchRow(measured, "cpu %", 100 * share)]
    }

    private var memoryOfAgents: [ResidentMemory] { agents.compactMap { ResidentMemory(of: $0) } }

    /// The same once it has not changed for three seconds, which is longer than an agent waits before it gives anything
    /// back.
    private func memoryAtRest() async throws(SluiceError) -> [ResidentMemory] {
        var (last, since) = (memoryOfAgents, sluice_monotonic_ns())
        let limit = since + 20_000_000_000
        while sluice_monotonic_ns() < min(limit, since + 3_000_000_000) {
            do { try await Task.sleep(for: .milliseconds(50)) } catch {
                throw SluiceError(.cancelled, "cancelled while memory is measured")
            }
            let now = memoryOfAgents
            if now.map(\.all) != last.map(\.all) { (last, since) = (now, sluice_monotonic_ns()) }
        }
        return last
    }

    /// Memory of the agents, each of which has every ring once.
    func memory(_ measured: BenchCase, _ channel: String) async throws(SluiceError) -> [BenchRow] {
        guard case .memory(let channels) = measured.shape else { return [] }
        let roles = try await standing(measured, channels: channels, readers: [1], fills: true)
        let found = memoryOfAgents
        let rested = try await memoryAtRest()
        for role in roles { try await role.terminate() }
        let rings = UInt64(channels) * UInt64(slots ?? measured.slots) * UInt64(measured.size.bytes)
        let inMiB = { (bytes: UInt64) in Double(bytes) / Double(1 << 20) }
        return [
            BenchRow(measured, "rss MiB", inMiB(found.map(\.all).max() ?? 0)),
            BenchRow(measured, "beyond rings MiB", inMiB(found.map { $0.beyond(rings) }.max() ?? 0)),
            BenchRow(measured, "beyond at rest MiB", inMiB(rested.map { $0.beyond(rings) }.max() ?? 0)),
            BenchRow(measured, "allocated MiB", inMiB(found.map(\.anonymous).max() ?? 0)),
        ]
    }
}
