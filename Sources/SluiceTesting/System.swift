internal import CSluice
internal import Foundation
internal import SluiceModel

func monotonicNanoseconds() -> UInt64 { sluice_monotonic_ns() }

/// This module's one checker of C calls: retries EINTR, and turns -1 into an error that names the call.
@discardableResult
func check(_ call: String, _ body: () -> Int32) throws(SluiceError) -> Int32 {
    while true {
        let result = body()
        if result >= 0 { return result }
        let code = sluice_errno()
        if code != EINTR { throw .system(call, code, unsafe String(cString: strerror(code))) }
    }
}

/// What `/proc` says of one process.
enum Proc {
    /// Clock ticks since boot; nil if there is no such process. With the pid it names one process for good.
    static func startTime(of pid: Int32) -> UInt64? { stat(of: pid)?.startTime }

    /// Whether the process is there and is not a zombie.
    static func isRunning(_ pid: Int32) -> Bool { stat(of: pid).map { $0.state != "Z" && $0.state != "X" } ?? false }

    /// The state letter of `/proc/PID/stat`: R, S, D, T (stopped), Z …
    static func state(of pid: Int32) -> Character? { stat(of: pid)?.state }

    private static func stat(of pid: Int32) -> (state: Character, startTime: UInt64)? {
        guard let text = text("/proc/\(pid)/stat") else { return nil }
        // The second field is the command's name in parentheses, which may itself hold any of them.
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 19, let state = fields[0].first, let start = UInt64(fields[19]) else { return nil }
        return (state, start)
    }

    static func environment(of pid: Int32) -> [Substring] {
        text("/proc/\(pid)/environ")?.split(separator: "\0") ?? []
    }

    static func name(of pid: Int32) -> String {
        text("/proc/\(pid)/cmdline")?.split(separator: "\0").joined(separator: " ") ?? "?"
    }

    static func all() -> [Int32] {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { Int32($0) } ?? []
    }

    /// What each open descriptor leads to; empty if the process has gone or is somebody else's.
    static func descriptors(of pid: Int32) -> [String] {
        let folder = "/proc/\(pid)/fd"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: folder + "/" + $0) }
    }

    static func text(_ path: String) -> String? {
        // To its end: what asks for a whole file at once takes the first page of one without a size for all of it.
        guard let file = FileHandle(forReadingAtPath: path), let data = try? file.readToEnd() else { return nil }
        return String(decoding: data, as: UTF8.self)
    }
}
