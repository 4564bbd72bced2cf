import Planning
import SluiceModel

// What is refused about plans, in words: always the culprit, and what to do next.

extension SluiceError {
    /// What the compiler says, as everyone else is told.
    static func refused(_ plan: String, _ error: PlanError) -> SluiceError {
        let code: Code =
            switch error.code {
            case .overBudget: .outOfMemory
            case .invalid, .cyclicWait, .unknownNode: .invalidArgument
            }
        return SluiceError(
            code, "plan \(plan) is refused: \(error)", actor: error.actor, node: error.node, needed: error.needed,
            available: error.available)
    }

    static func planTaken(_ run: PlanRun) -> SluiceError {
        let next =
            run.isFinishing
            ? "it is draining: wait until it has ended, then apply again"
            : "finish or stop that run first, or give this plan another name"
        return SluiceError(
            .nameTaken,
            "plan \(run.name) is \(run.phase) as run \(run.id), compiled otherwise (hash \(run.plan.hash)); \(next)")
    }

    static func partsFull(_ plan: String, _ node: NodeName, _ limit: Int) -> SluiceError {
        SluiceError(
            .limitReached,
            "plan \(plan): node \(node) has as many registers as one message can describe (\(limit) bytes, "
                + "RunLimits.mostPartBytes); finish other plans, or spread this one", node: node.rawValue)
    }

    // Runs.

    static func unknownRun(_ run: RunID) -> SluiceError {
        SluiceError(
            .unknownRun,
            "there is no run \(run): it ended long ago, or an earlier coordinator had it; close what belongs to it, and "
                + "join or apply the plan again")
    }

    static func hasEnded(_ run: PlanRun) -> SluiceError {
        SluiceError(.closed, "run \(run.id) of plan \(run.name) has ended; apply the plan again")
    }

    static func isFinishing(_ run: PlanRun) -> SluiceError {
        SluiceError(
            .closed,
            "run \(run.id) of plan \(run.name) takes no more jobs, it is being finished; apply the plan again when it "
                + "has ended")
    }

    // Actors.

    static func noSuchActor(_ actor: String, _ run: PlanRun) -> SluiceError {
        let names = run.plan.actors.map(\.name)
        let rest = names.count > 10 ? " and \(names.count - 10) more" : ""
        return SluiceError(
            .unknownActor,
            "plan \(run.name) has no actor \(actor); it has \(names.prefix(10).joined(separator: ", "))\(rest)",
            actor: actor)
    }

    static func wrongNode(_ actor: String, _ seat: PlanRun.Seat, _ client: PlanClient, _ run: PlanRun) -> SluiceError {
        SluiceError(
            .invalidArgument,
            "actor \(actor) of plan \(run.name) is planned on node \(seat.node), and process \(client.pid) is on node "
                + "\(client.node); start it there", actor: actor, node: client.node.rawValue, pid: client.pid)
    }

    static func seatTaken(_ actor: String, _ holder: PlanClient, _ run: PlanRun) -> SluiceError {
        SluiceError(
            .alreadyOpen,
            "actor \(actor) of plan \(run.name), run \(run.id), is process \(holder.pid)'s on node \(holder.node); stop "
                + "that one first", actor: actor, node: holder.node.rawValue, pid: holder.pid)
    }

    static func hasNotJoined(_ actor: String, _ run: PlanRun) -> SluiceError {
        SluiceError(.unknownActor, "nobody has joined run \(run.id) as actor \(actor); join first", actor: actor)
    }

    static func notRegistered(_ actor: String, _ client: PlanClient, _ run: PlanRun) -> SluiceError {
        SluiceError(
            .unknownActor,
            "process \(client.pid) is not registered as actor \(run.names.actor(actor)); register before "
                + "saying that it is ready", actor: actor, node: client.node.rawValue, pid: client.pid)
    }

    // What ends a run.

