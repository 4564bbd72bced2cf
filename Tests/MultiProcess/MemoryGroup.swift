import Foundation

/// A cgroup with a memory limit, version 1 or 2, for one test.
final class MemoryGroup: Sendable {
    private let folder: String

    /// Where one may be made, with the file that holds its limit.
    private static let places = [
        ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max"),
    ]

    /// Whether this process may make one.
    static var isPermitted: Bool { MemoryGroup(name: "probe", limit: 64 << 20) != nil }

    /// Makes one; nil where that is not permitted.
    init?(name: String, limit: Int) {
        for (root, file) in Self.places {
            let folder = "\(root)/sluice-\(getpid())-\(name)"
            guard unsafe mkdir(folder, 0o755) == 0 else { continue }
            // Without the file the controller is not enabled here.
            let isLimited = FileManager.default.fileExists(atPath: "\(folder)/\(file)")
            if isLimited,
                (try? "\(limit)".write(toFile: "\(folder)/\(file)", atomically: false, encoding: .utf8)) != nil
            {
                self.folder = folder
                return
            }
            _ = unsafe rmdir(folder)
        }
        return nil
    }

    /// The kernel refuses while a process lives in it, so stop that first.
    deinit { _ = unsafe rmdir(folder) }

    func add(_ pid: Int32) throws {
        try "\(pid)".write(toFile: "\(folder)/cgroup.procs", atomically: false, encoding: .utf8)
    }
}
