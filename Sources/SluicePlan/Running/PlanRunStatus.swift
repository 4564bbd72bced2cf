internal import Planning
public import Sluice
public import SluiceModel
internal import Wire

/// A run as the coordinator sees it.
public struct PlanRunStatus: Sendable {
    public let run: RunID
    public let plan: String
    public let hash: String
    public let phase: Phase
    /// No more jobs are taken.
    public let isFinishing: Bool
    /// Why it has ended, if not in order.
    public let error: SluiceError?
    public let actors: [Actor]
    /// Clients that are connected, jobs that wait, and jobs under way.
    public let clients: Int
    public let queuedJobs: Int
    public let grantedJobs: Int

    /// How far a run is.
    public enum Phase: String, Codable, Sendable {
        /// Nodes reserve their parts.
        case materialising
        /// Actors join and open their registers.
        case gathering
        case running
        /// It drains, or its memory is being given back.
        case ending
        /// Its memory is free everywhere.
        case ended
    }

    /// One of its actors.
    public struct Actor: Codable, Hashable, Sendable {
        public enum State: String, Codable, Sendable { case awaited, joined, ready, ended }

        public let name: String
        public let node: String
        public let state: State
        /// 0: nobody has joined.
        public let pid: Int32
        /// Known once it has ended.
        public let firings: UInt64
    }

    init(_ report: RunReport) {
        run = report.run
        plan = report.plan
        hash = report.hash
        phase = Phase(report.phase)
        isFinishing = report.isFinishing
        error = report.error
        actors = report.actors.map {
            Actor(name: $0.name, node: $0.node, state: Actor.State($0.state), pid: $0.pid, firings: $0.firings)
        }
        clients = Int(report.connections)
        queuedJobs = Int(report.queued)
        grantedJobs = Int(report.granted)
    }
}

extension PlanRunStatus.Phase {
    init(_ phase: PlanPhase) {
        self =
            switch phase {
            case .materialising: .materialising
            case .gathering: .gathering
            case .running: .running
            case .ending: .ending
            case .ended: .ended
            }
    }
}

extension PlanRunStatus.Actor.State {
    init(_ state: PlanActorState) {
        self =
            switch state {
            case .awaited: .awaited
            case .joined: .joined
            case .ready: .ready
            case .ended: .ended
            }
    }
}

extension PlanRun {
    /// Runs that there are, or have been not long ago.
    ///
    /// - Parameter plan: A plan's name, or a run's number; nil: all.
    nonisolated(nonsending)
        public static func list(_ plan: String? = nil, by worker: Worker) async throws(SluiceError) -> [PlanRunStatus]
    {
        try await reports(plan, worker).map { PlanRunStatus($0) }
    }

    /// The newest run of a plan, by the plan's name or the run's number.
    ///
    /// - Throws: ``SluiceError/Code/unknownChannel`` if there is none.
    nonisolated(nonsending)
        public static func find(_ plan: String, by worker: Worker) async throws(SluiceError) -> PlanRun
    {
        let reports = try await reports(plan, worker)
        guard let newest = reports.max(by: { $0.run < $1.run }) else {
            throw SluiceError(
                .unknownChannel,
                "there is no run of plan \(plan); apply it first, or look at the list of those there are")
        }
        // Only one that is asked for by its number comes with what was compiled.
        let whole = try await self.reports(newest.run.description, worker).first ?? newest
        return PlanRun(whole.run, try CompiledPlan(json: whole.compiled, "finding plan \(plan)"), PlanLine(worker))
    }

    /// How far it is.
    nonisolated(nonsending)
        public func status() async throws(SluiceError) -> PlanRunStatus
    {
        guard let report = try await Self.reports(id.description, line.worker).first else {
            throw SluiceError(.unknownChannel, "the coordinator does not know run \(id) of plan \(name) any more")
        }
        return PlanRunStatus(report)
    }

    nonisolated(nonsending)
        private static func reports(_ plan: String?, _ worker: Worker) async throws(SluiceError) -> [RunReport]
    {
        let wish = "listing runs of plans"
        guard case .runs(let runs) = try await PlanLine(worker).ask(.show(plan: plan), timeout: .seconds(10), wish)
        else { throw .unexpected(wish) }
        return runs
    }
}
