internal import CSluice
internal import DequeModule
internal import Logging
internal import Placement
internal import SluiceModel
internal import Wire
internal import ZeroMQ

/// The coordinator's one thread: it takes messages from the ROUTER, asks ``Placement``, and does what that answers.
///
/// Made on the thread that starts the service and used by its own from then on.
final class CoordinatorLoop {
    private let door: Door
    private let socket: Socket
    private var placement: Placement
    private let shared: CoordinatorShared
    private let store: Store?
    private let writer: StoreWriter?
    private let desk: StatusDesk
    private let logger: Logger
    private var outbox = Outbox()
    /// Peers that are gone, to be told of.
    private var unroutable: Deque<Connection> = []
    /// Why it has stopped by itself.
    private var failure: SluiceError?
    private var lastTrouble: String?
    private var lastFailures: UInt64 = 0

    init(
        _ door: Door, _ placement: Placement, _ shared: CoordinatorShared, _ store: Store?, _ writer: StoreWriter?,
        _ desk: StatusDesk, _ logger: Logger
    ) {
        self.door = door
        socket = door.socket
        self.placement = placement
        self.shared = shared
        self.store = store
        self.writer = writer
        self.desk = desk
        self.logger = logger
    }

    /// Everything is the next thread's.
    func handOver() { door.handOver() }

    /// Serves until it is told to stop, or cannot go on; then gives everything back.
    func serve() {
        do {
            try run()
        } catch {
            failure = failure ?? error.sluiceError()
        }
        door.close()
        desk.stop()
        writer?.stop()
        // Fails only if a statement is still running, and none is.
        try? store?.close()
        if let failure { logger.critical("the coordinator has stopped: \(failure)") }
        shared.end(failure)
    }

    private enum Token {
        static let socket: UInt64 = 0
        static let monitor: UInt64 = 1
        static let wakeup: UInt64 = 2
    }

    private func run() throws(ZeroMQError) {
        var poller = Poller()
        poller.add(socket, token: Token.socket)
        poller.add(door.monitor.socket, token: Token.monitor)
        poller.add(descriptor: shared.wakeup.descriptor, token: Token.wakeup)
        while !shared.isStopping, failure == nil {
            try poller.wait(milliseconds: sleep)
            // Before what it is about is looked at, or a signal between the two would be lost.
            if !poller.readiness(of: Token.wakeup).isEmpty { shared.wakeup.clear() }
            try receive()
            try complain()
            try look()
            if let connection = unroutable.popFirst() { try tell(.unroutable(connection)) }
            // After the messages: a sign of life that has arrived counts.
            if sluice_monotonic_ns() >= placement.nextTick { try tell(.tick) }
        }
    }

    /// Milliseconds until the next tick is due.
    private var sleep: Int {
        let now = sluice_monotonic_ns()
        let due = placement.nextTick
        return due > now ? Int(clamping: (due - now + 999_999) / 1_000_000) : 0
    }

    private func tell(_ input: PlacementInput) throws(ZeroMQError) {
        try act(placement.receive(input, at: sluice_monotonic_ns()))
        // Only now: what follows from it must not overtake the rest of what came before it.
        while let connection = unroutable.popFirst() {
            try act(placement.receive(.unroutable(connection), at: sluice_monotonic_ns()))
        }
    }
}

// In.
extension CoordinatorLoop {
    private func receive() throws(ZeroMQError) {
        for _ in 0..<ShellLimits.mostMessagesPerRound {
            guard var part = try socket.receive(dontWait: true) else { return }
            let connection = Connection(routingID: part.array())
            guard part.more, try socket.receive(into: &part) else { continue }
            let peer = part.property(.peerAddress) ?? "an unknown address"
            guard !part.more else {
                try socket.skipRest(of: &part)
                drop(peer, "it has more than one part")
                continue
            }
            do {
                let message = try unsafe NodeMessage(decoding: UnsafeRawBufferPointer(part.bytes))
                try tell(.message(message, from: connection, user: part.property(.userID)))
            } catch let error as WireError {
                drop(peer, error.description)
            } catch let error as ZeroMQError {
                throw error
            } catch {
                preconditionFailure("\(error)")
            }
        }
    }

