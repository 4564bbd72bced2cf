internal import CSluiceProtos
internal import SluiceModel

extension PlanCall {
    package func encoded() -> [UInt8] { unsafe pack() }

    /// - Throws: ``WireError``, whatever the bytes are; nothing that arrives traps.
    package init(decoding bytes: [UInt8]) throws(WireError) { try unsafe self.init(unpackingArray: bytes) }
}

extension PlanCall: @unsafe WireMessage {
    static var name: String { "PlanCall" }
    static var mostBytes: Int { Limits.mostPlanCallBytes }

    static func unpack(
        _ allocator: UnsafeMutablePointer<ProtobufCAllocator>, _ count: Int, _ data: UnsafePointer<UInt8>?
    ) -> UnsafeMutablePointer<Sluice__PlanCall>? {
        unsafe sluice__plan_call__unpack(allocator, count, data)
    }

    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__PlanCall> {
        let c = unsafe arena.new(sluice__plan_call__init)
        unsafe c.pointee.caller = caller
        unsafe body.fill(c, arena)
        return unsafe c
    }

    init(_ c: Sluice__PlanCall) throws(FieldFault) {
        unsafe self.init(caller: try Check.nonZero(c.caller, "PlanCall.caller"), try Body(c))
    }
}

// Filling: runs, then jobs.
extension PlanCall.Body {
    fileprivate func fill(_ c: UnsafeMutablePointer<Sluice__PlanCall>, _ arena: Arena) {
        switch self {
        case .apply(let spec):
            unsafe c.pointee.body_case = SLUICE__PLAN_CALL__BODY_APPLY
            unsafe c.pointee.apply = arena.bytes(spec)
        case .wait(let run, let phase):
            unsafe c.pointee.body_case = SLUICE__PLAN_CALL__BODY_AWAIT_PHASE
            unsafe c.pointee.await_phase = arena.new(sluice__await_phase__init)
            unsafe c.pointee.await_phase.pointee.run = run.rawValue
            unsafe c.pointee.await_phase.pointee.phase = Sluice__PlanPhase(rawValue: phase.rawValue)
        case .join(let plan, let actor):
            unsafe c.pointee.body_case = SLUICE__PLAN_CALL__BODY_JOIN
            unsafe c.pointee.join = arena.new(sluice__join_run__init)
            unsafe c.pointee.join.pointee.plan = arena.bytes(plan)
            unsafe c.pointee.join.pointee.actor = arena.bytes(actor)
        case .ready(let run, let actor):
            unsafe c.pointee.body_case = SLUICE__PLAN_CALL__BODY_READY
            unsafe c.pointee.ready = arena.new(sluice__run_actor__init)
            unsafe c.pointee.ready.pointee.run = run.rawValue
            unsafe c.pointee.ready.pointee.actor = arena.bytes(actor)
        case .fail(let run, let actor, let error):
            unsafe c.pointee.body_case = SLUICE__PLAN_CALL__BODY_FAIL
            unsafe c.pointee.fail = arena.new(sluice__fail_run__init)
            unsafe c.pointee.fail.pointee.run = run.rawValue
            unsafe c.pointee.fail.pointee.actor = arena.bytes(actor)
            unsafe c.pointee.fail.pointee.error = error.packed(in: arena)
        case .ended(let run, let actor, let firings):
            unsafe c.pointee.body_case = SLUICE__PLAN_CALL__BODY_ENDED
            unsafe c.pointee.ended = arena.new(sluice__actor_ended__init)
            unsafe c.pointee.ended.pointee.run = run.rawValue
            unsafe c.pointee.ended.pointee.actor = arena.bytes(actor)
            unsafe c.pointee.ended.pointee.firings = firings
        case .put(let run, let key, let value):
            unsafe c.pointee.body_case = SLUICE__PLAN_CALL__BODY_PUT
            unsafe c.pointee.put = arena.new(sluice__put_value__init)
            unsafe c.pointee.put.pointee.run = run.rawValue
            unsafe c.pointee.put.pointee.key = arena.bytes(key)
            unsafe c.pointee.put.pointee.value = arena.bytes(value)
        case .get(let run, let key):
            unsafe c.pointee.body_case = SLUICE__PLAN_CALL__BODY_GET
            unsafe c.pointee.get = arena.new(sluice__run_key__init)
            unsafe c.pointee.get.pointee.run = run.rawValue
            unsafe c.pointee.get.pointee.key = arena.bytes(key)
        case .finish(let run):
            unsafe c.pointee.body_case = SLUICE__PLAN_CALL__BODY_FINISH
            unsafe c.pointee.finish = run.rawValue
        case .stop(let run, let reason):
            unsafe c.pointee.body_case = SLUICE__PLAN_CALL__BODY_STOP
            unsafe c.pointee.stop = arena.new(sluice__stop_run__init)
            unsafe c.pointee.stop.pointee.run = run.rawValue
            unsafe c.pointee.stop.pointee.reason = arena.bytes(reason)
        case .show(let plan):
            unsafe c.pointee.body_case = SLUICE__PLAN_CALL__BODY_SHOW
            unsafe c.pointee.show = arena.bytes(plan ?? "")
        case .connect, .disconnect, .launch, .abort, .events, .done, .finished: unsafe fillJob(c, arena)
        }
    }

