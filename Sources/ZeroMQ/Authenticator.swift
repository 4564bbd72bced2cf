internal import CSluice
internal import CZeroMQ
internal import Glibc
package import SluiceModel
internal import Synchronization

/// Decides for a context's CURVE servers who may come in: known keys only, each under its name.
///
/// One thread answers libzmq's requests (ZAP 1.0) on `inproc://zeromq.zap.01`, one at a time; connections that await an
/// answer wait in libzmq, bounded by the handshake's time. Make it before the first server binds, and stop it after the
/// last is closed: without it, ``Socket/secureServer(_:domain:)``'s sockets refuse everyone.
package final class Authenticator: Sendable {
    private let shared: Shared
    private let thread: ServiceThread
    private let stopper: Int32
    private let isStopped = Atomic<Bool>(false)

    /// Someone who was turned away.
    package struct Refusal: Hashable, Sendable {
        /// The peer's network address.
        package var address: String
        /// Nil if it did not offer a CURVE key.
        package var key: PublicKey?

        package init(address: String, key: PublicKey?) {
            self.address = address
            self.key = key
        }
    }

    package struct Counts: Hashable, Sendable {
        package var admitted: UInt64
        package var refused: UInt64

        package init(admitted: UInt64, refused: UInt64) {
            self.admitted = admitted
            self.refused = refused
        }
    }

    /// - Parameter onRefusal: Called on the authenticator's thread; it must not wait.
    package init(
        _ context: Context, allowed: [PublicKey: NodeName], domain: String = zapDomain,
        onRefusal: @escaping @Sendable (Refusal) -> Void = { _ in }
    ) throws(SluiceError) {
        let stopper = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard stopper >= 0 else {
            throw .system("eventfd", sluice_errno(), unsafe String(cString: strerror(sluice_errno())))
        }
        do {
            let shared = Shared(allowed: allowed, domain: domain, onRefusal: onRefusal)
            // Bound here, not on the thread: once this returns, no handshake can miss it.
            let socket = try Self.bind(context)
            // The thread is the socket's one user from here on; pthread_create orders the two.
            nonisolated(unsafe) let handed = socket
            unsafe handed.handOver()
            thread = try ServiceThread(name: "sluice-zap") { unsafe Self.serve(handed, shared, stopper) }
            self.shared = shared
            self.stopper = stopper
        } catch {
            _ = close(stopper)
            throw error
        }
    }

    deinit { stop() }

    /// Where libzmq asks.
    private static let endpoint = "inproc://zeromq.zap.01"

    private static func bind(_ context: Context) throws(SluiceError) -> Socket {
        do {
            let socket = try Socket(context, .rep, .inProcess)
            try socket.bind(endpoint)
            return socket
        } catch {
            throw error.sluiceError()
        }
    }

    /// Who may come in from now on; connections that are up stay.
    package func replace(allowed: [PublicKey: NodeName]) { shared.allowed.withLock { $0 = allowed } }

    /// Connections let in and turned away so far.
    package var counts: Counts {
        // Statistics: they publish nothing.
        Counts(
            admitted: shared.admitted.load(ordering: .relaxed), refused: shared.refused.load(ordering: .relaxed))
    }

    /// Ends the thread and waits for it; at most one answer is under way.
    package func stop() {
        // Atomic, so that only one caller joins; the join itself orders everything else.
        guard !isStopped.exchange(true, ordering: .relaxed) else { return }
        // Cannot fail: the counter is far from its limit.
        _ = eventfd_write(stopper, 1)
        thread.join()
        _ = close(stopper)
    }
}

extension Authenticator {
    /// What the thread and the callers share.
    fileprivate final class Shared: Sendable {
        let allowed: Mutex<[PublicKey: NodeName]>
        let domain: String
        let onRefusal: @Sendable (Refusal) -> Void
        let admitted = Atomic<UInt64>(0)
        let refused = Atomic<UInt64>(0)

        init(allowed: [PublicKey: NodeName], domain: String, onRefusal: @escaping @Sendable (Refusal) -> Void) {
            self.allowed = Mutex(allowed)
            self.domain = domain
            self.onRefusal = onRefusal
        }
    }

    /// Parts of a request: version, request id, domain, address, routing id, mechanism, credentials (CURVE: the key).
    private static let requestParts = 7

    private static func serve(_ socket: Socket, _ shared: Shared, _ stopper: Int32) {
        defer {
            // At once, where closing alone leaves the name taken for a moment: handshakes fail now rather than wait for
            // an answer, and a successor can have it. It fails only after a shutdown.
            try? socket.unbind(endpoint)
            socket.close()
        }
        var poller = Poller()
        poller.add(descriptor: stopper, token: 0)
        poller.add(socket, token: 1)
        do {
            while true {
                try poller.wait(milliseconds: nil)
                guard poller.readiness(of: 0).isEmpty else { return }
                // One part more than a request has, so that a longer one does not pass for it.
                guard let request = try socket.receiveParts(most: requestParts + 1, dontWait: true) else { continue }
                let answer = answer(request, shared)
                for (index, part) in answer.enumerated() {
                    _ = try socket.send(part, more: index < answer.count - 1, dontWait: true)
                }
            }
        } catch {
            // The context was shut down; there is no one left to answer.
        }
    }

    private static func answer(_ request: [[UInt8]], _ shared: Shared) -> [[UInt8]] {
        let version = Array("1.0".utf8)
        let id = request.count > 1 ? request[1] : []
        guard request.count == requestParts, request[0] == version else {
            return [version, id, Array("500".utf8), Array("not a CURVE request of ZAP 1.0".utf8), [], []]
        }
        let isOurs = request[2] == Array(shared.domain.utf8) && request[5] == Array("CURVE".utf8)
        let key = isOurs ? PublicKey(bytes: request[6]) : nil
        guard let key, let name = shared.allowed.withLock({ $0[key] }) else {
            shared.refused.wrappingAdd(1, ordering: .relaxed)
            shared.onRefusal(Refusal(address: String(decoding: request[3], as: UTF8.self), key: key))
            return [version, id, Array("400".utf8), Array("key not allowed".utf8), [], []]
        }
        shared.admitted.wrappingAdd(1, ordering: .relaxed)
        return [version, id, Array("200".utf8), Array("OK".utf8), Array(name.rawValue.utf8), []]
    }
}