    private func drop(_ peer: String, _ why: String) {
        shared.complaints.drop(from: peer, why, at: sluice_monotonic_ns())
    }

    /// Counts who did not get through the handshake.
    private func complain() throws(ZeroMQError) {
        while let event = try door.monitor.next() {
            guard case .handshakeFailed(let why) = event.kind else { continue }
            // The authenticator counts those, and knows their address and key.
            if case .refused = why { continue }
            shared.complaints.refuse(event.endpoint, why.description, at: sluice_monotonic_ns())
        }
    }

    /// Looks at what the other threads have done.
    private func look() throws(ZeroMQError) {
        for answer in desk.take() { try send(answer) }
        guard let progress = writer?.progress else { return }
        if let epoch = progress.superseded {
            failure = SluiceError(
                .fenced,
                "another coordinator has begun epoch \(epoch) on the store of this one (epoch \(placement.epoch)); "
                    + "this one has stopped: run one coordinator per store")
            return
        }
        for letter in outbox.release(upTo: progress.written) { try send(letter) }
        try look(at: progress)
    }

    /// What needs a disk that does not write fails; everything else goes on.
    private func look(at progress: StoreWriter.Progress) throws(ZeroMQError) {
        if progress.trouble != lastTrouble {
            if let trouble = progress.trouble { logger.error("the store cannot be written; tried again: \(trouble)") }
            if progress.trouble == nil { logger.notice("the store is written again") }
        }
        lastTrouble = progress.trouble
        // Who has asked since the last try waits for the next one.
        guard let trouble = progress.trouble, progress.failures > lastFailures else { return }
        lastFailures = progress.failures
        let error = SluiceError(
            .system, "the coordinator's store cannot be written; see its disk, then try again", cause: trouble)
        for letter in outbox.fail(error) { try send(letter) }
    }
}

// Out.
extension CoordinatorLoop {
    private func act(_ actions: [PlacementAction]) throws(ZeroMQError) {
        for action in actions {
            switch action {
            case .store(let change):
                guard let writer else { continue }
                let ticket = writer.add(change)
                if change.isDurable { outbox.wait(for: ticket) }
            case .send(let message, let connection):
                if let letter = outbox.post(message, to: connection) { try send(letter) }
            case .answerStatus(let answer):
                if !desk.add(answer) { try refuseStatus(answer.callers) }
            case .log(let severity, let text): log(severity, text)
            }
        }
        guard outbox.count <= ShellLimits.mostHeldMessages else {
            failure = SluiceError(
                .system,
                "\(outbox.count) answers wait for the store, which does not keep up; this coordinator has stopped")
            return
        }
    }

    private func log(_ severity: PlacementAction.Severity, _ text: String) {
        switch severity {
        case .info: logger.info("\(text)")
        case .notice: logger.notice("\(text)")
        case .warning: logger.warning("\(text)")
        }
    }

    private func send(_ answer: StatusDesk.Answer) throws(ZeroMQError) {
        let isSendable = answer.json.count < Limits.mostNetworkMessageBytes - 1024
        let body: CoordinatorMessage.Body =
            isSendable
            ? .status(answer.json)
            : .failed(
                SluiceError(.limitReached, "the status has \(answer.json.count) bytes, more than a message holds"))
        for caller in answer.callers {
            try send(Outbox.Letter(CoordinatorMessage(request: caller.request, body), to: caller.connection))
        }
    }

    private func refuseStatus(_ callers: [Caller]) throws(ZeroMQError) {
        let error = SluiceError(.limitReached, "too many status answers are being put together; try again")
        for caller in callers {
            let message = CoordinatorMessage(request: caller.request, .failed(error))
            try send(Outbox.Letter(message, to: caller.connection))
        }
    }

    private func send(_ letter: Outbox.Letter) throws(ZeroMQError) {
        let connection = letter.connection
        do {
            if try socket.send(connection.routingID, more: true, dontWait: true) == .sent {
                _ = try socket.send(letter.message.encoded(), dontWait: true)
                return
            }
            logger.warning("the peer \(connection) does not read; it must register again")
        } catch {
            guard error.reason == .hostUnreachable else { throw error }
        }
        unroutable.append(connection)
    }
}
