internal import CSluiceProtos
internal import SluiceModel

extension NodeMessage {
    package func encoded() -> [UInt8] { unsafe pack() }

    /// - Throws: ``WireError``, whatever the bytes are; nothing that arrives traps.
    package init(decoding bytes: UnsafeRawBufferPointer) throws(WireError) { try unsafe self.init(unpacking: bytes) }
    package init(decoding bytes: [UInt8]) throws(WireError) { try unsafe self.init(unpackingArray: bytes) }
}

extension NodeMessage: @unsafe WireMessage {
    static var name: String { "NodeMessage" }
    static var mostBytes: Int { Limits.mostNetworkMessageBytes }

    static func unpack(
        _ allocator: UnsafeMutablePointer<ProtobufCAllocator>, _ count: Int, _ data: UnsafePointer<UInt8>?
    ) -> UnsafeMutablePointer<Sluice__NodeMessage>? {
        unsafe sluice__node_message__unpack(allocator, count, data)
    }

    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__NodeMessage> {
        let c = unsafe arena.new(sluice__node_message__init)
        unsafe c.pointee.request = request
        unsafe body.fill(c, arena)
        return unsafe c
    }

    init(_ c: Sluice__NodeMessage) throws(FieldFault) {
        unsafe self.init(request: c.request, try Body(c))
    }
}

extension NodeMessage.Body {
    fileprivate func fill(_ c: UnsafeMutablePointer<Sluice__NodeMessage>, _ arena: Arena) {
        switch self {
        case .register(let register):
            unsafe c.pointee.body_case = SLUICE__NODE_MESSAGE__BODY_REGISTER
            unsafe c.pointee.register_ = register.packed(in: arena)
        case .heartbeat(let heartbeat):
            unsafe c.pointee.body_case = SLUICE__NODE_MESSAGE__BODY_HEARTBEAT
            unsafe c.pointee.heartbeat = heartbeat.packed(in: arena)
        case .registerActor(let actor, let life, let pid):
            unsafe c.pointee.body_case = SLUICE__NODE_MESSAGE__BODY_REGISTER_ACTOR
            unsafe c.pointee.register_actor = arena.new(sluice__register_actor__init)
            unsafe c.pointee.register_actor.pointee.actor = arena.bytes(actor.rawValue)
            unsafe c.pointee.register_actor.pointee.life = life.rawValue
            unsafe c.pointee.register_actor.pointee.pid = pid
        case .actorsLost(let actors):
            unsafe c.pointee.body_case = SLUICE__NODE_MESSAGE__BODY_ACTORS_LOST
            let lost = unsafe arena.new(sluice__actors_lost__init)
            unsafe (lost.pointee.n_actors, lost.pointee.actors) = arena.list(actors)
            unsafe c.pointee.actors_lost = lost
        case .createChannel(let spec, let timeout):
            unsafe c.pointee.body_case = SLUICE__NODE_MESSAGE__BODY_CREATE_CHANNEL
            unsafe c.pointee.create_channel = arena.new(sluice__create_node_channel__init)
            unsafe c.pointee.create_channel.pointee.spec = spec.packed(in: arena)
            unsafe c.pointee.create_channel.pointee.timeout = timeout.packed(in: arena)
        case .abandonChannel(let channel):
            unsafe c.pointee.body_case = SLUICE__NODE_MESSAGE__BODY_ABANDON_CHANNEL
            unsafe c.pointee.abandon_channel = channel.rawValue
        case .endChannel(let channel, let end):
            unsafe c.pointee.body_case = SLUICE__NODE_MESSAGE__BODY_END_CHANNEL
            unsafe c.pointee.end_channel = arena.new(sluice__end_channel__init)
            unsafe c.pointee.end_channel.pointee.channel = channel.rawValue
            unsafe c.pointee.end_channel.pointee.end = end.packed(in: arena)
        case .channelDrained(let channel):
            unsafe c.pointee.body_case = SLUICE__NODE_MESSAGE__BODY_CHANNEL_DRAINED
            unsafe c.pointee.channel_drained = channel.rawValue
        case .resolveReader(let channel, let actor, let timeout):
            unsafe c.pointee.body_case = SLUICE__NODE_MESSAGE__BODY_RESOLVE_READER
            unsafe c.pointee.resolve_reader = arena.new(sluice__resolve_reader__init)
            unsafe c.pointee.resolve_reader.pointee.channel = arena.bytes(channel.rawValue)
            unsafe c.pointee.resolve_reader.pointee.actor = arena.bytes(actor.rawValue)
            unsafe c.pointee.resolve_reader.pointee.timeout = timeout.packed(in: arena)
        case .readerOpen(let channel, let actor, let isOpen):
            unsafe c.pointee.body_case = SLUICE__NODE_MESSAGE__BODY_READER_OPEN
            unsafe c.pointee.reader_open = arena.new(sluice__reader_open__init)
            unsafe c.pointee.reader_open.pointee.channel = channel.rawValue
            unsafe c.pointee.reader_open.pointee.actor = arena.bytes(actor.rawValue)
            unsafe c.pointee.reader_open.pointee.is_open = isOpen ? 1 : 0
        case .referenceReady(let channel):
            unsafe c.pointee.body_case = SLUICE__NODE_MESSAGE__BODY_REFERENCE_READY
            unsafe c.pointee.reference_ready = channel.rawValue
        case .referenceRefused(let channel, let error):
            unsafe c.pointee.body_case = SLUICE__NODE_MESSAGE__BODY_REFERENCE_REFUSED
            unsafe c.pointee.reference_refused = ChannelFailure(channel: channel, error: error).packed(in: arena)
        case .referenceDrained(let channel):
            unsafe c.pointee.body_case = SLUICE__NODE_MESSAGE__BODY_REFERENCE_DRAINED
            unsafe c.pointee.reference_drained = channel.rawValue
        case .status:
            unsafe c.pointee.body_case = SLUICE__NODE_MESSAGE__BODY_STATUS
            unsafe c.pointee.status = Nothing().packed(in: arena)
        case .statusReport(let json):
            unsafe c.pointee.body_case = SLUICE__NODE_MESSAGE__BODY_STATUS_REPORT
            unsafe c.pointee.status_report = arena.bytes(json)
        case .pong:
            unsafe c.pointee.body_case = SLUICE__NODE_MESSAGE__BODY_PONG
            unsafe c.pointee.pong = Nothing().packed(in: arena)
        case .planCall, .cancelPlanCall, .partReady, .partRefused, .partGone: unsafe fillPlan(c, arena)
        case .leave:
            unsafe c.pointee.body_case = SLUICE__NODE_MESSAGE__BODY_LEAVE
            unsafe c.pointee.leave = Nothing().packed(in: arena)
        }
    }

