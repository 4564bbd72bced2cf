internal import CZeroMQ
internal import Synchronization

/// The stream of events of one socket, on a socket of its own, for the same thread.
package final class MonitorSocket {
    /// To be polled.
    package let socket: Socket
    private weak var watched: Socket?

    private static let numbers = Atomic<UInt64>(0)

    fileprivate init(watching watched: Socket, _ events: MonitorEvents) throws(ZeroMQError) {
        // Only unique: the number publishes nothing.
        let number = Self.numbers.wrappingAdd(1, ordering: .relaxed).newValue
        let endpoint = "inproc://sluice.monitor.\(number)"
        // libzmq's I/O thread reports with a send that waits, and with it every connection of the context. So there is
        // no mark that could be reached, and whoever listens is there first and leaves last.
        socket = try Socket(watched.context, .pair, .inProcess)
        try socket.connect(endpoint)
        try watched.startMonitor(endpoint, events.rawValue)
        self.watched = watched
    }

    deinit { watched?.stopMonitor() }

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
        rawValue: ZMQ_EVENT_CONNECTED | ZMQ_EVENT_CLOSED | ZMQ_EVENT_CONNECT_RETRIED | handshakeAndEnd)
    /// What a listener is told of those who come.
    package static let listener = MonitorEvents(rawValue: ZMQ_EVENT_ACCEPTED | handshakeAndEnd)

    private static let handshakeAndEnd =
        ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_MONITOR_STOPPED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED
        | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL
        | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH
}

extension Socket {
    /// Watches this socket's connections, from now on; call it before ``connect(_:)`` so as to miss nothing. A socket has
    /// one monitor at a time.
    package func monitor(_ events: MonitorEvents = .all) throws(ZeroMQError) -> MonitorSocket {
        try MonitorSocket(watching: self, events)
    }
}
