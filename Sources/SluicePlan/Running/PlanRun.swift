public import Planning
public import Sluice
public import SluiceModel
internal import Wire

/// One life of a plan, as this worker sees it.
///
/// Actors join it in worker processes (``PlanWorker``), clients call its functions (``PlanClient``). It goes on without this
/// object; who has none yet gets one by applying the same plan again.
public struct PlanRun: Sendable {
    public let id: RunID
    /// What the coordinator has made of the plan.
    public let plan: CompiledPlan
    let line: PlanLine

    init(_ id: RunID, _ plan: CompiledPlan, _ line: PlanLine) {
        self.id = id
        self.plan = plan
        self.line = line
    }

    public var name: String { plan.spec.name }
    var names: PlanNames { PlanNames(plan: name, run: id) }

    /// Declares a plan to the coordinator, which compiles it and has every node reserve its part.
    ///
    /// The same plan once more is the run that there is; another one of its name must wait for that run's end.
    ///
    /// - Throws: ``SluiceError/Code/invalidArgument`` for a plan that cannot be, ``SluiceError/Code/nameTaken``,
    ///   ``SluiceError/Code/outOfMemory`` naming the node, ``SluiceError/Code/coordinatorUnavailable``.
    nonisolated(nonsending)
        public static func apply(_ spec: PlanSpec, by worker: Worker, timeout: Timeout = .seconds(30))
        async throws(SluiceError) -> PlanRun
    {
        let line = PlanLine(worker)
        let wish = "applying plan \(spec.name)"
        let answer = try await line.ask(.apply(spec: try spec.json()), timeout: timeout, wish)
        guard case .applied(let run, let json) = answer else { throw .unexpected(wish) }
        return PlanRun(run, try CompiledPlan(json: json, wish), line)
    }

    /// Waits until every actor is ready and sources may start.
    ///
    /// - Throws: Why the run has ended, if it has; ``SluiceError/Code/timedOut``.
    nonisolated(nonsending)
        public func started(timeout: Timeout = .infinite) async throws(SluiceError)
    {
        try await reached(.running, timeout)
    }

    /// Waits until every actor has ended and the memory is free everywhere.
    ///
    /// - Throws: Why the run has ended, if not in order; ``SluiceError/Code/timedOut``.
    nonisolated(nonsending)
        public func ended(timeout: Timeout = .infinite) async throws(SluiceError)
    {
        try await reached(.ended, timeout)
    }

    /// No more jobs are taken; those that wait are served, inputs close, and the graph drains. Returns at once.
    nonisolated(nonsending)
        public func finish() async throws(SluiceError)
    {
        try await line.tell(.finish(id), timeout: .seconds(30), "finishing plan \(name)")
    }

    /// Ends the run now, with an error for everyone who waits for it. Returns at once.
    nonisolated(nonsending)
        public func stop(reason: String) async throws(SluiceError)
    {
        try await line.tell(.stop(id, reason: reason), timeout: .seconds(30), "stopping plan \(name)")
    }

    /// Leaves a value for the run's other processes; under a key that has none yet.
    nonisolated(nonsending)
        public func put(_ key: String, _ value: [UInt8]) async throws(SluiceError)
    {
        try await line.tell(.put(id, key: key, value), timeout: .seconds(30), "putting \(key) of plan \(name)")
    }

    /// Waits for what another process leaves.
    nonisolated(nonsending)
        public func get(_ key: String, timeout: Timeout = .usual) async throws(SluiceError) -> [UInt8]
    {
        let wish = "getting \(key) of plan \(name)"
        guard case .value(let value) = try await line.ask(.get(id, key: key), timeout: timeout, wish) else {
            throw .unexpected(wish)
        }
        return value
    }

    /// How long each actor's kernels take, by its name, nanoseconds of one firing: the mean over all of its firings.
    ///
    /// Waits for each actor's end, so it is asked before the run ends, from a task of its own. Actors that have not fired are
    /// left out.
    public func durations() async throws(SluiceError) -> [String: UInt64] {
        var durations: [String: UInt64] = [:]
        let names = plan.actors.filter { $0.role == .kernels }.map(\.name)
        let told = await withTaskGroup(of: (String, Result<[UInt8], SluiceError>).self) { group in
            for name in names {
                group.addTask {
                    do throws(SluiceError) {
                        return (name, .success(try await self.get(Self.durationKey(name), timeout: .infinite)))
                    } catch {
                        return (name, .failure(error))
                    }
                }
            }
            var told: [(String, Result<[UInt8], SluiceError>)] = []
            for await one in group { told.append(one) }
            return told
        }
        for (name, value) in told {
            guard let duration = UInt64(String(decoding: try value.get(), as: UTF8.self)) else { continue }
            if duration > 0 { durations[name] = duration }
        }
        return durations
    }

    static func durationKey(_ actor: String) -> String { "duration/\(actor)" }

    nonisolated(nonsending)
        private func reached(_ phase: PlanPhase, _ timeout: Timeout) async throws(SluiceError)
    {
        if let failure = try await failure(by: phase, timeout) { throw failure }
    }

    /// Waits until it is so far.
    ///
    /// - Returns: Why it has ended, if not in order.
    nonisolated(nonsending)
        func failure(by phase: PlanPhase = .ending, _ timeout: Timeout = .infinite) async throws(SluiceError)
        -> SluiceError?
    {
        let wish = "waiting for plan \(name)"
        guard case .reached(_, let error) = try await line.ask(.wait(id, phase), timeout: timeout, wish) else {
            throw .unexpected(wish)
        }
        return error
    }
}