    private func fillPlan(_ c: UnsafeMutablePointer<Sluice__NodeMessage>, _ arena: Arena) {
        switch self {
        case .planCall(let call, let timeout, let life, let pid):
            unsafe c.pointee.body_case = SLUICE__NODE_MESSAGE__BODY_PLAN_CALL
            unsafe c.pointee.plan_call = arena.new(sluice__node_plan_call__init)
            unsafe c.pointee.plan_call.pointee.call = arena.bytes(call)
            unsafe c.pointee.plan_call.pointee.timeout = timeout.packed(in: arena)
            unsafe c.pointee.plan_call.pointee.life = life.rawValue
            unsafe c.pointee.plan_call.pointee.pid = pid
        case .cancelPlanCall(let request):
            unsafe c.pointee.body_case = SLUICE__NODE_MESSAGE__BODY_CANCEL_PLAN_CALL
            unsafe c.pointee.cancel_plan_call = request
        case .partReady(let run):
            unsafe c.pointee.body_case = SLUICE__NODE_MESSAGE__BODY_PART_READY
            unsafe c.pointee.part_ready = run.rawValue
        case .partRefused(let run, let error):
            unsafe c.pointee.body_case = SLUICE__NODE_MESSAGE__BODY_PART_REFUSED
            unsafe c.pointee.part_refused = RunFailure(run: run, error: error).packed(in: arena)
        case .partGone(let run):
            unsafe c.pointee.body_case = SLUICE__NODE_MESSAGE__BODY_PART_GONE
            unsafe c.pointee.part_gone = run.rawValue
        default: preconditionFailure("a message that is not about plans")
        }
    }

    private static func plan(_ c: Sluice__NodeMessage) throws(FieldFault) -> Self {
        switch unsafe c.body_case {
        case SLUICE__NODE_MESSAGE__BODY_PLAN_CALL:
            let plan = try unsafe Check.part(c.plan_call, "NodeMessage.planCall")
            return .planCall(
                unsafe Check.array(plan.call), timeout: try unsafe Timeout(plan.timeout, "NodePlanCall.timeout"),
                life: try unsafe Check.life(plan.life, "NodePlanCall.life"),
                pid: try unsafe Check.pid(plan.pid, "NodePlanCall.pid"))
        case SLUICE__NODE_MESSAGE__BODY_CANCEL_PLAN_CALL: return unsafe .cancelPlanCall(request: c.cancel_plan_call)
        case SLUICE__NODE_MESSAGE__BODY_PART_READY:
            return .partReady(try unsafe Check.run(c.part_ready, "NodeMessage.partReady"))
        case SLUICE__NODE_MESSAGE__BODY_PART_REFUSED:
            let failure = try unsafe RunFailure(c.part_refused, "NodeMessage.partRefused")
            return .partRefused(failure.run, failure.error)
        case SLUICE__NODE_MESSAGE__BODY_PART_GONE:
            return .partGone(try unsafe Check.run(c.part_gone, "NodeMessage.partGone"))
        default: throw unsafe NodeMessage.unknownBody(c.base)
        }
    }

