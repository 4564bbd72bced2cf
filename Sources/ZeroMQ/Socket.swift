internal import CZeroMQ
internal import Glibc

/// One libzmq socket.
///
/// It belongs to one thread at a time: the first that sends, receives or asks for its state, until ``handOver()``. A
/// debug build traps where another one does. Dropping the last reference closes it.
@safe package final class Socket {
    package let context: Context
    package let type: SocketType
    /// Where it is bound and connected, for messages to a person.
    package private(set) var endpoints: [String] = []
    private var handle: UnsafeMutableRawPointer?
    private var isMonitored = false
    #if DEBUG
        private var owner: pthread_t?
    #endif

    package init(_ context: Context, _ type: SocketType, _ options: SocketOptions) throws(ZeroMQError) {
        self.context = context
        self.type = type
        unsafe handle = zmq_socket(context.raw, type.raw)
        guard unsafe handle != nil else { throw ZeroMQError("zmq_socket", errno: zmq_errno()) }
        try apply(options, to: type)
    }

    deinit { close() }

    /// Closes it now; what is still to be sent lingers as the options say. Nothing else may be called after it.
    package func close() {
        guard let raw = unsafe handle else { return }
        // Before: while it closes, an I/O thread would report to a monitor that may be gone, and wait for it for ever.
        stopMonitor()
        unsafe handle = nil
        unsafe zmq_close(raw)
    }

    func startMonitor(_ endpoint: String, _ events: Int32) throws(ZeroMQError) {
        precondition(!isMonitored, "a socket on \(label ?? "no endpoint") has a monitor already")
        try check("zmq_socket_monitor", label) { unsafe zmq_socket_monitor(raw, endpoint, events) }
        isMonitored = true
    }

    /// Says ``MonitorEvent/Kind/stopped`` to the monitor, which must still be there, and nothing after it.
    func stopMonitor() {
        guard isMonitored, let raw = unsafe handle else { return }
        isMonitored = false
        // It fails only where the context's end has stopped it already.
        unsafe zmq_socket_monitor(raw, nil, 0)
    }

    /// The next thread that uses the socket is its owner. The caller must order the two threads, as a lock would.
    package func handOver() {
        #if DEBUG
            owner = nil
        #endif
    }

    /// The C socket, for a call on the owner's thread.
    var raw: UnsafeMutableRawPointer {
        guard let raw = unsafe handle else { preconditionFailure("the socket on \(label ?? "no endpoint") is closed") }
        #if DEBUG
            let thread = pthread_self()
            if let owner { precondition(owner == thread, "a socket on \(label ?? "no endpoint") has two threads") }
            owner = thread
        #endif
        return unsafe raw
    }

    var label: String? { endpoints.first }
}

// Endpoints.
extension Socket {
    /// Listens on `endpoint`, such as `tcp://10.0.0.7:*`.
    ///
    /// - Returns: The endpoint in full: wildcards are replaced by what was taken.
    @discardableResult
    package func bind(_ endpoint: String) throws(ZeroMQError) -> String {
        try check("zmq_bind", endpoint) { unsafe zmq_bind(raw, endpoint) }
        let actual = try lastEndpoint()
        endpoints.append(actual)
        return actual
    }

    /// Starts to connect; whether it succeeds, a monitor tells.
    package func connect(_ endpoint: String) throws(ZeroMQError) {
        try check("zmq_connect", endpoint) { unsafe zmq_connect(raw, endpoint) }
        endpoints.append(endpoint)
    }

    package func disconnect(_ endpoint: String) throws(ZeroMQError) {
        try check("zmq_disconnect", endpoint) { unsafe zmq_disconnect(raw, endpoint) }
        endpoints.removeAll { $0 == endpoint }
    }

    package func unbind(_ endpoint: String) throws(ZeroMQError) {
        try check("zmq_unbind", endpoint) { unsafe zmq_unbind(raw, endpoint) }
        endpoints.removeAll { $0 == endpoint }
    }

    private func lastEndpoint() throws(ZeroMQError) -> String {
        var bytes = [UInt8](repeating: 0, count: 1024)
        var size = bytes.count
        try check("zmq_getsockopt ZMQ_LAST_ENDPOINT") { unsafe zmq_getsockopt(raw, ZMQ_LAST_ENDPOINT, &bytes, &size) }
        // The size counts the final NUL.
        return String(decoding: bytes.prefix(max(size, 1) - 1), as: UTF8.self)
    }
}

/// What a socket can do without waiting.
package struct Readiness: OptionSet, Hashable, Sendable {
    package let rawValue: Int16
    package init(rawValue: Int16) { self.rawValue = rawValue }

    package static let readable = Readiness(rawValue: Int16(ZMQ_POLLIN))
    package static let writable = Readiness(rawValue: Int16(ZMQ_POLLOUT))
    /// Of plain descriptors only.
    package static let failed = Readiness(rawValue: Int16(ZMQ_POLLERR))
}

// Readiness.
extension Socket {
    /// What can be done now; also lets libzmq do its housekeeping for this socket.
    package var events: Readiness {
        get throws(ZeroMQError) {
            let events: Int32 = try get("ZMQ_EVENTS", ZMQ_EVENTS)
            return Readiness(rawValue: Int16(truncatingIfNeeded: events))
        }
    }

    /// A descriptor that becomes readable when ``events`` may have changed.
    ///
    /// Edge-triggered, and never for writing: after it wakes, and after every send and receive, ask for ``events`` again
    /// before waiting on it, or a wake is lost. ``Poller`` does all that.
    package var descriptor: Int32 {
        get throws(ZeroMQError) { try get("ZMQ_FD", ZMQ_FD) }
    }

    /// Whether what was last received has further parts.
    package var hasMore: Bool {
        get throws(ZeroMQError) {
            let more: Int32 = try get("ZMQ_RCVMORE", ZMQ_RCVMORE)
            return more != 0
        }
    }
}
