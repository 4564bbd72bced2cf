internal import Foundation

/// What clusters have left behind; empty after every ``Cluster/stop()``.
public struct Leftovers: Hashable, Sendable, CustomStringConvertible {
    /// Processes that a cluster started: pid and command line.
    public var processes: [String] = []
    /// Network namespaces that such processes hold.
    public var namespaces: [String] = []
    /// Directories with sockets, stores and logs.
    public var directories: [String] = []
    /// Unix sockets under such directories that are bound still.
    public var sockets: [String] = []
    /// Descriptors and mappings of Sluice's shared memory in this process.
    public var memory: [String] = []

    public var isEmpty: Bool {
        processes.isEmpty && namespaces.isEmpty && directories.isEmpty && sockets.isEmpty && memory.isEmpty
    }

    public var description: String {
        let kinds = [
            ("processes", processes), ("namespaces", namespaces), ("directories", directories), ("sockets", sockets),
            ("memory", memory),
        ]
        let found = kinds.filter { !$0.1.isEmpty }.map { "\($0): \($1.joined(separator: ", "))" }
        return found.isEmpty ? "nothing left behind" : found.joined(separator: "; ")
    }

    /// What one cluster has left behind; for after its ``Cluster/stop()``.
    public static func check(of cluster: Cluster) -> Leftovers {
        var found = processes { $0 == cluster.tag }
        found.directories = ClusterDirectory.all { $0 == cluster.tag }
        found.addSockets()
        return found
    }

    /// What all clusters of this process, and of processes that are gone, have left behind; with this process's own shared
    /// memory.
    ///
    /// Call it when no cluster of this process runs: what a running one holds is no leftover, but cannot be told apart.
    public static func check() -> Leftovers {
        let isOurs = { (tag: ClusterTag) in tag.owner == getpid() || !tag.ownerLives }
        var found = processes(isOurs)
        found.directories = ClusterDirectory.all(isOurs)
        found.addSockets()
        found.memory = memory(of: getpid())
        return found
    }

    private static func processes(_ isWanted: (ClusterTag) -> Bool) -> Leftovers {
        var found = Leftovers()
        let own = Proc.namespace(of: getpid())
        for pid in Proc.all() where pid != getpid() {
            guard let tag = ClusterTag.of(pid: pid), isWanted(tag), Proc.isRunning(pid) else { continue }
            found.processes.append("\(pid) \(Proc.name(of: pid))")
            if let namespace = Proc.namespace(of: pid), namespace != own { found.namespaces.append(namespace) }
        }
        return found
    }

    private mutating func addSockets() {
        let folders = directories.map { $0 + "/" }
        sockets = Self.boundSockets { path in folders.contains { path.hasPrefix($0) } }
    }

    /// How many of a process's descriptors are Sluice's shared memory.
    public static func memfds(of pid: Int32) -> Int { descriptors(of: pid).count }

    /// How many of a process's mappings are Sluice's shared memory.
    public static func mappings(of pid: Int32) -> Int {
        (Proc.text("/proc/\(pid)/maps") ?? "").split(separator: "\n").count { $0.contains("/memfd:sluice") }
    }

    /// How many of a process's mappings are memory of values.
    public static func payloads(of pid: Int32) -> Int {
        (Proc.text("/proc/\(pid)/maps") ?? "").split(separator: "\n").count { $0.contains("/memfd:sluice-payload") }
    }

    private static func descriptors(of pid: Int32) -> [String] {
        Proc.descriptors(of: pid).filter { $0.hasPrefix("/memfd:sluice") }
    }

    private static func boundSockets(_ wanted: (Substring) -> Bool) -> [String] {
        (Proc.text("/proc/net/unix") ?? "").split(separator: "\n").dropFirst()
            .compactMap { $0.split(separator: " ").dropFirst(7).first }.filter(wanted).map(String.init)
    }

    /// Every segment of ours is a memfd whose name begins with "sluice".
    private static func memory(of pid: Int32) -> [String] {
        let descriptors = descriptors(of: pid).map { "descriptor \($0)" }
        let mappings = (Proc.text("/proc/\(pid)/maps") ?? "").split(separator: "\n")
            .filter { $0.contains("/memfd:sluice") }.map { "mapping \($0)" }
        return descriptors + mappings
    }
}
