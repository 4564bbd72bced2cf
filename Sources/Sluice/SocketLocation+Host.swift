internal import CSluice
internal import Glibc
internal import SharedMemory
internal import Wire

extension SocketLocation {
    /// Whether the agent that sent this sees the same file system: only then the same token lies beside its socket.
    var isOfThisHost: Bool {
        guard !tokenPath.utf8.contains(0), let found = try? Self.read(tokenPath), Self.tokenBytes ~= found.count else {
            return false
        }
        return found == token
    }

    private static func read(_ path: String) throws(SystemCallError) -> [UInt8] {
        let file = Descriptor(owning: try check("open") { unsafe sluice_open(path, O_RDONLY | O_CLOEXEC, 0) })
        var bytes = [UInt8](repeating: 0, count: Self.tokenBytes.upperBound + 1)
        let count = try check("read") { unsafe Glibc.read(file.raw, &bytes, bytes.count) }
        return Array(bytes[..<count])
    }
}