    private func fillJob(_ c: UnsafeMutablePointer<Sluice__PlanCall>, _ arena: Arena) {
        switch self {
        case .connect(let plan):
            unsafe c.pointee.body_case = SLUICE__PLAN_CALL__BODY_CONNECT
            unsafe c.pointee.connect = arena.bytes(plan)
        case .disconnect(let run, let connection):
            unsafe c.pointee.body_case = SLUICE__PLAN_CALL__BODY_DISCONNECT
            unsafe c.pointee.disconnect = arena.new(sluice__run_connection__init)
            unsafe c.pointee.disconnect.pointee.run = run.rawValue
            unsafe c.pointee.disconnect.pointee.connection = connection
        case .launch(let run, let connection, let job, let function, let count):
            unsafe c.pointee.body_case = SLUICE__PLAN_CALL__BODY_LAUNCH
            unsafe c.pointee.launch = arena.new(sluice__launch_job__init)
            unsafe c.pointee.launch.pointee.run = run.rawValue
            unsafe c.pointee.launch.pointee.connection = connection
            unsafe c.pointee.launch.pointee.job = job
            unsafe c.pointee.launch.pointee.function = arena.bytes(function)
            unsafe c.pointee.launch.pointee.count = count
        case .abort(let run, let connection, let job):
            unsafe c.pointee.body_case = SLUICE__PLAN_CALL__BODY_ABORT
            unsafe c.pointee.abort = arena.new(sluice__abort_job__init)
            unsafe c.pointee.abort.pointee.run = run.rawValue
            unsafe c.pointee.abort.pointee.connection = connection
            unsafe c.pointee.abort.pointee.job = job
        case .events(let run, let actor, let after):
            unsafe c.pointee.body_case = SLUICE__PLAN_CALL__BODY_EVENTS
            unsafe c.pointee.events = arena.new(sluice__await_events__init)
            unsafe c.pointee.events.pointee.run = run.rawValue
            unsafe c.pointee.events.pointee.actor = arena.bytes(actor)
            unsafe c.pointee.events.pointee.after = after
        case .done(let run, let actor, let job):
            unsafe c.pointee.body_case = SLUICE__PLAN_CALL__BODY_DONE
            unsafe c.pointee.done = arena.new(sluice__job_part__init)
            unsafe c.pointee.done.pointee.run = run.rawValue
            unsafe c.pointee.done.pointee.actor = arena.bytes(actor)
            unsafe c.pointee.done.pointee.job = job
        case .finished(let run, let job):
            unsafe c.pointee.body_case = SLUICE__PLAN_CALL__BODY_FINISHED
            unsafe c.pointee.finished = arena.new(sluice__run_job__init)
            unsafe c.pointee.finished.pointee.run = run.rawValue
            unsafe c.pointee.finished.pointee.job = job
        default: preconditionFailure("a call that is not about jobs")
        }
    }
}

// Reading: runs, then jobs.
extension PlanCall.Body {
    fileprivate init(_ c: Sluice__PlanCall) throws(FieldFault) {
        switch unsafe c.body_case {
        case SLUICE__PLAN_CALL__BODY_APPLY: self = unsafe .apply(spec: Check.array(c.apply))
        case SLUICE__PLAN_CALL__BODY_AWAIT_PHASE:
            let wait = try unsafe Check.part(c.await_phase, "PlanCall.wait")
            self = .wait(
                try unsafe Check.run(wait.run, "AwaitPhase.run"),
                try unsafe Check.known(wait.phase.rawValue, "AwaitPhase.phase"))
        case SLUICE__PLAN_CALL__BODY_JOIN:
            let join = try unsafe Check.part(c.join, "PlanCall.join")
            self = .join(
                plan: try unsafe Check.label(join.plan, "JoinRun.plan"),
                actor: try unsafe Check.label(join.actor, "JoinRun.actor"))
        case SLUICE__PLAN_CALL__BODY_READY:
            let ready = try unsafe Check.part(c.ready, "PlanCall.ready")
            self = .ready(
                try unsafe Check.run(ready.run, "RunActor.run"),
                actor: try unsafe Check.label(ready.actor, "RunActor.actor"))
        case SLUICE__PLAN_CALL__BODY_FAIL:
            let fail = try unsafe Check.part(c.fail, "PlanCall.fail")
            self = .fail(
                try unsafe Check.run(fail.run, "FailRun.run"),
                actor: try unsafe Check.label(fail.actor, "FailRun.actor"),
                try unsafe SluiceError(fail.error, "FailRun.error"))
        case SLUICE__PLAN_CALL__BODY_ENDED:
            let ended = try unsafe Check.part(c.ended, "PlanCall.ended")
            self = .ended(
                try unsafe Check.run(ended.run, "ActorEnded.run"),
                actor: try unsafe Check.label(ended.actor, "ActorEnded.actor"), firings: unsafe ended.firings)
        case SLUICE__PLAN_CALL__BODY_PUT:
            let put = try unsafe Check.part(c.put, "PlanCall.put")
            self = .put(
                try unsafe Check.run(put.run, "PutValue.run"), key: try unsafe Check.label(put.key, "PutValue.key"),
                unsafe Check.array(put.value))
        case SLUICE__PLAN_CALL__BODY_GET:
            let get = try unsafe Check.part(c.get, "PlanCall.get")
            self = .get(
                try unsafe Check.run(get.run, "RunKey.run"), key: try unsafe Check.label(get.key, "RunKey.key"))
        case SLUICE__PLAN_CALL__BODY_FINISH: self = .finish(try unsafe Check.run(c.finish, "PlanCall.finish"))
        case SLUICE__PLAN_CALL__BODY_STOP:
            let stop = try unsafe Check.part(c.stop, "PlanCall.stop")
            self = .stop(
                try unsafe Check.run(stop.run, "StopRun.run"),
                reason: try unsafe Check.label(stop.reason, "StopRun.reason"))
        case SLUICE__PLAN_CALL__BODY_SHOW:
            self = .show(plan: unsafe c.show.len == 0 ? nil : try unsafe Check.label(c.show, "PlanCall.show"))
        default: self = try unsafe Self.job(c)
        }
    }

