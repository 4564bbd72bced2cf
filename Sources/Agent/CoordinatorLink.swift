import CSluice
import Logging
import SluiceModel
import Wire
import ZeroMQ

/// This agent's conversation with the coordinator: one connection at a time, requests that outlive it.
///
/// A request is asked again on the next connection until it is answered or its deadline passes: everything that is asked
/// is idempotent. The control thread's.
final class CoordinatorLink {
    private let endpoint: String
    private let context: Context
    private let keyring: Keyring?
    private let logger: Logger
    private var socket: Socket?
    private var monitor: MonitorSocket?
    private(set) var isRegistered = false
    private var retryAt: UInt64 = 0
    private var backoff = AgentLimits.firstRetry
    private var answerBy: UInt64 = 0
    private var requests: [UInt64: Request] = [:]
    private var lastRequest: UInt64 = 0
    private var wasReported = false
    /// Why there is no connection.
    private(set) var trouble = "it has not been asked yet"

    private struct Request {
        var body: NodeMessage.Body
        var deadline: UInt64
        var completion: (Result<CoordinatorMessage.Body, SluiceError>) -> Void
    }

    init(_ endpoint: String, _ context: Context, _ keyring: Keyring?, _ logger: Logger) {
        self.endpoint = endpoint
        self.context = context
        self.keyring = keyring
        self.logger = logger
    }

    var descriptors: [Int32] {
        var all: [Int32] = []
        if let socket, let descriptor = try? socket.descriptor { all.append(descriptor) }
        if let monitor, let descriptor = try? monitor.socket.descriptor { all.append(descriptor) }
        return all
    }

    var isConnected: Bool { socket != nil }

    func mayDial(at now: UInt64) -> Bool { socket == nil && now >= retryAt }

    /// Connects and says who we are.
    func dial(_ registration: RegisterNode, now: UInt64) throws(ZeroMQError) {
        var options = SocketOptions.session
        options.immediate = false
        options.mostMessageBytes = Int64(Limits.mostNetworkMessageBytes)
        options.heartbeatMilliseconds = AgentLimits.heartbeat
        options.heartbeatTimeoutMilliseconds = AgentLimits.heartbeatTimeout
        options.heartbeatTimeToLiveMilliseconds = AgentLimits.heartbeatTimeout
        let socket = try Socket(context, .dealer, options)
        if let keyring, let key = keyring.coordinator { try socket.secureClient(keyring, serverKey: key) }
        monitor = try socket.monitor(.session)
        try socket.connect(endpoint)
        self.socket = socket
        isRegistered = false
        answerBy = now + AgentLimits.handshake * 2
        lastRequest += 1
        _ = try socket.send(NodeMessage(request: lastRequest, .register(registration)).encoded(), dontWait: true)
    }

    /// The coordinator has taken us: what is unanswered is asked again.
    func registered() {
        isRegistered = true
        wasReported = false
        backoff = AgentLimits.firstRetry
        for (id, request) in requests.sorted(by: { $0.key < $1.key }) {
            transmit(NodeMessage(request: id, request.body))
        }
    }

    /// - Parameter after: Nanoseconds until it is dialled again; nil: soon, and later each time.
    func lose(_ why: String, now: UInt64, after: UInt64? = nil) {
        if isRegistered || !wasReported {
            logger.warning("no coordinator at \(endpoint): \(why); trying again")
            wasReported = true
        }
        trouble = why
        socket?.close()
        socket = nil
        monitor = nil
        isRegistered = false
        retryAt = now + (after ?? backoff)
        backoff = min(backoff * 2, AgentLimits.longestRetry)
    }

    func close() {
        socket?.close()
        socket = nil
        monitor = nil
    }

    // MARK: Requests

    /// Asks; `completion` comes once: with the answer, or with an error at the deadline.
    @discardableResult
    func ask(
        _ body: NodeMessage.Body, until deadline: UInt64,
        _ completion: @escaping (Result<CoordinatorMessage.Body, SluiceError>) -> Void
    ) -> UInt64 {
        lastRequest += 1
        requests[lastRequest] = Request(body: body, deadline: deadline, completion: completion)
        if isRegistered { transmit(NodeMessage(request: lastRequest, body)) }
        return lastRequest
    }

    /// Tells; lost if there is no connection: the next registration reports everything.
    func tell(_ body: NodeMessage.Body) { if isRegistered { transmit(NodeMessage(body)) } }

    func answer(_ request: UInt64, _ body: NodeMessage.Body) { transmit(NodeMessage(request: request, body)) }

    func forget(_ request: UInt64) { requests[request] = nil }

    private func transmit(_ message: NodeMessage) {
        // A peer that takes nothing is found out by the monitor or the heartbeats, and then asked again.
        _ = try? socket?.send(message.encoded(), dontWait: true)
    }

    /// Gives up requests whose deadline has passed.
    func expire(now: UInt64) {
        for (id, request) in requests where request.deadline <= now {
            requests[id] = nil
            let error = SluiceError(
                .coordinatorUnavailable,
                "the coordinator at \(endpoint) did not answer in time; is it running, and is that its address?",
                cause: isRegistered ? nil : trouble)
            request.completion(.failure(error))
        }
    }

    var due: UInt64? {
        var due = requests.values.map(\.deadline).min()
        if socket == nil { due = min(due ?? .max, retryAt) }
        if socket != nil, !isRegistered { due = min(due ?? .max, answerBy) }
        return due
    }

    // MARK: Receiving

    enum Heard {
        case message(CoordinatorMessage)
        case nothing
    }

    /// The next thing that the coordinator says on its own account; answers go to who asked.
    func receive(now: UInt64) -> Heard {
        guard let socket else { return .nothing }
        do {
            while let parts = try socket.receiveParts(most: 1, dontWait: true) {
                let message: CoordinatorMessage
                do { message = try CoordinatorMessage(decoding: parts[0]) } catch {
                    logger.warning("a message of the coordinator's is dropped: \(error)")
                    continue
                }
                if case .registered = message.body { return .message(message) }
                if case .refused = message.body { return .message(message) }
                guard message.request != 0, let request = requests[message.request], message.body.isAnswer else {
                    return .message(message)
                }
                if case .failed(let error) = message.body, error.code == .coordinatorUnavailable {
                    // It has forgotten this connection: the next registration asks again.
                    lose(error.message, now: now)
                    return .nothing
                }
                requests[message.request] = nil
                if case .failed(let error) = message.body {
                    request.completion(.failure(error))
                } else {
                    request.completion(.success(message.body))
                }
            }
            while let event = try monitor?.next() {
                switch event.kind {
                case .disconnected: lose("the connection is gone", now: now)
                case .closed: lose("nobody answers there", now: now)
                case .handshakeFailed(let why): lose("the handshake failed: \(why)", now: now)
                default: continue
                }
                return .nothing
            }
        } catch {
            lose("\(error)", now: now)
        }
        if self.socket != nil, !isRegistered, now >= answerBy { lose("it did not answer in time", now: now) }
        return .nothing
    }
}

extension CoordinatorMessage.Body {
    /// Whether it answers a request of ours, rather than asking something itself.
    fileprivate var isAnswer: Bool {
        switch self {
        case .actorRegistered, .channelCreated, .readerResolved, .done, .failed, .status, .planAnswer: true
        case .registered, .refused, .desired, .statusRequest, .ping, .fenced: false
        }
    }
}
