internal import CZeroMQ

/// libzmq's world: its I/O threads and the sockets on them. Safe to use from any thread.
///
/// Every socket holds its context, so that the context goes last and its end waits for no open socket; and no socket
/// lingers without a bound, so that it does not wait long for a closed one.
@safe package final class Context: @unchecked Sendable {
    // Immutable, and libzmq's context is thread-safe.
    let raw: UnsafeMutableRawPointer

    /// - Parameters:
    ///   - ioThreads: Threads that move bytes; one is enough up to about a gigabyte a second.
    ///   - mostSockets: Beyond it a socket's creation fails with EMFILE.
    package init(ioThreads: Int32 = 1, mostSockets: Int32 = 4096) throws(ZeroMQError) {
        guard let raw = unsafe zmq_ctx_new() else { throw ZeroMQError("zmq_ctx_new", errno: zmq_errno()) }
        unsafe self.raw = raw
        try set("ZMQ_IO_THREADS", ZMQ_IO_THREADS, ioThreads)
        try set("ZMQ_MAX_SOCKETS", ZMQ_MAX_SOCKETS, mostSockets)
        // Not blocky: what a socket does not say about lingering is 0 and not for ever.
        try set("ZMQ_BLOCKY", ZMQ_BLOCKY, 0)
    }

    private func set(_ name: String, _ option: Int32, _ value: Int32) throws(ZeroMQError) {
        try check("zmq_ctx_set \(name)") { unsafe zmq_ctx_set(raw, option, value) }
    }

    /// Makes every call on every socket of this context fail as ``ZeroMQError/Reason/terminated``, also those that wait.
    package func shutdown() { unsafe zmq_ctx_shutdown(raw) }

    deinit {
        unsafe zmq_ctx_shutdown(raw)
        // EINTR is the only failure that leaves the context alive.
        _ = try? check("zmq_ctx_term") { unsafe zmq_ctx_term(raw) }
    }
}
