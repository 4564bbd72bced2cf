import Foundation

/// What the kernel says about memory: of the machine, and of this process's cgroup (version 1 or 2).
struct MemoryReadings: Hashable {
    /// `MemAvailable`, bytes.
    var machine: UInt64
    /// Limit less usage of the tightest cgroup around this process, bytes; nil: no limit.
    var cgroup: UInt64?

    /// The smaller of the two less the reserve, with a name for messages.
    var headroom: (bytes: UInt64, bound: String) {
        let least = min(machine, cgroup ?? .max)
        let bytes = least > AgentLimits.memoryReserve ? least - AgentLimits.memoryReserve : 0
        let reserve = "less a reserve of \(AgentLimits.memoryReserve) bytes"
        if let cgroup, cgroup <= machine { return (bytes, "the cgroup's limit (\(cgroup) bytes unused, \(reserve))") }
        return (bytes, "the machine (\(machine) bytes available, \(reserve))")
    }

    static func current() -> MemoryReadings {
        MemoryReadings(machine: available(), cgroup: cgroupHeadroom())
    }

    private static func available() -> UInt64 {
        for line in text("/proc/meminfo").split(separator: "\n") where line.hasPrefix("MemAvailable:") {
            let words = line.split(separator: " ")
            if words.count >= 2, let kilobytes = UInt64(words[1]) { return kilobytes << 10 }
        }
        // Not readable, for want of a descriptor: that is found out, and named, by whoever opens the next one.
        return .max
    }

    /// A group is bounded by all above it, so every step up to the root is looked at.
    private static func cgroupHeadroom() -> UInt64? {
        var least: UInt64?
        for line in text("/proc/self/cgroup").split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let controllers = parts[1].split(separator: ",")
            if parts[1].isEmpty {
                for root in ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"] {
                    walk(root, String(parts[2]), limit: "memory.max", usage: "memory.current", &least)
                }
            } else if controllers.contains("memory") {
                walk(
                    "/sys/fs/cgroup/memory", String(parts[2]), limit: "memory.limit_in_bytes",
                    usage: "memory.usage_in_bytes", &least)
            }
        }
        return least
    }

    private static func walk(_ root: String, _ path: String, limit: String, usage: String, _ least: inout UInt64?) {
        var components = path.split(separator: "/")
        while true {
            let folder = ([root] + components.map(String.init)).joined(separator: "/")
            // "max", or no such file: no limit here. Version 1 says "no limit" with a number near 2^63.
            if let most = number(folder + "/" + limit), most < 1 << 62, let used = number(folder + "/" + usage) {
                let left = most > used ? most - used : 0
                least = min(least ?? .max, left)
            }
            if components.isEmpty { return }
            components.removeLast()
        }
    }

    private static func number(_ path: String) -> UInt64? {
        UInt64(text(path).trimmingCharacters(in: .whitespacesAndNewlines))
    }

    private static func text(_ path: String) -> String {
        (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }
}
