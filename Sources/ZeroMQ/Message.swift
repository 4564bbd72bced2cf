internal import CZeroMQ

/// One part of a message, owned. Its bytes stay where they are while it lives.
@safe package struct Message: ~Copyable {
    // On the heap, since libzmq keeps short messages inside zmq_msg_t: moving that would move the bytes.
    let raw: UnsafeMutablePointer<zmq_msg_t>

    /// An empty one, to receive into.
    package init() {
        unsafe raw = .allocate(capacity: 1)
        unsafe zmq_msg_init(raw)
    }

    /// Room for `size` bytes, which are not cleared.
    package init(size: Int) throws(ZeroMQError) {
        let raw = UnsafeMutablePointer<zmq_msg_t>.allocate(capacity: 1)
        guard unsafe zmq_msg_init_size(raw, size) == 0 else {
            unsafe raw.deallocate()
            throw ZeroMQError("zmq_msg_init_size", errno: zmq_errno())
        }
        unsafe self.raw = raw
    }

    package init(copying source: UnsafeRawBufferPointer) throws(ZeroMQError) {
        try self.init(size: source.count)
        unsafe bytes.copyMemory(from: source)
    }

    package init(copying source: [UInt8]) throws(ZeroMQError) {
        try self.init(size: source.count)
        unsafe bytes.copyBytes(from: source)
    }

    /// Borrows `size` bytes at `data` until `free` is called with `data` and `hint`: exactly once, on any thread, when
    /// the message is gone here and libzmq has sent or dropped it. Till then the bytes must stay, and stay the same.
    ///
    /// If this throws, `free` is not called.
    package init(
        noCopy data: UnsafeMutableRawPointer, size: Int, hint: UnsafeMutableRawPointer?,
        free: @convention(c) (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?) -> Void
    ) throws(ZeroMQError) {
        let raw = UnsafeMutablePointer<zmq_msg_t>.allocate(capacity: 1)
        guard unsafe zmq_msg_init_data(raw, data, size, free, hint) == 0 else {
            unsafe raw.deallocate()
            throw ZeroMQError("zmq_msg_init_data", errno: zmq_errno())
        }
        unsafe self.raw = raw
    }

    deinit {
        unsafe zmq_msg_close(raw)
        unsafe raw.deallocate()
    }
}

extension Message {
    package var size: Int { unsafe zmq_msg_size(raw) }

    /// The bytes; valid while the message lives and nothing else is received into it.
    package var bytes: UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(start: zmq_msg_data(raw), count: zmq_msg_size(raw))
    }

    package func array() -> [UInt8] { unsafe Array(bytes) }

    /// Whether further parts follow; of a message that was received.
    package var more: Bool { unsafe zmq_msg_more(raw) != 0 }

    /// What the connection knows of its peer; of a message that was received over one. The routing id that a ROUTER puts
    /// in front has no properties: ask a part that the peer sent.
    package func property(_ property: Property) -> String? {
        guard let text = unsafe zmq_msg_gets(raw, property.rawValue) else { return nil }
        return unsafe String(cString: text)
    }

    package enum Property: String, Sendable {
        case peerAddress = "Peer-Address"
        /// The name of the peer's key, as the ``Authenticator`` found it.
        case userID = "User-Id"
        case routingID = "Routing-Id"
        case socketType = "Socket-Type"
    }
}
