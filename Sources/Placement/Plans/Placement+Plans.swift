import SluiceModel
import Wire

// Between the coordinator's mind and its desk for plans.
extension Placement {
    private var planSurroundings: PlanSurroundings { PlanSurroundings(now: now, actors: actors, nodes: nodes) }

    mutating func planCall(
        _ bytes: [UInt8], _ timeout: Timeout, life: ProcessLife, pid: Int32, from node: NodeName, _ caller: Caller
    ) {
        let call: PlanCall
        do throws(WireError) { call = try PlanCall(decoding: bytes) } catch {
            return answer(.failed(error.sluiceError(from: "process \(pid) on node \(node)")), to: caller)
        }
        let caller = PlanCaller(caller: caller, node: node, life: life, pid: pid)
        desk.receive(call, timeout: timeout, from: caller, planSurroundings)
        takePlanEffects()
    }

    mutating func cancelPlanCall(_ request: UInt64, _ caller: Caller) {
        tellDesk { desk, known in desk.cancel(Caller(connection: caller.connection, request: request), known) }
    }

    /// What agents say of their parts.
    mutating func partChanged(_ body: NodeMessage.Body, on node: NodeName) {
        tellDesk { desk, known in
            switch body {
            case .partReady(let run): desk.partReady(run, on: node, known)
            case .partRefused(let run, let error): desk.partRefused(run, error, on: node, known)
            case .partGone(let run): desk.partGone(run, on: node, known)
            default: break
            }
        }
    }

    mutating func planWaiterIsLate(_ waiter: UInt64) {
        tellDesk { desk, known in desk.isLate(waiter, known) }
    }

    /// An actor's process is dead, or its node is given up.
    mutating func planActorLost(_ actor: Actor) {
        guard !desk.runs.isEmpty else { return }
        tellDesk { desk, known in desk.actorLost(actor, known) }
    }

    /// A node is given up, and its standing says so already.
    mutating func planNodeLost(_ name: NodeName) {
        tellDesk { desk, known in desk.nodeLost(name, known) }
    }

    /// A node has registered; all that it has besides is taken over already.
    mutating func planNodeRegistered(_ registration: RegisterNode) {
        let reported = registration.parts
        let there = reported.isEmpty ? [] : runsOfChannels()
        tellDesk { desk, known in
            desk.nodeRegistered(registration.node, parts: reported, known) { there.contains($0) }
        }
    }

    /// A channel is gone: it may have been the last of a run that an earlier coordinator had.
    mutating func planChannelGone(_ name: ChannelName) {
        guard !desk.orphans.isEmpty, let run = Self.run(of: name), desk.orphans[run] != nil else { return }
        guard !channels.values.contains(where: { Self.run(of: $0.spec.name) == run }) else { return }
        tellDesk { desk, _ in desk.orphanIsOver(run) }
    }

    private func runsOfChannels() -> Set<RunID> { Set(channels.values.compactMap { Self.run(of: $0.spec.name) }) }

    /// The run of a channel `plan/PLAN/RUN/…`.
    private static func run(of channel: ChannelName) -> RunID? {
        let parts = channel.rawValue.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "plan" else { return nil }
        return RunID(String(parts[2]))
    }

    private mutating func tellDesk(_ body: (inout PlanDesk, PlanSurroundings) -> Void) {
        let known = planSurroundings
        body(&desk, known)
        takePlanEffects()
    }

    private mutating func takePlanEffects() {
        let effects = desk.effects
        desk.effects = PlanEffects()
        for reply in effects.answers {
            switch reply.answer {
            case .success(let answer): self.answer(.planAnswer(answer.encoded()), to: reply.caller)
            case .failure(let error): self.answer(.failed(error), to: reply.caller)
            }
        }
        for (node, runs) in effects.parts { changes.desired[node, default: .init()].parts.formUnion(runs) }
        for timer in effects.timers { schedule(.plan(timer.waiter), at: timer.due) }
        for (severity, text) in effects.log { log(severity, text) }
    }
}
