internal import CSluice
internal import Glibc

/// Which process, told apart from a later one with the same pid.
package struct ProcessIdentity: Hashable, Sendable, CustomStringConvertible {
    package let pid: Int32
    /// Clock ticks since boot, `/proc/PID/stat` field 22.
    package let startTime: UInt64

    package init(pid: Int32, startTime: UInt64) {
        self.pid = pid
        self.startTime = startTime
    }

    /// This process.
    package static func current() -> ProcessIdentity {
        ProcessIdentity(pid: getpid(), startTime: startTime(of: getpid()) ?? 0)
    }

    /// Whether this very process still runs; one that has ended and waits to be reaped does not.
    package var isAlive: Bool {
        guard let stat = Self.stat(of: pid) else { return false }
        return stat.startTime == startTime && stat.state != UInt8(ascii: "Z") && stat.state != UInt8(ascii: "X")
    }

    package var description: String { "pid \(pid)" }

    /// When the process with this pid started; nil if there is none.
    package static func startTime(of pid: Int32) -> UInt64? { stat(of: pid)?.startTime }

    /// State and start time from a line of `/proc/PID/stat`. The command's name, in parentheses, may itself hold spaces
    /// and parentheses: what follows the last one is what counts.
    static func parse(_ line: [UInt8]) -> (state: UInt8, startTime: UInt64)? {
        guard let close = line.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = line[(close + 1)...].split(whereSeparator: { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") })
        // The state is field 3; the start time is field 22.
        guard fields.count > 19, let state = fields[0].first,
            let startTime = UInt64(String(decoding: fields[19], as: UTF8.self))
        else { return nil }
        return (state, startTime)
    }

    private static func stat(of pid: Int32) -> (state: UInt8, startTime: UInt64)? {
        guard let line = try? readFile("/proc/\(pid)/stat", most: 1024) else { return nil }
        return parse(Array(line.utf8))
    }
}

/// A descriptor that becomes readable when a process ends.
package struct PIDFD: Sendable {
    package let descriptor: Descriptor

    /// - Throws: ESRCH if that process, by pid and start time, has ended.
    package init(_ process: ProcessIdentity) throws(SystemCallError) {
        descriptor = Descriptor(owning: try check("pidfd_open") { sluice_pidfd_open(process.pid) })
        // The pid may have been reused between the message that named it and this call; now that it is held, look.
        guard process.isAlive else { throw SystemCallError("pidfd_open", ESRCH) }
    }

    package func signal(_ number: Int32) throws(SystemCallError) {
        try check("pidfd_send_signal") { sluice_pidfd_send_signal(descriptor.raw, number) }
    }

    /// Whether the process has ended.
    package func hasEnded() throws(SystemCallError) -> Bool {
        var entry = pollfd(fd: descriptor.raw, events: Int16(POLLIN), revents: 0)
        return try check("poll") { unsafe poll(&entry, 1, 0) } > 0
    }
}
