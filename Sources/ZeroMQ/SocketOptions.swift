internal import CZeroMQ

/// The kinds of sockets that are used here. Not PUB and SUB: they drop.
package enum SocketType: Sendable {
    case dealer, router, pair, rep, req

    var raw: Int32 {
        switch self {
        case .dealer: ZMQ_DEALER
        case .router: ZMQ_ROUTER
        case .pair: ZMQ_PAIR
        case .rep: ZMQ_REP
        case .req: ZMQ_REQ
        }
    }
}

/// Every option of a socket that anything here relies on; all are set, none is left to libzmq's default.
package struct SocketOptions: Sendable {
    /// How long a closed socket still tries to send, ms. Never without a bound: the context's end waits for it.
    package var lingerMilliseconds: UInt16 = 0
    /// Messages that wait for one peer; 0 is no limit.
    package var sendHighWater: Int32 = 1000
    /// Messages of one peer that wait to be received; 0 is no limit: what bounds a peer here is the protocol's own
    /// window.
    package var receiveHighWater: Int32 = 0
    /// SO_SNDBUF and SO_RCVBUF, bytes; -1 leaves them to the kernel, which then tunes them itself.
    package var sendBuffer: Int32 = -1
    package var receiveBuffer: Int32 = -1
    /// A peer that sends a larger frame is disconnected.
    package var mostMessageBytes: Int64 = 16 << 20
    /// Queue only for connections that are up, so that a send before that says ``SendResult/wouldBlock``.
    package var immediate = true
    /// -1: a lost connection stays lost. Else the first interval, which doubles up to the most.
    package var reconnectMilliseconds: Int32 = -1
    package var mostReconnectMilliseconds: Int32 = 0
    /// For TCP, and then for ZMTP and CURVE.
    package var connectMilliseconds: Int32 = 5000
    package var handshakeMilliseconds: Int32 = 5000
    /// A PING this often (0: never); silence for the timeout ends the connection; the peer is told the time to live.
    ///
    /// Only without ``lingerMilliseconds`` and ``receiveHighWater``. A connection whose messages its socket does not take,
    /// because it is closed and lingers, or because the mark is reached, stops to read; if it is then lost and a PING is
    /// due, libzmq 4.3.4 aborts the process (its issues 3937 and 4364). The peer's PINGs are answered all the same.
    package var heartbeatMilliseconds: Int32 = 1000
    package var heartbeatTimeoutMilliseconds: Int32 = 10_000
    package var heartbeatTimeToLiveMilliseconds: Int32 = 10_000
    package var tcpKeepalive = true
    package var tcpKeepaliveIdleSeconds: Int32 = 10
    package var tcpKeepaliveIntervalSeconds: Int32 = 5
    package var tcpKeepaliveProbes: Int32 = 3
    /// A ROUTER's send to an unknown peer fails rather than vanishes.
    package var routerMandatory = true
    /// A second connection with a routing id that is in use is refused rather than given the first one's place.
    package var routerHandover = false
    /// What a ROUTER knows this socket by: 1 to 255 bytes that do not begin with 0. Nil: the ROUTER makes one up.
    package var routingID: [UInt8]?
    package var backlog: Int32 = 128
    package var ipv6 = false
    /// How long a send or receive waits that is not `dontWait`, ms, before it says that it would block.
    package var sendTimeoutMilliseconds: Int32 = 10_000
    package var receiveTimeoutMilliseconds: Int32 = 10_000

    package init() {}

    /// One session's DEALER: no reconnect, and nothing lingers, so that its end is its end.
    package static let session = SocketOptions()

    /// A ROUTER that others dial.
    package static let server = SocketOptions()

    /// Between threads of one process.
    package static let inProcess: SocketOptions = {
        var options = SocketOptions()
        options.immediate = false
        options.heartbeatMilliseconds = 0
        return options
    }()
}

