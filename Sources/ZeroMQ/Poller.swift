internal import CZeroMQ
internal import Glibc

/// Waits for sockets and plain descriptors at once. It belongs to the thread of its sockets.
///
/// What is watched has a token of the caller's. Sockets are held while they are watched.
@safe package struct Poller: ~Copyable {
    private var items: [zmq_pollitem_t] = unsafe []
    private var tokens: [UInt64] = []
    private var sockets: [Socket?] = []

    package init() {}

    package var count: Int { tokens.count }

    package mutating func add(_ socket: Socket, token: UInt64, for interest: Readiness = .readable) {
        let item = unsafe zmq_pollitem_t(socket: socket.raw, fd: -1, events: interest.rawValue, revents: 0)
        unsafe append(item, token, socket)
    }

    package mutating func add(descriptor: Int32, token: UInt64, for interest: Readiness = .readable) {
        let item = unsafe zmq_pollitem_t(socket: nil, fd: descriptor, events: interest.rawValue, revents: 0)
        unsafe append(item, token, nil)
    }

    private mutating func append(_ item: zmq_pollitem_t, _ token: UInt64, _ socket: Socket?) {
        precondition(!tokens.contains(token), "token \(token) is watched already")
        unsafe items.append(item)
        tokens.append(token)
        sockets.append(socket)
    }

    /// Changes what `token` is watched for; nothing if it is not watched.
    package mutating func watch(_ token: UInt64, for interest: Readiness) {
        guard let index = tokens.firstIndex(of: token) else { return }
        unsafe items[index].events = interest.rawValue
    }

    package mutating func remove(_ token: UInt64) {
        guard let index = tokens.firstIndex(of: token) else { return }
        unsafe items.remove(at: index)
        tokens.remove(at: index)
        sockets.remove(at: index)
    }

    /// Waits until something is ready, at most `milliseconds` (nil: for ever, 0: not at all). A signal ends it early.
    ///
    /// - Returns: How many are ready; ``forEachReady(_:)`` tells which.
    @discardableResult
    package mutating func wait(milliseconds: Int?) throws(ZeroMQError) -> Int {
        let count = Int32(tokens.count)
        let ready = unsafe zmq_poll(&items, count, milliseconds ?? -1)
        if ready >= 0 { return Int(ready) }
        let errno = zmq_errno()
        // Not retried: that would wait for the whole time once more.
        guard errno == EINTR else { throw ZeroMQError("zmq_poll", errno: errno) }
        for index in unsafe items.indices { unsafe items[index].revents = 0 }
        return 0
    }

    /// The tokens that the last ``wait(milliseconds:)`` found ready, in the order of their adding.
    package func forEachReady<E: Error>(_ body: (UInt64, Readiness) throws(E) -> Void) throws(E) {
        for index in tokens.indices {
            let ready = unsafe items[index].revents
            if ready != 0 { try body(tokens[index], Readiness(rawValue: ready)) }
        }
    }

    /// What the last wait found for `token`.
    package func readiness(of token: UInt64) -> Readiness {
        guard let index = tokens.firstIndex(of: token) else { return [] }
        return unsafe Readiness(rawValue: items[index].revents)
    }
}
