internal import CSluiceProtos
internal import SluiceModel

extension AgentMessage {
    package func encoded() -> [UInt8] { unsafe pack() }

    /// - Throws: ``WireError``, whatever the bytes are; nothing that arrives traps.
    package init(decoding bytes: UnsafeRawBufferPointer) throws(WireError) { try unsafe self.init(unpacking: bytes) }
    package init(decoding bytes: [UInt8]) throws(WireError) { try unsafe self.init(unpackingArray: bytes) }
}

extension AgentMessage: @unsafe WireMessage {
    static var name: String { "AgentMessage" }
    static var mostBytes: Int { Limits.mostNetworkMessageBytes }

    static func unpack(
        _ allocator: UnsafeMutablePointer<ProtobufCAllocator>, _ count: Int, _ data: UnsafePointer<UInt8>?
    ) -> UnsafeMutablePointer<Sluice__AgentMessage>? {
        unsafe sluice__agent_message__unpack(allocator, count, data)
    }

    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__AgentMessage> {
        let c = unsafe arena.new(sluice__agent_message__init)
        unsafe c.pointee.request = request
        unsafe body.fill(c, arena)
        return unsafe c
    }

    init(_ c: Sluice__AgentMessage) throws(FieldFault) {
        unsafe self.init(request: c.request, try Body(c))
    }
}

extension AgentMessage.Body {
    fileprivate func fill(_ c: UnsafeMutablePointer<Sluice__AgentMessage>, _ arena: Arena) {
        switch self {
        case .welcome(let welcome):
            unsafe c.pointee.body_case = SLUICE__AGENT_MESSAGE__BODY_WELCOME
            unsafe c.pointee.welcome = welcome.packed(in: arena)
        case .refused(let error, let versions):
            unsafe c.pointee.body_case = SLUICE__AGENT_MESSAGE__BODY_REFUSED
            unsafe c.pointee.refused = Refusal(error: error, versions: versions).packed(in: arena)
        case .actorRegistered(let incarnation):
            unsafe c.pointee.body_case = SLUICE__AGENT_MESSAGE__BODY_ACTOR_REGISTERED
            unsafe c.pointee.actor_registered = incarnation
        case .channelCreated(let channel, let payload):
            unsafe c.pointee.body_case = SLUICE__AGENT_MESSAGE__BODY_CHANNEL_CREATED
            unsafe c.pointee.channel_created = ChannelPayload(channel: channel, payload: payload).packed(in: arena)
        case .readerOpened(let opened):
            unsafe c.pointee.body_case = SLUICE__AGENT_MESSAGE__BODY_READER_OPENED
            unsafe c.pointee.reader_opened = opened.packed(in: arena)
        case .done:
            unsafe c.pointee.body_case = SLUICE__AGENT_MESSAGE__BODY_DONE
            unsafe c.pointee.done = Nothing().packed(in: arena)
        case .failed(let error):
            unsafe c.pointee.body_case = SLUICE__AGENT_MESSAGE__BODY_FAILED
            unsafe c.pointee.failed = error.packed(in: arena)
        case .attach(let attach):
            unsafe c.pointee.body_case = SLUICE__AGENT_MESSAGE__BODY_ATTACH
            unsafe c.pointee.attach = attach.packed(in: arena)
        case .detach(let channel, let gate):
            unsafe c.pointee.body_case = SLUICE__AGENT_MESSAGE__BODY_DETACH
            unsafe c.pointee.detach = arena.new(sluice__detach_gate__init)
            unsafe c.pointee.detach.pointee.channel = channel.rawValue
            unsafe c.pointee.detach.pointee.gate = gate
        case .ended(let channel, let final, let reason):
            unsafe c.pointee.body_case = SLUICE__AGENT_MESSAGE__BODY_ENDED
            unsafe c.pointee.ended = arena.new(sluice__ended__init)
            unsafe c.pointee.ended.pointee.channel = channel.rawValue
            unsafe c.pointee.ended.pointee.end = ChannelEnd(final: final, reason: reason).packed(in: arena)
        case .blockOpened(let bytes):
            unsafe c.pointee.body_case = SLUICE__AGENT_MESSAGE__BODY_BLOCK_OPENED
            unsafe c.pointee.block_opened = bytes
        case .failedChannel(let channel, let error):
            unsafe c.pointee.body_case = SLUICE__AGENT_MESSAGE__BODY_FAILED_CHANNEL
            unsafe c.pointee.failed_channel = ChannelFailure(channel: channel, error: error).packed(in: arena)
        case .lineFree(let line):
            unsafe c.pointee.body_case = SLUICE__AGENT_MESSAGE__BODY_LINE_FREE
            unsafe c.pointee.line_free = line
        case .status(let json):
            unsafe c.pointee.body_case = SLUICE__AGENT_MESSAGE__BODY_STATUS
            unsafe c.pointee.status = arena.bytes(json)
        case .grown(let channel, let payload):
            unsafe c.pointee.body_case = SLUICE__AGENT_MESSAGE__BODY_GROWN
            unsafe c.pointee.grown = ChannelPayload(channel: channel, payload: payload).packed(in: arena)
        case .addGeneration(let channel, let payload):
            unsafe c.pointee.body_case = SLUICE__AGENT_MESSAGE__BODY_ADD_GENERATION
            unsafe c.pointee.add_generation = ChannelPayload(channel: channel, payload: payload).packed(in: arena)
        case .dropGeneration(let channel, let generation):
            unsafe c.pointee.body_case = SLUICE__AGENT_MESSAGE__BODY_DROP_GENERATION
            unsafe c.pointee.drop_generation = ChannelGeneration(channel: channel, generation: generation)
                .packed(in: arena)
        case .generationsOver(let channel, let oldest):
            unsafe c.pointee.body_case = SLUICE__AGENT_MESSAGE__BODY_GENERATIONS_OVER
            unsafe c.pointee.generations_over = ChannelGeneration(channel: channel, generation: oldest)
                .packed(in: arena)
        case .planAnswer(let answer):
            unsafe c.pointee.body_case = SLUICE__AGENT_MESSAGE__BODY_PLAN_ANSWER
            unsafe c.pointee.plan_answer = arena.bytes(answer)
        }
    }

