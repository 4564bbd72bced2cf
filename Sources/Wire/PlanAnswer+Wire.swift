internal import CSluiceProtos
internal import SluiceModel

extension PlanAnswer {
    package func encoded() -> [UInt8] { unsafe pack() }

    /// - Throws: ``WireError``, whatever the bytes are; nothing that arrives traps.
    package init(decoding bytes: [UInt8]) throws(WireError) { try unsafe self.init(unpackingArray: bytes) }
}

extension PlanAnswer: @unsafe WireMessage {
    static var name: String { "PlanAnswer" }
    static var mostBytes: Int { Limits.mostNetworkMessageBytes }

    static func unpack(
        _ allocator: UnsafeMutablePointer<ProtobufCAllocator>, _ count: Int, _ data: UnsafePointer<UInt8>?
    ) -> UnsafeMutablePointer<Sluice__PlanAnswer>? {
        unsafe sluice__plan_answer__unpack(allocator, count, data)
    }

    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__PlanAnswer> {
        let c = unsafe arena.new(sluice__plan_answer__init)
        switch self {
        case .done:
            unsafe c.pointee.body_case = SLUICE__PLAN_ANSWER__BODY_DONE
            unsafe c.pointee.done = Nothing().packed(in: arena)
        case .applied(let run, let plan):
            unsafe c.pointee.body_case = SLUICE__PLAN_ANSWER__BODY_APPLIED
            unsafe c.pointee.applied = CompiledRun(run: run, plan: plan).packed(in: arena)
        case .reached(let phase, let error):
            unsafe c.pointee.body_case = SLUICE__PLAN_ANSWER__BODY_REACHED
            unsafe c.pointee.reached = arena.new(sluice__phase_reached__init)
            unsafe c.pointee.reached.pointee.phase = Sluice__PlanPhase(rawValue: phase.rawValue)
            unsafe c.pointee.reached.pointee.error = error?.packed(in: arena)
        case .joined(let run, let plan):
            unsafe c.pointee.body_case = SLUICE__PLAN_ANSWER__BODY_JOINED
            unsafe c.pointee.joined = CompiledRun(run: run, plan: plan).packed(in: arena)
        case .connected(let run, let connection, let plan):
            unsafe c.pointee.body_case = SLUICE__PLAN_ANSWER__BODY_CONNECTED
            unsafe c.pointee.connected = arena.new(sluice__plan_connected__init)
            unsafe c.pointee.connected.pointee.run = run.rawValue
            unsafe c.pointee.connected.pointee.connection = connection
            unsafe c.pointee.connected.pointee.plan = arena.bytes(plan)
        case .value(let value):
            unsafe c.pointee.body_case = SLUICE__PLAN_ANSWER__BODY_VALUE
            unsafe c.pointee.value = arena.bytes(value)
        case .events(let events):
            unsafe c.pointee.body_case = SLUICE__PLAN_ANSWER__BODY_EVENTS
            let list = unsafe arena.new(sluice__plan_events__init)
            unsafe (list.pointee.n_events, list.pointee.events) = arena.list(events)
            unsafe c.pointee.events = list
        case .runs(let runs):
            unsafe c.pointee.body_case = SLUICE__PLAN_ANSWER__BODY_RUNS
            let list = unsafe arena.new(sluice__plan_runs__init)
            unsafe (list.pointee.n_runs, list.pointee.runs) = arena.list(runs)
            unsafe c.pointee.runs = list
        }
        return unsafe c
    }

    init(_ c: Sluice__PlanAnswer) throws(FieldFault) {
        switch unsafe c.body_case {
        case SLUICE__PLAN_ANSWER__BODY_DONE: self = .done
        case SLUICE__PLAN_ANSWER__BODY_APPLIED:
            let applied = try unsafe CompiledRun(c.applied, "PlanAnswer.applied")
            self = .applied(applied.run, plan: applied.plan)
        case SLUICE__PLAN_ANSWER__BODY_REACHED:
            let reached = try unsafe Check.part(c.reached, "PlanAnswer.reached")
            self = .reached(
                try unsafe Check.known(reached.phase.rawValue, "PhaseReached.phase"),
                error: try unsafe SluiceError.ifPresent(reached.error))
        case SLUICE__PLAN_ANSWER__BODY_JOINED:
            let joined = try unsafe CompiledRun(c.joined, "PlanAnswer.joined")
            self = .joined(joined.run, plan: joined.plan)
        case SLUICE__PLAN_ANSWER__BODY_CONNECTED:
            let connected = try unsafe Check.part(c.connected, "PlanAnswer.connected")
            self = .connected(
                try unsafe Check.run(connected.run, "PlanConnected.run"), connection: unsafe connected.connection,
                plan: unsafe Check.array(connected.plan))
        case SLUICE__PLAN_ANSWER__BODY_VALUE: self = unsafe .value(Check.array(c.value))
        case SLUICE__PLAN_ANSWER__BODY_EVENTS:
            let list = try unsafe Check.part(c.events, "PlanAnswer.events")
            self = .events(
                try unsafe PlanEvent.list(
                    list.events, list.n_events, most: Limits.mostPlanEvents, "PlanEvents.events"))
        case SLUICE__PLAN_ANSWER__BODY_RUNS:
            let list = try unsafe Check.part(c.runs, "PlanAnswer.runs")
            self = .runs(
                try unsafe RunReport.list(list.runs, list.n_runs, most: Limits.mostRunReports, "PlanRuns.runs"))
        default: throw unsafe PlanAnswer.unknownBody(c.base)
        }
    }
}