    static func failed(_ actor: String, _ why: SluiceError, _ client: PlanClient, _ run: PlanRun) -> SluiceError {
        var error = why
        error.message =
            "actor \(actor) of plan \(run.name), run \(run.id), has failed in process \(client.pid) on node "
            + "\(client.node): \(why.message)"
        error.actor = why.actor ?? actor
        error.node = why.node ?? client.node.rawValue
        error.pid = why.pid ?? client.pid
        return error
    }

    static func died(_ actor: String, _ known: Actor, _ run: PlanRun) -> SluiceError {
        SluiceError(
            .actorDied,
            "actor \(actor) of plan \(run.name), run \(run.id), was in process \(known.pid) on node \(known.node), which has "
                + "died; apply the plan again", actor: actor, node: known.node.rawValue, pid: known.pid)
    }

    static func lost(_ node: NodeName, actor: String?, pid: Int32?, _ run: PlanRun) -> SluiceError {
        let actors = run.seats.filter { $0.value.node == node }.keys.sorted()
        return SluiceError(
            .nodeLost,
            "node \(node) is lost, and with it actors \(actors.prefix(10).joined(separator: ", ")) of plan \(run.name), "
                + "run \(run.id); apply the plan again", actor: actor ?? actors.first, node: node.rawValue,
            pid: pid ?? actors.first.flatMap { run.seats[$0]?.holder?.pid })
    }

    static func noPart(_ node: NodeName, _ why: SluiceError, _ run: PlanRun) -> SluiceError {
        var error = why
        error.message = "node \(node) cannot have its part of plan \(run.name), run \(run.id): \(why.message)"
        error.node = node.rawValue
        return error
    }

    static func forgotten(_ node: NodeName, _ run: PlanRun) -> SluiceError {
        SluiceError(
            .nodeLost,
            "the agent of node \(node) has come back without its part of plan \(run.name), run \(run.id); apply the plan "
                + "again", node: node.rawValue)
    }

    // Jobs.

    static func noSuchFunction(_ function: String, _ run: PlanRun) -> SluiceError {
        let names = run.plan.functions.map(\.name).joined(separator: ", ")
        return SluiceError(
            .invalidArgument, "plan \(run.name) has no function \(function); it has \(names.isEmpty ? "none" : names)")
    }

    static func noSuchClient(_ number: UInt32, _ run: PlanRun) -> SluiceError {
        SluiceError(.closed, "run \(run.id) of plan \(run.name) has no client \(number) any more; connect again")
    }

    static func notYours(_ number: UInt32, _ holder: PlanClient, _ run: PlanRun) -> SluiceError {
        SluiceError(
            .accessDenied,
            "client \(number) of run \(run.id) is process \(holder.pid) on node \(holder.node); connect for a number of "
                + "your own", node: holder.node.rawValue, pid: holder.pid)
    }

    static func clientNotRegistered(_ number: UInt32, _ run: PlanRun) -> SluiceError {
        SluiceError(
            .unknownActor,
            "actor \(run.names.client(number)) is not registered by this process; register it before "
                + "launching jobs")
    }

    static func noInterface(_ actor: String, _ run: PlanRun) -> SluiceError {
        SluiceError(
            .invalidArgument, "actor \(actor) of plan \(run.name) is no interface: it has no jobs", actor: actor)
    }

    static func notYet(_ after: UInt64, _ next: UInt64, _ actor: String, _ run: PlanRun) -> SluiceError {
        SluiceError(
            .invalidArgument,
            "interface \(actor) of run \(run.id) asks for events from number \(after) on, and its next is \(next)",
            actor: actor)
    }

    static func otherJob(_ job: UInt64, _ run: PlanRun) -> SluiceError {
        SluiceError(
            .invalidArgument, "job \(job) of run \(run.id) is another one; choose a fresh number for each launch")
    }

    static func unknownJob(_ job: UInt64, _ run: PlanRun) -> SluiceError {
        SluiceError(
            .invalidArgument,
            "run \(run.id) of plan \(run.name) knows no job \(job): it was never launched, or long ago")
    }
}
