internal import CZeroMQ

/// What happens to a socket's connections.
package struct MonitorEvent: Hashable, Sendable {
    package var kind: Kind
    /// Of the connection, or of the listener, as libzmq names it.
    package var endpoint: String

    package enum Kind: Hashable, Sendable {
        case connected(descriptor: Int32)
        case connectDelayed
        case connectRetried(afterMilliseconds: UInt32)
        case listening
        case bindFailed(errno: Int32)
        case accepted(descriptor: Int32)
        case acceptFailed(errno: Int32)
        case closed
        case closeFailed(errno: Int32)
        case disconnected
        case handshakeSucceeded
        case handshakeFailed(HandshakeFailure)
        /// The monitored socket is closed; nothing follows.
        case stopped
        case other(UInt16, value: UInt32)
    }

    package enum HandshakeFailure: Hashable, Sendable, CustomStringConvertible {
        /// The peer closed, or fell silent; the error number that libzmq saw. So it looks to a client whose idea of the
        /// server's key is wrong.
        case broken(errno: Int32)
        /// One side has keys and the other has none.
        case mechanismMismatch
        /// The peer's messages do not fit this side's key.
        case wrongKey
        /// The peer does not speak libzmq's protocol; libzmq's code for it.
        case protocolViolation(UInt32)
        /// ZAP's status; 400 is a key that is not on the list.
        case refused(status: UInt32)

        package var description: String {
            switch self {
            case .broken(let errno):
                """
                the peer closed the connection during the handshake (errno \(errno)): it is no sluice socket, or its \
                key is another than expected
                """
            case .mechanismMismatch: "one side has keys and the other has none: use --keys on both, or on neither"
            case .wrongKey: "the peer used a wrong key"
            case .protocolViolation(let code):
                "the peer broke the protocol (libzmq's code 0x\(String(code, radix: 16)))"
            case .refused(let status):
                """
                the peer's list of allowed keys does not have this side's key (status \(status)); copy the public \
                key to its allowed/
                """
            }
        }
    }
}

extension MonitorEvent {
    /// First part: event (u16) and value (u32), both of this machine's order. Second: the endpoint.
    init(_ parts: [[UInt8]]) {
        let head = parts[0]
        guard head.count >= 6 else {
            self.init(kind: .other(0, value: 0), endpoint: "")
            return
        }
        let (event, value) = unsafe head.withUnsafeBytes { bytes in
            unsafe (bytes.loadUnaligned(as: UInt16.self), bytes.loadUnaligned(fromByteOffset: 2, as: UInt32.self))
        }
        self.init(
            kind: Kind(event, value), endpoint: parts.count > 1 ? String(decoding: parts[1], as: UTF8.self) : "")
    }
}

extension MonitorEvent.Kind {
    fileprivate init(_ event: UInt16, _ value: UInt32) {
        let signed = Int32(bitPattern: value)
        self =
            switch Int32(event) {
            case ZMQ_EVENT_CONNECTED: .connected(descriptor: signed)
            case ZMQ_EVENT_CONNECT_DELAYED: .connectDelayed
            case ZMQ_EVENT_CONNECT_RETRIED: .connectRetried(afterMilliseconds: value)
            case ZMQ_EVENT_LISTENING: .listening
            case ZMQ_EVENT_BIND_FAILED: .bindFailed(errno: signed)
            case ZMQ_EVENT_ACCEPTED: .accepted(descriptor: signed)
            case ZMQ_EVENT_ACCEPT_FAILED: .acceptFailed(errno: signed)
            case ZMQ_EVENT_CLOSED: .closed
            case ZMQ_EVENT_CLOSE_FAILED: .closeFailed(errno: signed)
            case ZMQ_EVENT_DISCONNECTED: .disconnected
            case ZMQ_EVENT_MONITOR_STOPPED: .stopped
            case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: .handshakeSucceeded
            case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: .handshakeFailed(.broken(errno: signed))
            case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
                switch signed {
                case ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH: .handshakeFailed(.mechanismMismatch)
                case ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC: .handshakeFailed(.wrongKey)
                default: .handshakeFailed(.protocolViolation(value))
                }
            case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: .handshakeFailed(.refused(status: value))
            default: .other(event, value: value)
            }
    }
}