/// A run, and its plan as JSON.
struct CompiledRun: @unsafe WireValue {
    var run: RunID
    var plan: [UInt8]

    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__CompiledRun> {
        let c = unsafe arena.new(sluice__compiled_run__init)
        unsafe c.pointee.run = run.rawValue
        unsafe c.pointee.plan = arena.bytes(plan)
        return unsafe c
    }
}

extension CompiledRun {
    init(_ c: Sluice__CompiledRun) throws(FieldFault) {
        unsafe self.init(run: try Check.run(c.run, "CompiledRun.run"), plan: Check.array(c.plan))
    }
}

extension PlanEvent: @unsafe WireValue {
    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__PlanEvent> {
        let c = unsafe arena.new(sluice__plan_event__init)
        unsafe c.pointee.index = index
        switch kind {
        case .granted(let job, let connection, let function, let count):
            unsafe c.pointee.body_case = SLUICE__PLAN_EVENT__BODY_GRANTED
            unsafe c.pointee.granted = arena.new(sluice__job_granted__init)
            unsafe c.pointee.granted.pointee.job = job
            unsafe c.pointee.granted.pointee.connection = connection
            unsafe c.pointee.granted.pointee.function = arena.bytes(function)
            unsafe c.pointee.granted.pointee.count = count
        case .aborted(let job):
            unsafe c.pointee.body_case = SLUICE__PLAN_EVENT__BODY_ABORTED
            unsafe c.pointee.aborted = job
        case .closed:
            unsafe c.pointee.body_case = SLUICE__PLAN_EVENT__BODY_CLOSED
            unsafe c.pointee.closed = Nothing().packed(in: arena)
        }
        return unsafe c
    }

    init(_ c: Sluice__PlanEvent) throws(FieldFault) {
        let index = try unsafe Check.sequence(c.index, "PlanEvent.index")
        switch unsafe c.body_case {
        case SLUICE__PLAN_EVENT__BODY_GRANTED:
            let granted = try unsafe Check.part(c.granted, "PlanEvent.granted")
            self.init(
                index: index,
                .granted(
                    job: try unsafe Check.nonZero(granted.job, "JobGranted.job"), connection: unsafe granted.connection,
                    function: try unsafe Check.label(granted.function, "JobGranted.function"),
                    count: try unsafe Check.sequence(granted.count, "JobGranted.count")))
        case SLUICE__PLAN_EVENT__BODY_ABORTED:
            self.init(index: index, .aborted(job: try unsafe Check.nonZero(c.aborted, "PlanEvent.aborted")))
        case SLUICE__PLAN_EVENT__BODY_CLOSED: self.init(index: index, .closed)
        default: throw FieldFault("PlanEvent.body", .missing)
        }
    }
}

extension RunReport: @unsafe WireValue {
    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__RunReport> {
        let c = unsafe arena.new(sluice__run_report__init)
        unsafe c.pointee.run = run.rawValue
        unsafe c.pointee.plan = arena.bytes(plan)
        unsafe c.pointee.hash = arena.bytes(hash)
        unsafe c.pointee.phase = Sluice__PlanPhase(rawValue: phase.rawValue)
        unsafe c.pointee.is_finishing = isFinishing ? 1 : 0
        unsafe c.pointee.error = error?.packed(in: arena)
        unsafe (c.pointee.n_actors, c.pointee.actors) = arena.list(actors)
        unsafe c.pointee.connections = connections
        unsafe c.pointee.queued = queued
        unsafe c.pointee.granted = granted
        unsafe c.pointee.compiled = arena.bytes(compiled)
        return unsafe c
    }

    init(_ c: Sluice__RunReport) throws(FieldFault) {
        unsafe self.init(
            run: try Check.run(c.run, "RunReport.run"),
            plan: try Check.label(c.plan, "RunReport.plan"),
            hash: try Check.text(c.hash, "RunReport.hash"),
            phase: try Check.known(c.phase.rawValue, "RunReport.phase"),
            isFinishing: c.is_finishing != 0,
            error: try SluiceError.ifPresent(c.error),
            actors: try RunActorReport.list(c.actors, c.n_actors, most: Limits.mostRunActors, "RunReport.actors"),
            connections: c.connections, queued: c.queued, granted: c.granted, compiled: Check.array(c.compiled))
    }
}

extension RunActorReport: @unsafe WireValue {
    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__RunActorReport> {
        let c = unsafe arena.new(sluice__run_actor_report__init)
        unsafe c.pointee.name = arena.bytes(name)
        unsafe c.pointee.node = arena.bytes(node)
        unsafe c.pointee.state = Sluice__PlanActorState(rawValue: state.rawValue)
        unsafe c.pointee.pid = pid
        unsafe c.pointee.firings = firings
        return unsafe c
    }

    init(_ c: Sluice__RunActorReport) throws(FieldFault) {
        unsafe self.init(
            name: try Check.label(c.name, "RunActorReport.name"),
            node: try Check.label(c.node, "RunActorReport.node"),
            state: try Check.known(c.state.rawValue, "RunActorReport.state"),
            pid: try Check.pid(c.pid, "RunActorReport.pid"),
            firings: c.firings)
    }
}
