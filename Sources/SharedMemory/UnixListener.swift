internal import CSluice
internal import Glibc
internal import SluiceModel

/// A Unix socket that accepts conversations, for its owner's processes only.
package final class UnixListener: Sendable {
    package let descriptor: Descriptor
    package let path: String

    /// Connections that may wait to be accepted.
    private static let backlog: Int32 = 512

    /// Binds `path` with mode 0600. A socket there that nobody listens on is replaced, anything else is left alone.
    package init(path: String) throws(UnixSocketError) {
        var address = try Self.address(path)
        try Self.removeStale(path, &address)
        descriptor = try UnixConnection.system { () throws(SystemCallError) in
            let descriptor = Descriptor(
                owning: try check("socket") {
                    socket(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
                })
            // Before bind: Linux gives the new file this mode, so there is no moment with a wider one.
            try check("fchmod") { fchmod(descriptor.raw, 0o600) }
            try check("bind") { unsafe sluice_unix_bind(descriptor.raw, &address) }
            try check("listen") { listen(descriptor.raw, Self.backlog) }
            return descriptor
        }
        self.path = path
    }

    deinit { _ = unsafe unlink(path) }

    /// The next conversation; nil if none waits.
    package func accept() throws(UnixSocketError) -> UnixConnection? {
        do throws(SystemCallError) {
            return UnixConnection(owning: Descriptor(owning: try check("accept") { sluice_accept(descriptor.raw) }))
        } catch {
            // The one that waited may have gone: no reason to stop listening.
            if error.errno == EAGAIN || error.errno == ECONNABORTED { return nil }
            throw .system(error)
        }
    }

    static func address(_ path: String) throws(UnixSocketError) -> sockaddr_un {
        var address = sockaddr_un()
        guard !path.utf8.contains(0), unsafe sluice_unix_address(&address, path) == 0 else { throw .badPath(path) }
        return address
    }

    private static func removeStale(_ path: String, _ address: inout sockaddr_un) throws(UnixSocketError) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .pathTaken(path) }
        let probe = try UnixConnection.system { () throws(SystemCallError) in
            Descriptor(
                owning: try check("socket") {
                    socket(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
                })
        }
        guard unsafe sluice_unix_connect(probe.raw, &address) != 0, sluice_errno() == ECONNREFUSED else {
            throw .pathTaken(path)
        }
        _ = unsafe unlink(path)
    }
}
