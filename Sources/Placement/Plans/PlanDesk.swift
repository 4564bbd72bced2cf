import Planning
package import SluiceModel
import Wire

/// Every run of every plan: who takes part, what each node shall have, who waits for what.
///
/// A value, owned by ``Placement``, which tells it what arrives and what it knows, and does what lies in ``effects`` after
/// each call. A run goes through the phases of ``PlanPhase``:
///
/// - materialising: every node is told its part, and says that the memory is there. One that refuses ends the run.
/// - gathering: actors join, register, open their channels, and say that they are ready.
/// - running: all are, and the barrier opens. Clients connect and launch jobs.
/// - ending: all actors have drained, or something has failed: waits are answered, the nodes give the memory back, and the
///   plan's name is free.
/// - ended: the memory is free everywhere; the run is remembered for a while.
///
/// Runs are not stored: a restarted coordinator knows none. Their calls fail with ``SluiceError/Code/unknownRun``, so their
/// processes close what they have; parts that agents report are kept as long as a channel of their run is there.
package struct PlanDesk: Sendable {
    let epoch: Epoch
    let limits: RunLimits
    let compile: PlanCompile
    package internal(set) var runs: [RunID: PlanRun] = [:]
    /// The run that has each plan's name.
    package internal(set) var named: [String: RunID] = [:]
    /// Runs that have ended, oldest first.
    var history: [RunID] = []
    /// Parts of runs that an earlier coordinator had.
    package internal(set) var orphans: [RunID: Set<NodeName>] = [:]
    /// What parts take in each node's desired set, estimated.
    package internal(set) var partBytes: [NodeName: Int] = [:]

    var waiters: [UInt64: PlanWaiter] = [:]
    var waiterOf: [Caller: UInt64] = [:]
    /// Calls that wait for a plan to be applied.
    var unborn: [String: Set<UInt64>] = [:]
    var lastWaiter: UInt64 = 0
    private var lastRun: UInt32 = 0
    var effects = PlanEffects()

    init(epoch: Epoch, limits: RunLimits, compile: @escaping PlanCompile) {
        self.epoch = epoch
        self.limits = limits
        self.compile = compile
    }

    package var waiterCount: Int { waiters.count }

    /// Takes a call of a worker's process.
    mutating func receive(_ call: PlanCall, timeout: Timeout, from caller: PlanCaller, _ known: PlanSurroundings) {
        // The same request once more is answered once.
        if let former = waiterOf[caller.caller] { drop(former) }
        let deadline = Deadline(timeout, from: known.now)
        do throws(SluiceError) {
            switch try act(on: call, caller.client(call.caller, known.now), known) {
            case .answer(let answer): effects.answers.append(PlanEffects.Reply(to: caller.caller, .success(answer)))
            case .wait(let place, let wish):
                let client = caller.client(call.caller, known.now)
                try wait(PlanWaiter(caller.caller, client, place, wish, deadline), known)
            }
        } catch {
            effects.answers.append(PlanEffects.Reply(to: caller.caller, .failure(error)))
        }
    }

    /// What becomes of a call.
    enum Outcome {
        case answer(PlanAnswer)
        case wait(PlanWaiter.Place, PlanWaiter.Wish)
    }

    private mutating func act(
        on call: PlanCall, _ client: PlanClient, _ known: PlanSurroundings
    ) throws(SluiceError) -> Outcome {
        switch call.body {
        case .apply(let spec): return .answer(try apply(spec, known))
        case .wait(let run, let phase): return .wait(.run(try find(run).id), .phase(phase))
        case .join(let plan, let actor): return .wait(place(plan), .join(actor))
        case .ready(let run, let actor):
            try ready(run, actor, client, known)
            return .wait(.run(run), .start(actor))
        case .fail(let run, let actor, let error): try fail(run, actor, error, client, known)
        case .ended(let run, let actor, let firings): try ended(run, actor, firings, client, known)
        case .put(let run, let key, let value):
            try living(run)
            try runs[run]?.values.put(value, at: key, limits)
            settle(run, known)
        case .get(let run, let key): return .wait(.run(try find(run).id), .key(key))
        case .connect(let plan): return .wait(place(plan), .connection)
        case .disconnect(let run, let connection): try disconnect(run, connection, client, known)
        case .launch(let run, let connection, let job, let function, let count):
            try launch(job, function, count, by: connection, in: run, client, known)
            return .wait(.run(run), .grant(job))
        case .abort(let run, let connection, let job): try abort(job, by: connection, in: run, client, known)
        case .events(let run, let actor, let after):
            try checkInterface(run, actor, client)
            try checkEvents(after, of: actor, in: run)
            return .wait(.run(run), .events(actor, after: after))
        case .done(let run, let actor, let job): try done(job, by: actor, in: run, client, known)
        case .finished(let run, let job):
            try checkJob(job, in: run)
            return .wait(.run(run), .finish(job))
        case .finish(let run): try finish(run, known)
        case .stop(let run, let reason): try stop(run, reason, known)
        case .show(let plan): return .answer(.runs(reports(of: plan)))
        }
        return .answer(.done)
    }

    mutating func nextRun() -> RunID {
        lastRun += 1
        return RunID(epoch: epoch, number: lastRun)
    }
}

/// What the desk is told of the world at each call.
struct PlanSurroundings {
    let now: UInt64
    let actors: [ActorName: Actor]
    let nodes: [NodeName: Node]
}

/// Who asks: where the answer goes, and which process it is.
struct PlanCaller {
    var caller: Caller
    var node: NodeName
    var life: ProcessLife
    var pid: Int32

    func client(_ number: UInt64, _ now: UInt64) -> PlanClient {
        PlanClient(caller: number, life: life, node: node, pid: pid, since: now)
    }
}

/// What is to be done after a call.
struct PlanEffects: Sendable {
    struct Reply: Sendable {
        var caller: Caller
        var answer: Result<PlanAnswer, SluiceError>

        init(to caller: Caller, _ answer: Result<PlanAnswer, SluiceError>) {
            self.caller = caller
            self.answer = answer
        }
    }

    var answers: [Reply] = []
    /// Nodes and runs whose part is to be told, or taken away.
    var parts: [NodeName: Set<RunID>] = [:]
    /// Waiters with a deadline.
    var timers: [(waiter: UInt64, due: Deadline)] = []
    var log: [(PlacementAction.Severity, String)] = []
}
