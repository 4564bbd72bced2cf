internal import SharedMemory
internal import SluiceModel
internal import Wire
internal import ZeroMQ

/// Asks the agent's control endpoint, over ZeroMQ.
struct NetworkResolver: AddressResolver {
    func locate(host: String, port: UInt16, deadline: Deadline) throws(SluiceError) -> SocketLocation {
        let address = WorkerAddress.tcp(host: host, port: port)
        let result: Result<SocketLocation, SluiceError>
        do throws(ZeroMQError) {
            let context = try Context(mostSockets: 16)
            // Brackets of an IPv6 host mean that; a name is looked up as IPv4, which is what agents bind by default.
            let question = try Question(context, "\(address)", isIPv6: host.contains(":"))
            result = try question.ask(until: deadline)
        } catch {
            throw SluiceError(.badAddress, "cannot resolve \(address)", cause: error.description)
        }
        do throws(SluiceError) { return try result.get() } catch {
            var error = error
            error.message = "cannot resolve \(address): \(error.message)"
            throw error
        }
    }
}

/// One question to one agent, on a connection of its own.
private struct Question {
    private enum Token: UInt64 { case answer, monitor }

    let socket: Socket
    let monitor: MonitorSocket
    let nonce = UInt64.random(in: 1 ... .max)

    init(_ context: Context, _ endpoint: String, isIPv6: Bool) throws(ZeroMQError) {
        var options = SocketOptions.session
        options.ipv6 = isIPv6
        socket = try Socket(context, .dealer, options)
        monitor = try socket.monitor(.session)
        try socket.connect(endpoint)
    }

    func ask(until deadline: Deadline) throws(ZeroMQError) -> Result<SocketLocation, SluiceError> {
        var poller = Poller()
        poller.add(socket, token: Token.answer.rawValue, for: [.readable, .writable])
        poller.add(monitor.socket, token: Token.monitor.rawValue)
        var isSent = false
        while true {
            let left = deadline.remaining(at: monotonicNow())
            guard left != 0 else { return .failure(unanswered("it did not answer in time")) }
            try poller.wait(milliseconds: left.map { Int(clamping: $0 / 1_000_000 + 1) })
            if !isSent, try socket.send(PeerMessage.locate(nonce: nonce).encoded(), dontWait: true) == .sent {
                isSent = true
                poller.watch(Token.answer.rawValue, for: .readable)
            }
            while let parts = try socket.receiveParts(most: 1, dontWait: true) {
                if let answer = answer(in: parts[0]) { return answer }
            }
            // After the answer: an agent may close as soon as it has answered.
            if let why = try ending() { return .failure(unanswered(why)) }
        }
    }

    /// What the agent said, if it is about this question.
    private func answer(in bytes: [UInt8]) -> Result<SocketLocation, SluiceError>? {
        do throws(WireError) {
            switch try PeerMessage(decoding: bytes) {
            case .located(nonce, let location): return .success(location)
            case .refused(let error, _): return .failure(error)
            default: return nil
            }
        } catch { return .failure(error.sluiceError(from: "whoever listens there")) }
    }

    private func ending() throws(ZeroMQError) -> String? {
        while let event = try monitor.next() {
            switch event.kind {
            case .closed: return "nobody listens there, or the host is unknown"
            case .disconnected: return "the connection was closed"
            case .handshakeFailed: return "the handshake failed: it demands keys, or is no agent"
            default: break
            }
        }
        return nil
    }

    private func unanswered(_ why: String) -> SluiceError {
        SluiceError(
            .agentUnavailable,
            """
            no agent answers there; is that the agent's control port? An agent that demands keys is reached by its \
            unix:// address
            """, cause: why)
    }
}
