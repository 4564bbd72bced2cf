import Planning
import SluiceModel
import Wire

// Clients of a run, and their jobs.
extension PlanDesk {
    /// A client's number in the run: the one that it has, or a new one.
    mutating func connect(
        _ client: PlanClient, to id: RunID, _ known: PlanSurroundings
    ) throws(SluiceError) -> UInt32 {
        let run = try living(id)
        if let known = run.connections.first(where: { $0.value.isSame(client) }) { return known.key }
        guard run.connections.count < limits.mostConnections || forgetClient(of: id, known) else {
            throw .full("clients of run \(id)", limits.mostConnections)
        }
        let number = run.lastConnection + 1
        runs[id]?.lastConnection = number
        runs[id]?.connections[number] = client
        runs[id]?.connections[number]?.since = known.now
        return number
    }

    /// Makes room for a client by forgetting one that has never registered its actor.
    private mutating func forgetClient(of id: RunID, _ known: PlanSurroundings) -> Bool {
        let idle = runs[id]?.connections.filter { number, client in
            let actor = runs[id]?.clientName(number).flatMap { known.actors[$0] }
            return actor?.isAlive != true && known.now >= client.since + limits.joining
        }
        guard let oldest = idle?.keys.min() else { return false }
        runs[id]?.connections[oldest] = nil
        return true
    }

    mutating func disconnect(
        _ id: RunID, _ number: UInt32, _ client: PlanClient, _ known: PlanSurroundings
    ) throws(SluiceError) {
        let run = try find(id)
        guard let holder = run.connections[number] else { return }
        guard holder.isSame(client) else { throw .notYours(number, holder, run) }
        clientLeft(number, of: id, SluiceError(.cancelled, "client \(number) of run \(id) has disconnected"), known)
    }

    /// A client is gone: what it waits for vanishes, what is under way for it is aborted.
    mutating func clientLeft(_ number: UInt32, of id: RunID, _ why: SluiceError, _ known: PlanSurroundings) {
        runs[id]?.connections[number] = nil
        runs[id]?.queue.abortAll(of: number, why)
        settle(id, known)
        closeIfIdle(id, known)
    }

    mutating func launch(
        _ job: UInt64, _ function: String, _ count: UInt64, by number: UInt32, in id: RunID, _ client: PlanClient,
        _ known: PlanSurroundings
    ) throws(SluiceError) {
        let run = try living(id)
        try checkClient(number, client, run)
        let planned = LaunchQueue.Job(
            id: job, connection: number, function: function, count: count,
            interfaces: try interfaces(of: function, in: run))
        if let present = run.queue.known(job) {
            guard present.isAgain(planned) else { throw .otherJob(job, run) }
            return
        }
        guard run.phase == .running, !run.isFinishing else { throw .isFinishing(run) }
        guard let name = run.clientName(number), let actor = known.actors[name], actor.isAlive,
            actor.life == client.life
        else { throw .clientNotRegistered(number, run) }
        guard run.queue.jobs.count < limits.mostJobs else { throw .full("jobs of run \(id)", limits.mostJobs) }
        runs[id]?.queue.add(planned)
        settle(id, known)
    }

    /// The interface actors that a job of a function needs.
    private func interfaces(of function: String, in run: PlanRun) throws(SluiceError) -> [String] {
        guard let planned = run.plan.functions.first(where: { $0.name == function }) else {
            throw .noSuchFunction(function, run)
        }
        return run.plan.actors.filter { actor in
            switch actor.role {
            case .kernels: false
            case .input(let name): planned.inputs.contains(name)
            case .output(let name): planned.outputs.contains(name)
            case .end(let name): name == function
            }
        }.map(\.name)
    }

    mutating func abort(
        _ job: UInt64, by number: UInt32, in id: RunID, _ client: PlanClient, _ known: PlanSurroundings
    ) throws(SluiceError) {
        let run = try find(id)
        guard !run.isOver, run.connections[number] != nil else { return }
        try checkClient(number, client, run)
        guard run.queue.known(job)?.connection == number else { return }
        runs[id]?.queue.abort(job, SluiceError(.cancelled, "the job was taken back by its client"))
        settle(id, known)
        closeIfIdle(id, known)
    }

    mutating func done(
        _ job: UInt64, by actor: String, in id: RunID, _ client: PlanClient, _ known: PlanSurroundings
    ) throws(SluiceError) {
        guard !(try find(id)).isOver else { return }
        try checkInterface(id, actor, client)
        runs[id]?.queue.done(job, by: actor)
        settle(id, known)
        closeIfIdle(id, known)
    }

    /// Once the last job of a run that takes no more is over, its inputs close.
    mutating func closeIfIdle(_ id: RunID, _ known: PlanSurroundings) {
        guard let run = runs[id], run.isFinishing, run.phase == .running, run.queue.isIdle, !run.queue.isClosed else {
            return
        }
        runs[id]?.queue.close()
        settle(id, known)
    }

    // MARK: Checks

    private func checkClient(_ number: UInt32, _ client: PlanClient, _ run: PlanRun) throws(SluiceError) {
        guard let holder = run.connections[number] else { throw .noSuchClient(number, run) }
        guard holder.isSame(client) else { throw .notYours(number, holder, run) }
    }

    func checkInterface(_ id: RunID, _ actor: String, _ client: PlanClient) throws(SluiceError) {
        let run = try living(id)
        try checkHolder(actor, client, run)
        guard run.queue.isInterface(actor) else { throw .noInterface(actor, run) }
    }

    /// Nobody knows events that have not happened.
    func checkEvents(_ after: UInt64, of actor: String, in id: RunID) throws(SluiceError) {
        let run = try living(id)
        let next = run.queue.nextEvent(of: actor)
        guard after <= next else { throw .notYet(after, next, actor, run) }
    }

    func checkJob(_ job: UInt64, in id: RunID) throws(SluiceError) {
        let run = try living(id)
        guard run.queue.known(job) != nil else { throw .unknownJob(job, run) }
    }
}
