import Planning
import SluiceModel
import Wire

// Who takes part: joining, the barrier, ending, dying.
extension PlanDesk {
    /// Gives an actor's place to whoever asks for it, unless another has it.
    mutating func takeSeat(
        _ actor: String, in id: RunID, _ client: PlanClient, _ known: PlanSurroundings
    ) throws(SluiceError) {
        guard let run = runs[id] else { throw .unknownRun(id) }
        guard var seat = run.seats[actor] else { throw .noSuchActor(actor, run) }
        guard seat.node == client.node else { throw .wrongNode(actor, seat, client, run) }
        if let holder = seat.holder, !holder.isSame(client) {
            let isRegistered = run.actorName(actor).flatMap { known.actors[$0] }?.isAlive == true
            // It may not have got round to registering; if it died before, nobody would ever tell.
            let isFresh = known.now < holder.since + limits.joining
            guard !isRegistered, !isFresh, seat.state == .joined else { throw .seatTaken(actor, holder, run) }
        }
        if seat.holder?.isSame(client) != true {
            seat.holder = client
            seat.holder?.since = known.now
        }
        seat.state = max(seat.state, .joined)
        runs[id]?.seats[actor] = seat
    }

    /// An actor's channels are open: when every one's are, the run starts.
    mutating func ready(
        _ id: RunID, _ actor: String, _ client: PlanClient, _ known: PlanSurroundings
    ) throws(SluiceError) {
        let run = try living(id)
        try checkHolder(actor, client, run)
        guard let name = run.actorName(actor), let registered = known.actors[name], registered.isAlive,
            registered.life == client.life
        else { throw .notRegistered(actor, client, run) }
        guard let state = run.seats[actor]?.state, state < .ready else { return }
        runs[id]?.seats[actor]?.state = .ready
        startIfReady(id, known)
    }

    /// Opens the barrier once every actor is ready.
    private mutating func startIfReady(_ id: RunID, _ known: PlanSurroundings) {
        guard let run = runs[id], run.phase == .gathering, run.seats.values.allSatisfy({ $0.state >= .ready }) else {
            return
        }
        runs[id]?.phase = .running
        effects.log.append((.info, "run \(id) of plan \(run.name) has started"))
        settle(id, known)
        closeIfIdle(id, known)
        endIfDrained(id, known)
    }

    mutating func fail(
        _ id: RunID, _ actor: String, _ error: SluiceError, _ client: PlanClient, _ known: PlanSurroundings
    ) throws(SluiceError) {
        let run = try find(id)
        // Its own failure may be a consequence of the one that has ended the run.
        guard !run.isOver else { return }
        try checkHolder(actor, client, run)
        end(id, because: .failed(actor, error, client, run), known)
    }

    mutating func ended(
        _ id: RunID, _ actor: String, _ firings: UInt64, _ client: PlanClient, _ known: PlanSurroundings
    ) throws(SluiceError) {
        let run = try find(id)
        guard !run.isOver else { return }
        try checkHolder(actor, client, run)
        runs[id]?.seats[actor]?.state = .ended
        runs[id]?.seats[actor]?.firings = firings
        startIfReady(id, known)
        endIfDrained(id, known)
    }

    private mutating func endIfDrained(_ id: RunID, _ known: PlanSurroundings) {
        guard let run = runs[id], run.phase == .running, run.seats.values.allSatisfy({ $0.state == .ended }) else {
            return
        }
        end(id, because: nil, known)
    }

    /// No more jobs: those that wait are served, then the interfaces close.
    mutating func finish(_ id: RunID, _ known: PlanSurroundings) throws(SluiceError) {
        guard !(try find(id)).isOver else { return }
        runs[id]?.isFinishing = true
        settle(id, known)
        closeIfIdle(id, known)
    }

    mutating func stop(_ id: RunID, _ reason: String, _ known: PlanSurroundings) throws(SluiceError) {
        guard !(try find(id)).isOver else { return }
        end(id, because: SluiceError(.stopped, "run \(id) was stopped: \(reason)"), known)
    }

    /// A process that had Sluice's actor of this name has died, or its node is given up.
    mutating func actorLost(_ actor: Actor, _ known: PlanSurroundings) {
        guard let (id, name) = Self.member(actor.name), let run = runs[id], !run.isOver else { return }
        let node = known.nodes[actor.node]
        let error: SluiceError =
            node?.standing == .alive ? .died(name, actor, run) : .lost(actor.node, actor: name, pid: actor.pid, run)
        if name.hasPrefix("client/") {
            guard let number = UInt32(name.dropFirst(7)), let client = run.connections[number],
                client.life == actor.life
            else { return }
            return clientLeft(number, of: id, error, known)
        }
        guard let seat = run.seats[name], seat.state != .ended, seat.holder?.life == actor.life else { return }
        end(id, because: error, known)
    }

    /// The run and the name in it of an actor `plan/PLAN/RUN/NAME`.
    private static func member(_ name: ActorName) -> (RunID, String)? {
        let parts = name.rawValue.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "plan", let run = RunID(String(parts[2])) else { return nil }
        return (run, String(parts[3]))
    }

    // MARK: Checks

    func find(_ id: RunID) throws(SluiceError) -> PlanRun {
        guard let run = runs[id] else { throw .unknownRun(id) }
        return run
    }

    /// A run that has not ended; one that has fails with its own error.
    @discardableResult
    func living(_ id: RunID) throws(SluiceError) -> PlanRun {
        let run = try find(id)
        if run.isOver { throw run.error ?? .hasEnded(run) }
        return run
    }

    func checkHolder(_ actor: String, _ client: PlanClient, _ run: PlanRun) throws(SluiceError) {
        guard let seat = run.seats[actor] else { throw .noSuchActor(actor, run) }
        guard let holder = seat.holder else { throw .hasNotJoined(actor, run) }
        guard holder.isSame(client) else { throw .seatTaken(actor, holder, run) }
    }
}