    fileprivate init(_ c: Sluice__AgentMessage) throws(FieldFault) {
        switch unsafe c.body_case {
        case SLUICE__AGENT_MESSAGE__BODY_WELCOME:
            self = .welcome(try unsafe AgentWelcome(c.welcome, "AgentMessage.welcome"))
        case SLUICE__AGENT_MESSAGE__BODY_REFUSED:
            let refusal = try unsafe Refusal(c.refused, "AgentMessage.refused")
            self = .refused(refusal.error, refusal.versions)
        case SLUICE__AGENT_MESSAGE__BODY_ACTOR_REGISTERED: self = unsafe .actorRegistered(c.actor_registered)
        case SLUICE__AGENT_MESSAGE__BODY_CHANNEL_CREATED:
            let created = try unsafe ChannelPayload(c.channel_created, "AgentMessage.channelCreated")
            self = .channelCreated(created.channel, created.payload)
        case SLUICE__AGENT_MESSAGE__BODY_READER_OPENED:
            self = .readerOpened(try unsafe ReaderOpened(c.reader_opened, "AgentMessage.readerOpened"))
        case SLUICE__AGENT_MESSAGE__BODY_DONE: self = .done
        case SLUICE__AGENT_MESSAGE__BODY_FAILED:
            self = .failed(try unsafe SluiceError(c.failed, "AgentMessage.failed"))
        case SLUICE__AGENT_MESSAGE__BODY_ATTACH:
            self = .attach(try unsafe AttachGate(c.attach, "AgentMessage.attach"))
        case SLUICE__AGENT_MESSAGE__BODY_DETACH:
            let detach = try unsafe Check.part(c.detach, "AgentMessage.detach")
            self = .detach(
                try unsafe Check.channel(detach.channel, "DetachGate.channel"),
                gate: try unsafe Check.gate(detach.gate, "DetachGate.gate"))
        case SLUICE__AGENT_MESSAGE__BODY_ENDED:
            let ended = try unsafe Check.part(c.ended, "AgentMessage.ended")
            let end = try unsafe ChannelEnd(ended.end, "Ended.end")
            self = .ended(
                try unsafe Check.channel(ended.channel, "Ended.channel"), final: end.final, reason: end.reason)
        case SLUICE__AGENT_MESSAGE__BODY_FAILED_CHANNEL:
            let failure = try unsafe ChannelFailure(c.failed_channel, "AgentMessage.failedChannel")
            self = .failedChannel(failure.channel, failure.error)
        case SLUICE__AGENT_MESSAGE__BODY_BLOCK_OPENED:
            self = .blockOpened(
                bytes: try unsafe Check.range(c.block_opened, 1, UInt64(Int.max), "AgentMessage.blockOpened"))
        case SLUICE__AGENT_MESSAGE__BODY_LINE_FREE:
            self = .lineFree(line: try unsafe Check.line(c.line_free, "AgentMessage.lineFree"))
        case SLUICE__AGENT_MESSAGE__BODY_GROWN:
            let grown = try unsafe ChannelPayload(c.grown, "AgentMessage.grown")
            self = .grown(grown.channel, grown.payload)
        case SLUICE__AGENT_MESSAGE__BODY_ADD_GENERATION:
            let added = try unsafe ChannelPayload(c.add_generation, "AgentMessage.addGeneration")
            self = .addGeneration(added.channel, added.payload)
        case SLUICE__AGENT_MESSAGE__BODY_DROP_GENERATION:
            let dropped = try unsafe ChannelGeneration(c.drop_generation, "AgentMessage.dropGeneration")
            self = .dropGeneration(dropped.channel, generation: dropped.generation)
        case SLUICE__AGENT_MESSAGE__BODY_GENERATIONS_OVER:
            let over = try unsafe ChannelGeneration(c.generations_over, "AgentMessage.generationsOver")
            self = .generationsOver(over.channel, oldest: over.generation)
        case SLUICE__AGENT_MESSAGE__BODY_STATUS: self = unsafe .status(Check.array(c.status))
        case SLUICE__AGENT_MESSAGE__BODY_PLAN_ANSWER: self = unsafe .planAnswer(Check.array(c.plan_answer))
        default: throw unsafe AgentMessage.unknownBody(c.base)
        }
    }
}
