internal import Foundation

/// What a process has in memory, bytes, as `/proc/PID/status` says.
package struct ResidentMemory: Hashable, Sendable {
    /// Allocated.
    package var anonymous: UInt64
    /// Code, and what else is mapped of files.
    package var file: UInt64
    package var shared: UInt64

    package var all: UInt64 { anonymous + file + shared }

    /// All that is not rings of that size; rings that it does not map count as nothing, and not as less.
    package func beyond(_ rings: UInt64) -> UInt64 { anonymous + file + (shared > rings ? shared - rings : 0) }

    init?(of pid: Int32) {
        guard let file = FileHandle(forReadingAtPath: "/proc/\(pid)/status"), let data = try? file.readToEnd() else {
            return nil
        }
        self.init(status: String(decoding: data, as: UTF8.self))
    }

    package init?(status: String) {
        var found: [Substring: UInt64] = [:]
        for line in status.split(separator: "\n") {
            let parts = line.split(whereSeparator: { $0 == ":" || $0.isWhitespace })
            if parts.count == 3, parts[2] == "kB" { found[parts[0]] = UInt64(parts[1]).map { $0 << 10 } }
        }
        guard let anonymous = found["RssAnon"], let file = found["RssFile"], let shared = found["RssShmem"] else {
            return nil
        }
        self.anonymous = anonymous
        self.file = file
        self.shared = shared
    }
}