extension Socket {
    func apply(_ options: SocketOptions, to type: SocketType) throws(ZeroMQError) {
        precondition(
            options.heartbeatMilliseconds == 0 || options.lingerMilliseconds == 0 && options.receiveHighWater == 0,
            "a socket that may stop to read has heartbeats")
        try set("ZMQ_LINGER", ZMQ_LINGER, Int32(options.lingerMilliseconds))
        try set("ZMQ_SNDHWM", ZMQ_SNDHWM, options.sendHighWater)
        try set("ZMQ_RCVHWM", ZMQ_RCVHWM, options.receiveHighWater)
        try set("ZMQ_SNDBUF", ZMQ_SNDBUF, options.sendBuffer)
        try set("ZMQ_RCVBUF", ZMQ_RCVBUF, options.receiveBuffer)
        try set("ZMQ_MAXMSGSIZE", ZMQ_MAXMSGSIZE, options.mostMessageBytes)
        try set("ZMQ_IMMEDIATE", ZMQ_IMMEDIATE, options.immediate)
        try set("ZMQ_RECONNECT_IVL", ZMQ_RECONNECT_IVL, options.reconnectMilliseconds)
        try set("ZMQ_RECONNECT_IVL_MAX", ZMQ_RECONNECT_IVL_MAX, options.mostReconnectMilliseconds)
        try set("ZMQ_CONNECT_TIMEOUT", ZMQ_CONNECT_TIMEOUT, options.connectMilliseconds)
        try set("ZMQ_HANDSHAKE_IVL", ZMQ_HANDSHAKE_IVL, options.handshakeMilliseconds)
        try set("ZMQ_HEARTBEAT_IVL", ZMQ_HEARTBEAT_IVL, options.heartbeatMilliseconds)
        try set("ZMQ_HEARTBEAT_TIMEOUT", ZMQ_HEARTBEAT_TIMEOUT, options.heartbeatTimeoutMilliseconds)
        try set("ZMQ_HEARTBEAT_TTL", ZMQ_HEARTBEAT_TTL, options.heartbeatTimeToLiveMilliseconds)
        try set("ZMQ_TCP_KEEPALIVE", ZMQ_TCP_KEEPALIVE, options.tcpKeepalive)
        try set("ZMQ_TCP_KEEPALIVE_IDLE", ZMQ_TCP_KEEPALIVE_IDLE, options.tcpKeepaliveIdleSeconds)
        try set("ZMQ_TCP_KEEPALIVE_INTVL", ZMQ_TCP_KEEPALIVE_INTVL, options.tcpKeepaliveIntervalSeconds)
        try set("ZMQ_TCP_KEEPALIVE_CNT", ZMQ_TCP_KEEPALIVE_CNT, options.tcpKeepaliveProbes)
        try set("ZMQ_BACKLOG", ZMQ_BACKLOG, options.backlog)
        try set("ZMQ_IPV6", ZMQ_IPV6, options.ipv6)
        try set("ZMQ_SNDTIMEO", ZMQ_SNDTIMEO, options.sendTimeoutMilliseconds)
        try set("ZMQ_RCVTIMEO", ZMQ_RCVTIMEO, options.receiveTimeoutMilliseconds)
        if type == .router {
            try set("ZMQ_ROUTER_MANDATORY", ZMQ_ROUTER_MANDATORY, options.routerMandatory)
            try set("ZMQ_ROUTER_HANDOVER", ZMQ_ROUTER_HANDOVER, options.routerHandover)
        }
        if let id = options.routingID { try set("ZMQ_ROUTING_ID", ZMQ_ROUTING_ID, id) }
    }

    func set(_ name: String, _ option: Int32, _ value: Bool) throws(ZeroMQError) {
        try set(name, option, value ? 1 : 0 as Int32)
    }

    func set<N: FixedWidthInteger & BitwiseCopyable>(_ name: String, _ option: Int32, _ value: N) throws(ZeroMQError) {
        var value = value
        try check("zmq_setsockopt \(name)", label) { () -> Int32 in
            unsafe zmq_setsockopt(raw, option, &value, MemoryLayout<N>.size)
        }
    }

    func set(_ name: String, _ option: Int32, _ value: [UInt8]) throws(ZeroMQError) {
        try check("zmq_setsockopt \(name)", label) { () -> Int32 in
            unsafe zmq_setsockopt(raw, option, value, value.count)
        }
    }

    func get<N: FixedWidthInteger & BitwiseCopyable>(_ name: String, _ option: Int32) throws(ZeroMQError) -> N {
        var value: N = 0
        var size = MemoryLayout<N>.size
        try check("zmq_getsockopt \(name)", label) { () -> Int32 in unsafe zmq_getsockopt(raw, option, &value, &size) }
        return value
    }
}
