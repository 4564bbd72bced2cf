import Planning
import SluiceModel
import Wire

extension PlanDesk {
    /// Runs as they stand: all, or those of a plan's name, or one by its number. With a name or number the newest comes with
    /// its compiled plan.
    func reports(of plan: String?) -> [RunReport] {
        let number = plan.flatMap { RunID($0) }
        var shown = runs.values.filter { plan == nil || $0.name == plan || $0.id == number }
            .sorted { $0.id < $1.id }.map { report(on: $0) }
        // The newest first, as far as they have room in one message.
        var room = limits.mostShownActors
        for index in shown.indices.reversed() {
            if shown[index].actors.count > room { shown[index].actors = [] }
            room -= shown[index].actors.count
        }
        if plan != nil, let last = shown.indices.last { shown[last].compiled = runs[shown[last].run]?.json ?? [] }
        return shown
    }

    private func report(on run: PlanRun) -> RunReport {
        RunReport(
            run: run.id, plan: run.name, hash: run.plan.hash, phase: run.phase, isFinishing: run.isFinishing,
            error: run.error,
            actors: run.plan.actors.map { actor in
                let seat = run.seats[actor.name]
                return RunActorReport(
                    name: actor.name, node: actor.node, state: seat?.state ?? .awaited, pid: seat?.holder?.pid ?? 0,
                    firings: seat?.firings ?? 0)
            },
            connections: UInt32(run.connections.count), queued: UInt32(run.queue.waitingCount),
            granted: UInt32(run.queue.grantedCount), compiled: [])
    }

    /// What a call has waited for in vain.
    func lateness(of waiter: PlanWaiter) -> SluiceError {
        guard case .run(let id) = waiter.place, let run = runs[id] else {
            guard case .plan(let name) = waiter.place else { return SluiceError(.timedOut, "there was no answer") }
            return SluiceError(
                .timedOut, "no plan \(name) was applied by the deadline; apply it, or give a longer timeout")
        }
        return SluiceError(.timedOut, "run \(id) of plan \(run.name): \(want(of: waiter.wish, run)) by the deadline")
    }

    private func want(of wish: PlanWaiter.Wish, _ run: PlanRun) -> String {
        switch wish {
        case .phase(let phase): "it is \(run.phase), and was not \(phase)"
        case .join(let actor): "actor \(actor) could not join, as the run is \(run.phase)\(missing(run))"
        case .start(let actor): "actor \(actor) is ready, but the run did not start\(missing(run))"
        case .key(let key): "nobody had put key \"\(key)\""
        case .connection: "it is \(run.phase), and did not take clients\(missing(run))"
        case .grant(let job):
            "job \(job) of function \(run.queue.known(job)?.function ?? "?") did not get its turn, behind "
                + "\(run.queue.grantedCount) under way and \(run.queue.waitingCount - 1) that wait"
        case .events(let actor, _): "nothing happened to interface \(actor)"
        case .finish(let job): "job \(job) was not over"
        }
    }

    /// Who keeps a run from starting; the first few.
    private func missing(_ run: PlanRun) -> String {
        let names: [String] =
            switch run.phase {
            case .materialising: run.parts.filter { $0.value.state == .wanted }.map { "node \($0.key)'s memory" }
            case .gathering:
                run.seats.filter { $0.value.state < .ready }.map { "actor \($0.key) on node \($0.value.node)" }
            default: []
            }
        guard !names.isEmpty else { return "" }
        let rest = names.count > 5 ? " and \(names.count - 5) more" : ""
        return "; it waits for " + names.sorted().prefix(5).joined(separator: ", ") + rest
    }
}
