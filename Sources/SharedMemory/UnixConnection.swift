internal import CSluice
internal import Glibc
package import SluiceModel

/// What can go wrong with a message over a Unix socket.
package enum UnixSocketError: Error, Hashable, Sendable, CustomStringConvertible {
    case system(SystemCallError)
    /// The message or its descriptors exceed ``Limits``, or were cut off by the kernel; what came is closed.
    case oversized(bytes: Int, descriptors: Int)
    /// The path is empty or too long for a Unix address.
    case badPath(String)
    /// The path is taken by something that is not a stale socket.
    case pathTaken(String)

    package var description: String {
        switch self {
        case .system(let error): error.description
        case .oversized(let bytes, let descriptors):
            "a message of \(bytes) bytes and \(descriptors) descriptors is too large or was cut off"
        case .badPath(let path): "\"\(path)\" cannot be the path of a Unix socket: 1 to 107 bytes are possible"
        case .pathTaken(let path): "\(path) is in use"
        }
    }
}

/// Who is at the other end, by the kernel's word.
package struct PeerCredentials: Hashable, Sendable {
    package let pid: Int32
    package let uid: UInt32
}

/// One end of a `SOCK_SEQPACKET` conversation: whole messages, each with up to ``Limits/mostMessageDescriptors``
/// descriptors. Never blocks.
package final class UnixConnection: Sendable {
    package enum Sent: Hashable, Sendable {
        case sent
        /// The peer does not read; try again when the descriptor is writable.
        case wouldBlock
    }

    package enum Received: Sendable {
        case message([UInt8], [Descriptor])
        case wouldBlock
        /// The peer has closed, or is gone.
        case ended
    }

    package let descriptor: Descriptor

    /// Takes over a connected, non-blocking socket.
    package init(owning descriptor: Descriptor) { self.descriptor = descriptor }

    /// Connects to a listener.
    ///
    /// Only a full backlog is waited for; that nobody listens is an error at once.
    package static func connect(path: String, deadline: Deadline) throws(UnixSocketError) -> UnixConnection {
        var address = try UnixListener.address(path)
        let descriptor = try system {
            () throws(SystemCallError) in
            Descriptor(
                owning: try check("socket") {
                    socket(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue), 0)
                })
        }
        try system { () throws(SystemCallError) in
            // The kernel's own timeout on the backlog; a zero timeval would mean for ever.
            if let left = deadline.remaining(at: monotonicNow()) {
                let most = max(left, 1_000)
                var time = timeval(tv_sec: Int(most / 1_000_000_000), tv_usec: Int(most % 1_000_000_000 / 1_000))
                try check("setsockopt(SO_SNDTIMEO)") {
                    unsafe setsockopt(
                        descriptor.raw, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
                }
            }
            try check("connect") { unsafe sluice_unix_connect(descriptor.raw, &address) }
            try check("fcntl(O_NONBLOCK)") { fcntl(descriptor.raw, F_SETFL, O_NONBLOCK) }
        }
        return UnixConnection(owning: descriptor)
    }

    /// Two connected ends.
    package static func pair() throws(UnixSocketError) -> (UnixConnection, UnixConnection) {
        var raw: (Int32, Int32) = (-1, -1)
        try system { () throws(SystemCallError) in
            let type = Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
            try check("socketpair") {
                unsafe withUnsafeMutableBytes(of: &raw) {
                    unsafe socketpair(AF_UNIX, type, 0, $0.baseAddress?.assumingMemoryBound(to: Int32.self))
                }
            }
        }
        return (UnixConnection(owning: Descriptor(owning: raw.0)), UnixConnection(owning: Descriptor(owning: raw.1)))
    }

    /// Sends one message whole, or not at all.
    package func send(_ bytes: [UInt8], descriptors: [Descriptor] = []) throws(UnixSocketError) -> Sent {
        // An empty message could not be told from the end of the conversation.
        guard 1...Limits.mostMessageBytes ~= bytes.count, descriptors.count <= Limits.mostMessageDescriptors else {
            throw .oversized(bytes: bytes.count, descriptors: descriptors.count)
        }
        let raw = descriptors.map(\.raw)
        do throws(SystemCallError) {
            try check("sendmsg") {
                unsafe sluice_send(descriptor.raw, bytes, bytes.count, raw, raw.count)
            }
            return withExtendedLifetime(descriptors) { .sent }
        } catch {
            if error.errno == EAGAIN { return .wouldBlock }
            throw .system(error)
        }
    }

    /// Takes one message. Descriptors that came with a message that is refused are closed.
    package func receive() throws(UnixSocketError) -> Received {
        let most = Limits.mostMessageBytes
        var flags: Int32 = 0
        var descriptors: [Descriptor] = []
        var failure: SystemCallError?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: most) { buffer, count in
            var raw = [Int32](repeating: -1, count: Int(SLUICE_DESCRIPTORS_MOST))
            var rawCount = 0
            do throws(SystemCallError) {
                count = try check("recvmsg") {
                    let received = unsafe sluice_receive(
                        descriptor.raw, buffer.baseAddress, most, &raw, &rawCount, &flags)
                    // A peer that closes before it has read everything: the kernel says so once, ahead of what the peer
                    // had sent before. That is still there, and then the end.
                    guard received < 0, sluice_errno() == ECONNRESET else { return received }
                    return unsafe sluice_receive(descriptor.raw, buffer.baseAddress, most, &raw, &rawCount, &flags)
                }
            } catch {
                failure = error
            }
            descriptors = raw[..<rawCount].map { Descriptor(owning: $0) }
        }
        if let failure {
            switch failure.errno {
            case EAGAIN: return .wouldBlock
            case ECONNRESET: return .ended
            default: throw .system(failure)
            }
        }
        let wasCut = flags & Int32(MSG_TRUNC | MSG_CTRUNC) != 0
        guard !wasCut, descriptors.count <= Limits.mostMessageDescriptors else {
            throw .oversized(bytes: bytes.count, descriptors: descriptors.count)
        }
        return bytes.isEmpty ? .ended : .message(bytes, descriptors)
    }

    package func peer() throws(UnixSocketError) -> PeerCredentials {
        var credentials = sluice_credentials()
        try Self.system { () throws(SystemCallError) in
            try check("getsockopt(SO_PEERCRED)") { unsafe sluice_peer_credentials(descriptor.raw, &credentials) }
        }
        return PeerCredentials(pid: credentials.pid, uid: credentials.uid)
    }

    /// Ends the conversation for both sides, also for a process that has inherited the descriptor.
    package func shutdown() { _ = Glibc.shutdown(descriptor.raw, Int32(SHUT_RDWR)) }

    @discardableResult
    static func system<T>(_ body: () throws(SystemCallError) -> T) throws(UnixSocketError) -> T {
        do throws(SystemCallError) { return try body() } catch { throw .system(error) }
    }
}