    fileprivate init(_ c: Sluice__NodeMessage) throws(FieldFault) {
        switch unsafe c.body_case {
        case SLUICE__NODE_MESSAGE__BODY_REGISTER:
            self = .register(try unsafe RegisterNode(c.register_, "NodeMessage.register"))
        case SLUICE__NODE_MESSAGE__BODY_HEARTBEAT:
            self = .heartbeat(try unsafe Heartbeat(c.heartbeat, "NodeMessage.heartbeat"))
        case SLUICE__NODE_MESSAGE__BODY_REGISTER_ACTOR:
            let register = try unsafe Check.part(c.register_actor, "NodeMessage.registerActor")
            self = .registerActor(
                try unsafe Check.name(register.actor, "RegisterActor.actor"),
                life: try unsafe Check.life(register.life, "RegisterActor.life"),
                pid: try unsafe Check.pid(register.pid, "RegisterActor.pid"))
        case SLUICE__NODE_MESSAGE__BODY_ACTORS_LOST:
            let lost = try unsafe Check.part(c.actors_lost, "NodeMessage.actorsLost")
            self = .actorsLost(
                try unsafe ActorIdentity.list(
                    lost.actors, lost.n_actors, most: Limits.mostNodeActors, "ActorsLost.actors"))
        case SLUICE__NODE_MESSAGE__BODY_CREATE_CHANNEL:
            let create = try unsafe Check.part(c.create_channel, "NodeMessage.createChannel")
            self = .createChannel(
                try unsafe ChannelSpec(create.spec, "CreateNodeChannel.spec"),
                timeout: try unsafe Timeout(create.timeout, "CreateNodeChannel.timeout"))
        case SLUICE__NODE_MESSAGE__BODY_ABANDON_CHANNEL:
            self = .abandonChannel(try unsafe Check.channel(c.abandon_channel, "NodeMessage.abandonChannel"))
        case SLUICE__NODE_MESSAGE__BODY_END_CHANNEL:
            let end = try unsafe Check.part(c.end_channel, "NodeMessage.endChannel")
            self = .endChannel(
                try unsafe Check.channel(end.channel, "EndChannel.channel"),
                try unsafe ChannelEnd(end.end, "EndChannel.end"))
        case SLUICE__NODE_MESSAGE__BODY_CHANNEL_DRAINED:
            self = .channelDrained(try unsafe Check.channel(c.channel_drained, "NodeMessage.channelDrained"))
        case SLUICE__NODE_MESSAGE__BODY_RESOLVE_READER:
            let resolve = try unsafe Check.part(c.resolve_reader, "NodeMessage.resolveReader")
            self = .resolveReader(
                try unsafe Check.name(resolve.channel, "ResolveReader.channel"),
                try unsafe Check.name(resolve.actor, "ResolveReader.actor"),
                timeout: try unsafe Timeout(resolve.timeout, "ResolveReader.timeout"))
        case SLUICE__NODE_MESSAGE__BODY_READER_OPEN:
            let open = try unsafe Check.part(c.reader_open, "NodeMessage.readerOpen")
            self = .readerOpen(
                try unsafe Check.channel(open.channel, "ReaderOpen.channel"),
                try unsafe Check.name(open.actor, "ReaderOpen.actor"), isOpen: unsafe open.is_open != 0)
        case SLUICE__NODE_MESSAGE__BODY_REFERENCE_READY:
            self = .referenceReady(try unsafe Check.channel(c.reference_ready, "NodeMessage.referenceReady"))
        case SLUICE__NODE_MESSAGE__BODY_REFERENCE_REFUSED:
            let failure = try unsafe ChannelFailure(c.reference_refused, "NodeMessage.referenceRefused")
            self = .referenceRefused(failure.channel, failure.error)
        case SLUICE__NODE_MESSAGE__BODY_REFERENCE_DRAINED:
            self = .referenceDrained(try unsafe Check.channel(c.reference_drained, "NodeMessage.referenceDrained"))
        case SLUICE__NODE_MESSAGE__BODY_STATUS: self = .status
        case SLUICE__NODE_MESSAGE__BODY_STATUS_REPORT: self = unsafe .statusReport(Check.array(c.status_report))
        case SLUICE__NODE_MESSAGE__BODY_PONG: self = .pong
        case SLUICE__NODE_MESSAGE__BODY_LEAVE: self = .leave
        default: self = try unsafe Self.plan(c)
        }
    }
}
