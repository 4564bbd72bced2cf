internal import CSluice
internal import Glibc
internal import Ring
internal import SharedMemory
internal import SluiceModel
internal import Synchronization
internal import Wire

/// The thread that speaks with the agent: one for each worker.
///
/// It hands answers to who waits for them, changes the gate lists of this worker's rings when the agent says so, records
/// what has happened to them, and comes back to an agent that was away. It never waits for anything but its two
/// descriptors and the next thing due.
struct ControlThread {
    let core: WorkerCore

    /// Starts the thread. It holds the core until the worker is over.
    static func start(_ core: WorkerCore) throws(SluiceError) {
        do throws(SystemCallError) {
            _ = try NamedThread("sluice-control") { ControlThread(core: core).run() }
        } catch { throw error.asSluiceError }
    }

    private func run() {
        core.controlThread.store(UInt(pthread_self()), ordering: .relaxed)
        connectFirst()
        while true {
            let (connection, wantsWrite, isOver) = core.state.withLock { state in
                if state.isReadyToLeave(at: monotonicNow()) { leave(&state) }
                state.sleepsUntil = state.nextDuty
                return (state.link.connection, !state.outbox.isEmpty, state.isOver)
            }
            if isOver { break }
            let isReadable = sleep(connection, wantsWrite: wantsWrite)
            // Whatever was asked of this thread while it works, it has seen; later wakes count for the next round.
            core.state.withLock { $0.sleepsUntil = Deadline(nanoseconds: 0) }
            if let connection {
                if isReadable { receive(from: connection) }
                flush(connection)
            }
            doWhatIsDue()
        }
        core.waiters.stop()
        core.doorbell.setAgent(nil)
        // Each of them holds the core.
        core.state.withLock { state in (state.writers, state.readers, state.agent) = ([:], [:], nil) }
        core.ended.ring()
    }

    /// Waits for the agent, a caller or the next thing due; true if the agent has sent something, or is gone.
    private func sleep(_ connection: UnixConnection?, wantsWrite: Bool) -> Bool {
        let until = core.state.withLock { $0.sleepsUntil }
        var milliseconds: Int32 = -1
        if let left = until.remaining(at: monotonicNow()) {
            milliseconds = Int32(clamping: left / 1_000_000 + (left % 1_000_000 == 0 ? 0 : 1))
        }
        var entries = [
            pollfd(fd: core.wake.descriptor.raw, events: Int16(POLLIN), revents: 0),
            pollfd(
                fd: connection?.descriptor.raw ?? -1, events: Int16(wantsWrite ? POLLIN | POLLOUT : POLLIN), revents: 0),
        ]
        // An error here (out of kernel memory) is a round without news; the descriptors are asked below in any case.
        _ = try? check("poll") { unsafe poll(&entries, 2, milliseconds) }
        if entries[0].revents != 0 { core.wake.drain() }
        return entries[1].revents & ~Int16(POLLOUT) != 0
    }

    /// What comes from the agent, as much as one round may take.
    private func receive(from connection: UnixConnection) {
        for _ in 0..<Bounds.messagesPerRound {
            do throws(UnixSocketError) {
                switch try connection.receive() {
                case .message(let bytes, let descriptors): take(bytes, descriptors)
                case .wouldBlock: return
                case .ended:
                    lose(connection, "it has closed the connection")
                    return
                }
            } catch {
                if case .oversized = error {
                    violation("\(error)")
                } else {
                    lose(connection, "\(error)")
                    return
                }
            }
            // The message may have ended the conversation.
            guard core.state.withLock({ $0.link.connection === connection }) else { return }
        }
    }

    private func take(_ bytes: [UInt8], _ descriptors: [Descriptor]) {
        do throws(WireError) {
            handle(try AgentMessage(decoding: bytes), descriptors)
        } catch {
            violation("\(error)")
        }
    }

    private func flush(_ connection: UnixConnection) {
        let failure = core.state.withLock { state -> String? in
            guard state.link.connection === connection else { return nil }
            state.outbox.flush(over: connection)
            return state.outbox.failure
        }
        if let failure { lose(connection, failure) }
    }

    private func doWhatIsDue() {
        expireRequests()
        let now = monotonicNow()
        let (link, wantsAgent) = core.state.withLock { ($0.link, $0.wantsAgent) }
        switch link {
        case .down(_, let retryAt) where retryAt <= now && wantsAgent: reconnect()
        case .greeting(let connection, let until) where until <= now:
            lose(connection, "it did not answer the handshake within \(Timeout(.nanoseconds(Bounds.handshake)))")
        default: break
        }
    }

    private func expireRequests() {
        let now = monotonicNow()
        let (expired, link, node) = core.state.withLock { state in
            (state.requests.expired(at: now, grace: state.grace), state.link, state.node)
        }
        for id in expired {
            core.abandon(id) { entry in unanswered(entry, link, node) }
        }
    }

    private func unanswered(_ entry: RequestTable.Entry, _ link: Link, _ node: String) -> SluiceError {
        let wish = entry.request.wish
        var error: SluiceError
        if link.isUp {
            error = SluiceError(.timedOut, "\(wish): the agent did not answer in time; the call may be made again")
        } else {
            error = SluiceError(
                .agentUnavailable, "\(wish): the agent at \(core.address) is away; is it running?")
            if case .down(let reason, _) = link { error.cause = reason }
        }
        error.channel = entry.request.channel
        error.actor = entry.request.actor
        error.node = node.isEmpty ? nil : node
        return error
    }

    /// Counts and reports what breaks the protocol; a peer that does so without end is not reported without end.
    func violation(_ what: String) {
        let count = core.state.withLock { state in
            state.violations += 1
            return state.violations
        }
        if count <= Bounds.violationsReported { core.report(.dropped(reason: what)) }
    }
}