    private static func job(_ c: Sluice__PlanCall) throws(FieldFault) -> Self {
        switch unsafe c.body_case {
        case SLUICE__PLAN_CALL__BODY_CONNECT:
            return .connect(plan: try unsafe Check.label(c.connect, "PlanCall.connect"))
        case SLUICE__PLAN_CALL__BODY_DISCONNECT:
            let end = try unsafe Check.part(c.disconnect, "PlanCall.disconnect")
            return .disconnect(try unsafe Check.run(end.run, "RunConnection.run"), connection: unsafe end.connection)
        case SLUICE__PLAN_CALL__BODY_LAUNCH:
            let launch = try unsafe Check.part(c.launch, "PlanCall.launch")
            return .launch(
                try unsafe Check.run(launch.run, "LaunchJob.run"), connection: unsafe launch.connection,
                job: try unsafe Check.nonZero(launch.job, "LaunchJob.job"),
                function: try unsafe Check.label(launch.function, "LaunchJob.function"),
                count: try unsafe Check.sequence(launch.count, "LaunchJob.count"))
        case SLUICE__PLAN_CALL__BODY_ABORT:
            let abort = try unsafe Check.part(c.abort, "PlanCall.abort")
            return .abort(
                try unsafe Check.run(abort.run, "AbortJob.run"), connection: unsafe abort.connection,
                job: try unsafe Check.nonZero(abort.job, "AbortJob.job"))
        case SLUICE__PLAN_CALL__BODY_EVENTS:
            let events = try unsafe Check.part(c.events, "PlanCall.events")
            return .events(
                try unsafe Check.run(events.run, "AwaitEvents.run"),
                actor: try unsafe Check.label(events.actor, "AwaitEvents.actor"),
                after: try unsafe Check.sequence(events.after, "AwaitEvents.after"))
        case SLUICE__PLAN_CALL__BODY_DONE:
            let done = try unsafe Check.part(c.done, "PlanCall.done")
            return .done(
                try unsafe Check.run(done.run, "JobPart.run"),
                actor: try unsafe Check.label(done.actor, "JobPart.actor"),
                job: try unsafe Check.nonZero(done.job, "JobPart.job"))
        case SLUICE__PLAN_CALL__BODY_FINISHED:
            let finished = try unsafe Check.part(c.finished, "PlanCall.finished")
            return .finished(
                try unsafe Check.run(finished.run, "RunJob.run"),
                job: try unsafe Check.nonZero(finished.job, "RunJob.job"))
        default: throw unsafe PlanCall.unknownBody(c.base)
        }
    }
}

extension Check {
    static func run(_ value: UInt64, _ field: String) throws(FieldFault) -> RunID {
        RunID(rawValue: try nonZero(value, field))
    }

    /// A name within a plan: 1 ... ``Limits/mostLabelBytes`` bytes of UTF-8.
    static func label(_ data: ProtobufCBinaryData, _ field: String) throws(FieldFault) -> String {
        _ = try unsafe range(data.len, 1, UInt64(Limits.mostLabelBytes), field)
        return try unsafe text(data, field)
    }

    static func runs(_ list: UnsafeMutablePointer<UInt64>?, _ count: Int, _ field: String)
        throws(FieldFault) -> [RunID]
    {
        try Check.count(count, most: Limits.mostNodeParts, field)
        return try unsafe elements(list, count).map { value throws(FieldFault) in try run(value, field) }
    }
}
