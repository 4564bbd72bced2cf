internal import CSluiceProtos
internal import SluiceModel

extension CoordinatorMessage {
    package func encoded() -> [UInt8] { unsafe pack() }

    /// - Throws: ``WireError``, whatever the bytes are; nothing that arrives traps.
    package init(decoding bytes: UnsafeRawBufferPointer) throws(WireError) { try unsafe self.init(unpacking: bytes) }
    package init(decoding bytes: [UInt8]) throws(WireError) { try unsafe self.init(unpackingArray: bytes) }
}

extension CoordinatorMessage: @unsafe WireMessage {
    static var name: String { "CoordinatorMessage" }
    static var mostBytes: Int { Limits.mostNetworkMessageBytes }

    static func unpack(
        _ allocator: UnsafeMutablePointer<ProtobufCAllocator>, _ count: Int, _ data: UnsafePointer<UInt8>?
    ) -> UnsafeMutablePointer<Sluice__CoordinatorMessage>? {
        unsafe sluice__coordinator_message__unpack(allocator, count, data)
    }

    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__CoordinatorMessage> {
        let c = unsafe arena.new(sluice__coordinator_message__init)
        unsafe c.pointee.request = request
        unsafe body.fill(c, arena)
        return unsafe c
    }

    init(_ c: Sluice__CoordinatorMessage) throws(FieldFault) {
        unsafe self.init(request: c.request, try Body(c))
    }
}

extension CoordinatorMessage.Body {
    fileprivate func fill(_ c: UnsafeMutablePointer<Sluice__CoordinatorMessage>, _ arena: Arena) {
        switch self {
        case .registered(let registered):
            unsafe c.pointee.body_case = SLUICE__COORDINATOR_MESSAGE__BODY_REGISTERED
            unsafe c.pointee.registered = registered.packed(in: arena)
        case .refused(let error, let versions):
            unsafe c.pointee.body_case = SLUICE__COORDINATOR_MESSAGE__BODY_REFUSED
            unsafe c.pointee.refused = Refusal(error: error, versions: versions).packed(in: arena)
        case .actorRegistered(let incarnation):
            unsafe c.pointee.body_case = SLUICE__COORDINATOR_MESSAGE__BODY_ACTOR_REGISTERED
            unsafe c.pointee.actor_registered = incarnation
        case .channelCreated(let channel):
            unsafe c.pointee.body_case = SLUICE__COORDINATOR_MESSAGE__BODY_CHANNEL_CREATED
            unsafe c.pointee.channel_created = channel.rawValue
        case .readerResolved(let spec, let writerNode):
            unsafe c.pointee.body_case = SLUICE__COORDINATOR_MESSAGE__BODY_READER_RESOLVED
            unsafe c.pointee.reader_resolved = arena.new(sluice__reader_resolved__init)
            unsafe c.pointee.reader_resolved.pointee.spec = spec.packed(in: arena)
            unsafe c.pointee.reader_resolved.pointee.writer_node = arena.bytes(writerNode.rawValue)
        case .done:
            unsafe c.pointee.body_case = SLUICE__COORDINATOR_MESSAGE__BODY_DONE
            unsafe c.pointee.done = Nothing().packed(in: arena)
        case .failed(let error):
            unsafe c.pointee.body_case = SLUICE__COORDINATOR_MESSAGE__BODY_FAILED
            unsafe c.pointee.failed = error.packed(in: arena)
        case .desired(let update):
            unsafe c.pointee.body_case = SLUICE__COORDINATOR_MESSAGE__BODY_DESIRED
            unsafe c.pointee.desired = update.packed(in: arena)
        case .statusRequest:
            unsafe c.pointee.body_case = SLUICE__COORDINATOR_MESSAGE__BODY_STATUS_REQUEST
            unsafe c.pointee.status_request = Nothing().packed(in: arena)
        case .status(let json):
            unsafe c.pointee.body_case = SLUICE__COORDINATOR_MESSAGE__BODY_STATUS
            unsafe c.pointee.status = arena.bytes(json)
        case .ping:
            unsafe c.pointee.body_case = SLUICE__COORDINATOR_MESSAGE__BODY_PING
            unsafe c.pointee.ping = Nothing().packed(in: arena)
        case .fenced(let error):
            unsafe c.pointee.body_case = SLUICE__COORDINATOR_MESSAGE__BODY_FENCED
            unsafe c.pointee.fenced = error.packed(in: arena)
        case .planAnswer(let answer):
            unsafe c.pointee.body_case = SLUICE__COORDINATOR_MESSAGE__BODY_PLAN_ANSWER
            unsafe c.pointee.plan_answer = arena.bytes(answer)
        }
    }

    fileprivate init(_ c: Sluice__CoordinatorMessage) throws(FieldFault) {
        switch unsafe c.body_case {
        case SLUICE__COORDINATOR_MESSAGE__BODY_REGISTERED:
            self = .registered(try unsafe NodeRegistered(c.registered, "CoordinatorMessage.registered"))
        case SLUICE__COORDINATOR_MESSAGE__BODY_REFUSED:
            let refusal = try unsafe Refusal(c.refused, "CoordinatorMessage.refused")
            self = .refused(refusal.error, refusal.versions)
        case SLUICE__COORDINATOR_MESSAGE__BODY_ACTOR_REGISTERED: self = unsafe .actorRegistered(c.actor_registered)
        case SLUICE__COORDINATOR_MESSAGE__BODY_CHANNEL_CREATED:
            self = .channelCreated(try unsafe Check.channel(c.channel_created, "CoordinatorMessage.channelCreated"))
        case SLUICE__COORDINATOR_MESSAGE__BODY_READER_RESOLVED:
            let resolved = try unsafe Check.part(c.reader_resolved, "CoordinatorMessage.readerResolved")
            self = .readerResolved(
                try unsafe ChannelSpec(resolved.spec, "ReaderResolved.spec"),
                writerNode: try unsafe Check.name(resolved.writer_node, "ReaderResolved.writerNode"))
        case SLUICE__COORDINATOR_MESSAGE__BODY_DONE: self = .done
        case SLUICE__COORDINATOR_MESSAGE__BODY_FAILED:
            self = .failed(try unsafe SluiceError(c.failed, "CoordinatorMessage.failed"))
        case SLUICE__COORDINATOR_MESSAGE__BODY_DESIRED:
            self = .desired(try unsafe DesiredUpdate(c.desired, "CoordinatorMessage.desired"))
        case SLUICE__COORDINATOR_MESSAGE__BODY_STATUS_REQUEST: self = .statusRequest
        case SLUICE__COORDINATOR_MESSAGE__BODY_STATUS: self = unsafe .status(Check.array(c.status))
        case SLUICE__COORDINATOR_MESSAGE__BODY_PING: self = .ping
        case SLUICE__COORDINATOR_MESSAGE__BODY_FENCED:
            self = .fenced(try unsafe SluiceError(c.fenced, "CoordinatorMessage.fenced"))
        case SLUICE__COORDINATOR_MESSAGE__BODY_PLAN_ANSWER: self = unsafe .planAnswer(Check.array(c.plan_answer))
        default: throw unsafe CoordinatorMessage.unknownBody(c.base)
        }
    }
}
