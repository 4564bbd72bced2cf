import SluiceModel
import Wire

/// A call that waits.
struct PlanWaiter: Sendable {
    let caller: Caller
    let client: PlanClient
    var place: Place
    let wish: Wish
    let deadline: Deadline

    enum Place: Hashable, Sendable {
        case run(RunID)
        /// A plan that has not been applied yet.
        case plan(String)
    }

    enum Wish: Hashable, Sendable {
        case phase(PlanPhase)
        case join(String)
        case start(String)
        case key(String)
        case connection
        case grant(UInt64)
        case events(String, after: UInt64)
        case finish(UInt64)
    }

    init(_ caller: Caller, _ client: PlanClient, _ place: Place, _ wish: Wish, _ deadline: Deadline) {
        self.caller = caller
        self.client = client
        self.place = place
        self.wish = wish
        self.deadline = deadline
    }
}

extension PlanDesk {
    /// Where a call waits that names a plan, or a run.
    func place(_ plan: String) -> PlanWaiter.Place {
        if let run = named[plan] { return .run(run) }
        if let run = RunID(plan), runs[run] != nil { return .run(run) }
        return .plan(plan)
    }

    mutating func wait(_ waiter: PlanWaiter, _ known: PlanSurroundings) throws(SluiceError) {
        guard waiters.count < limits.mostWaiting else {
            throw .full("calls about plans that wait", limits.mostWaiting)
        }
        lastWaiter += 1
        let id = lastWaiter
        waiters[id] = waiter
        waiterOf[waiter.caller] = id
        switch waiter.place {
        case .plan(let name): unborn[name, default: []].insert(id)
        case .run(let run):
            runs[run]?.waiting.insert(id)
            settle(id, known)
        }
        guard waiters[id] != nil else { return }
        if waiter.deadline.hasPassed(at: known.now) { return isLate(id, known) }
        if waiter.deadline != .never { effects.timers.append((id, waiter.deadline)) }
    }

    func deadline(of waiter: UInt64) -> UInt64? {
        guard let deadline = waiters[waiter]?.deadline, deadline != .never else { return nil }
        return deadline.nanoseconds
    }

    /// Looks again at everyone who waits for something of a run.
    mutating func settle(_ run: RunID, _ known: PlanSurroundings) {
        for id in (runs[run]?.waiting ?? []).sorted() { settle(id, known) }
    }

    private mutating func settle(_ id: UInt64, _ known: PlanSurroundings) {
        guard let waiter = waiters[id], case .run(let run) = waiter.place else { return }
        do throws(SluiceError) {
            if let answer = try fulfil(waiter, run, known) { reply(id, .success(answer)) }
        } catch {
            reply(id, .failure(error))
        }
    }

    /// What a call waits for, if it is so; nil: not yet.
    private mutating func fulfil(
        _ waiter: PlanWaiter, _ id: RunID, _ known: PlanSurroundings
    ) throws(SluiceError) -> PlanAnswer? {
        guard let run = runs[id] else { throw .unknownRun(id) }
        switch waiter.wish {
        case .phase(let phase): return run.phase >= phase ? .reached(run.phase, error: run.error) : nil
        case .finish(let job) where run.queue.isOver(job):
            if let abortion = run.queue.known(job)?.abortion { throw abortion }
            return .done
        default: break
        }
        if run.isOver { throw run.error ?? .hasEnded(run) }
        switch waiter.wish {
        case .phase, .finish: return nil
        case .join(let actor):
            guard run.phase >= .gathering else { return nil }
            try takeSeat(actor, in: id, waiter.client, known)
            return .joined(id, plan: run.json)
        case .start: return run.phase >= .running ? .done : nil
        case .key(let key): return run.values[key].map { .value($0) }
        case .connection:
            guard !run.isFinishing else { throw .isFinishing(run) }
            guard run.phase == .running else { return nil }
            return .connected(id, connection: try connect(waiter.client, to: id, known), plan: run.json)
        case .grant(let job):
            guard let job = run.queue.known(job) else { throw .unknownJob(job, run) }
            if let abortion = job.abortion { throw abortion }
            return job.isGranted ? .done : nil
        case .events(let actor, let after):
            let events = runs[id]?.queue.events(of: actor, after: after) ?? []
            return events.isEmpty ? nil : .events(events)
        }
    }

    private mutating func reply(_ id: UInt64, _ answer: Result<PlanAnswer, SluiceError>) {
        guard let waiter = waiters[id] else { return }
        drop(id)
        effects.answers.append(PlanEffects.Reply(to: waiter.caller, answer))
    }

    mutating func drop(_ id: UInt64) {
        guard let waiter = waiters.removeValue(forKey: id) else { return }
        if waiterOf[waiter.caller] == id { waiterOf[waiter.caller] = nil }
        switch waiter.place {
        case .run(let run): runs[run]?.waiting.remove(id)
        case .plan(let name):
            unborn[name]?.remove(id)
            if unborn[name]?.isEmpty == true { unborn[name] = nil }
        }
    }

    /// Nobody waits for that answer any more.
    mutating func cancel(_ caller: Caller, _ known: PlanSurroundings) {
        guard let id = waiterOf[caller], let waiter = waiters[id] else { return }
        drop(id)
        takeBack(waiter, SluiceError(.cancelled, "the launch was cancelled"), known)
    }

    /// Whoever asked on a connection that its node has left asks again.
    mutating func dropWaiters(from connection: Connection) {
        for (caller, id) in waiterOf where caller.connection == connection { drop(id) }
    }

    /// The deadline of a call has come.
    mutating func isLate(_ id: UInt64, _ known: PlanSurroundings) {
        guard let waiter = waiters[id], waiter.deadline.hasPassed(at: known.now) else { return }
        let error = lateness(of: waiter)
        reply(id, .failure(error))
        takeBack(waiter, error, known)
    }

    /// A job that nobody waits for any more must not be granted.
    private mutating func takeBack(_ waiter: PlanWaiter, _ why: SluiceError, _ known: PlanSurroundings) {
        guard case .grant(let job) = waiter.wish, case .run(let run) = waiter.place else { return }
        runs[run]?.queue.abort(job, why)
        settle(run, known)
        closeIfIdle(run, known)
    }

    /// A plan was applied: those who have waited for it wait for its run.
    mutating func born(_ run: RunID, _ name: String, _ known: PlanSurroundings) {
        for id in (unborn.removeValue(forKey: name) ?? []).sorted() {
            waiters[id]?.place = .run(run)
            runs[run]?.waiting.insert(id)
        }
        settle(run, known)
    }
}

extension RunID {
    /// As ``description`` writes it.
    init?(_ text: String) {
        let numbers = text.split(separator: ".", omittingEmptySubsequences: false)
        guard numbers.count == 2, let epoch = UInt32(numbers[0]), let number = UInt32(numbers[1]) else { return nil }
        self.init(epoch: UInt64(epoch), number: number)
    }
}
