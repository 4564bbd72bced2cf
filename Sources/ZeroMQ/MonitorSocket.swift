internal import CZeroMQ
internal import Synchronization

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

    package enum HandshakeFailure: Hashable, Sendable {
        /// The peer closed, or fell silent; the error number that libzmq saw.
        case broken(errno: Int32)
        /// The peer speaks another protocol, another mechanism, or has the wrong key; libzmq's code for it.
        case protocolViolation(UInt32)
        /// ZAP's status; 400 is a key that is not on the list.
        case refused(status: UInt32)
    }
}

/// The stream of events of one socket, on a socket of its own, which may belong to another thread.
package final class MonitorSocket {
    /// To be polled.
    package let socket: Socket

    private static let numbers = Atomic<UInt64>(0)

    fileprivate init(watching watched: Socket, _ events: MonitorEvents) throws(ZeroMQError) {
        // Only unique: the number publishes nothing.
        let number = Self.numbers.wrappingAdd(1, ordering: .relaxed).newValue
        let endpoint = "inproc://sluice.monitor.\(number)"
        try check("zmq_socket_monitor", watched.label) {
            unsafe zmq_socket_monitor(watched.raw, endpoint, events.rawValue)
        }
        var options = SocketOptions.inProcess
        // Without a mark: libzmq's I/O thread blocks on a full monitor, and closing the socket then waits for it for ever.
        options.receiveHighWater = 0
        socket = try Socket(watched.context, .pair, options)
        try socket.connect(endpoint)
    }

    /// The next event, or nil if there is none yet.
    package func next(dontWait: Bool = true) throws(ZeroMQError) -> MonitorEvent? {
        guard let parts = try socket.receiveParts(most: 2, dontWait: dontWait) else { return nil }
        return MonitorEvent(parts)
    }
}

/// Which events a monitor is told of.
package struct MonitorEvents: OptionSet, Sendable {
    package let rawValue: Int32
    package init(rawValue: Int32) { self.rawValue = rawValue }

    package static let all = MonitorEvents(rawValue: ZMQ_EVENT_ALL)
    /// What tells how a session begins and ends, at its dialling side.
    package static let session = MonitorEvents(
        rawValue: ZMQ_EVENT_CONNECTED | ZMQ_EVENT_CLOSED | ZMQ_EVENT_DISCONNECTED | handshake | ZMQ_EVENT_CONNECT_RETRIED)
    /// What a listener is told of those who come.
    package static let listener = MonitorEvents(rawValue: ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | handshake)

    private static let handshake =
        ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL
        | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH
}

extension Socket {
    /// Watches this socket's connections, from now on; call it before ``connect(_:)`` so as to miss nothing.
    package func monitor(_ events: MonitorEvents = .all) throws(ZeroMQError) -> MonitorSocket {
        try MonitorSocket(watching: self, events)
    }
}

extension MonitorEvent {
    /// First part: event (u16) and value (u32), both of this machine's order. Second: the endpoint.
    init(_ parts: [[UInt8]]) {
        let head = parts[0]
        guard head.count >= 6 else { self.init(kind: .other(0, value: 0), endpoint: ""); return }
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
            case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL: .handshakeFailed(.protocolViolation(value))
            case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: .handshakeFailed(.refused(status: value))
            default: .other(event, value: value)
            }
    }
}
