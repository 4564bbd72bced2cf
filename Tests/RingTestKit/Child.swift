internal import Glibc
package import SharedMemory
internal import SluiceModel

/// A process that a test has started, and the conversation with it: words, and descriptors beside them.
package final class Child: Sendable {
    package let identity: ProcessIdentity
    package let connection: UnixConnection
    private let pidfd: PIDFD

    /// Starts `RingProbe` from where the tests' own executable lies, with its end of the conversation as descriptor 3.
    package init(_ arguments: [String]) throws {
        let (mine, its) = try UnixConnection.pair()
        let own = try Self.executable()
        let path = own.prefix(upTo: own.lastIndex(of: "/") ?? own.startIndex) + "/RingProbe"
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, its.descriptor.raw, Probe.descriptor)
        let words = [String(path)] + arguments
        var raw = unsafe words.map { unsafe strdup($0) } + [nil]
        defer { for index in unsafe raw.indices { unsafe free(raw[index]) } }
        var pid: pid_t = 0
        let status = unsafe posix_spawn(&pid, String(path), &actions, nil, &raw, environ)
        guard status == 0 else { throw SystemCallError("posix_spawn(\(path))", status) }
        identity = ProcessIdentity(pid: pid, startTime: ProcessIdentity.startTime(of: pid) ?? 0)
        pidfd = try PIDFD(identity)
        connection = mine
    }

    deinit {
        try? pidfd.signal(SIGKILL)
        var status: Int32 = 0
        _ = unsafe waitpid(identity.pid, &status, 0)
    }

    package func kill() throws {
        try pidfd.signal(SIGKILL)
        try waitForEnd()
    }

    /// Waits as an agent does: on the pidfd.
    package func waitForEnd() throws {
        let epoll = try Epoll()
        try epoll.add(pidfd.descriptor.raw, .readable, tag: 1)
        while try epoll.wait(nanoseconds: nil).isEmpty {}
    }

    package func send(_ words: String, _ descriptors: [Descriptor] = []) throws {
        try Probe.send(connection, words, descriptors)
    }

    package func receive() throws -> (words: [Substring], descriptors: [Descriptor]) { try Probe.receive(connection) }

    private static func executable() throws -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count)
        guard count > 0 else { throw SystemCallError("readlink(/proc/self/exe)", 0) }
        return String(decoding: buffer[..<count], as: UTF8.self)
    }
}

/// Both ends of the conversation.
package enum Probe {
    package static let descriptor: Int32 = 100

    /// The child's end.
    package static func inherited() -> UnixConnection { UnixConnection(owning: Descriptor(owning: descriptor)) }

    package static func send(_ connection: UnixConnection, _ words: String, _ descriptors: [Descriptor] = []) throws {
        guard try connection.send(Array(words.utf8), descriptors: descriptors) == .sent else {
            throw Fault.childFailed("it does not listen")
        }
    }

    /// The next message, waited for.
    package static func receive(
        _ connection: UnixConnection
    ) throws -> (words: [Substring], descriptors: [Descriptor]) {
        let epoll = try Epoll()
        try epoll.add(connection.descriptor.raw, .readable, tag: 1)
        while true {
            switch try connection.receive() {
            case .message(let bytes, let descriptors):
                return (String(decoding: bytes, as: UTF8.self).split(separator: " "), descriptors)
            case .ended: throw Fault.childFailed("it is gone")
            case .wouldBlock: _ = try epoll.wait(nanoseconds: nil)
            }
        }
    }
}
