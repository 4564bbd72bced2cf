internal import CSluiceProtos
internal import SluiceModel

extension WorkerMessage {
    package func encoded() -> [UInt8] { unsafe pack() }

    /// - Throws: ``WireError``, whatever the bytes are; nothing that arrives traps.
    package init(decoding bytes: UnsafeRawBufferPointer) throws(WireError) { try unsafe self.init(unpacking: bytes) }
    package init(decoding bytes: [UInt8]) throws(WireError) { try unsafe self.init(unpackingArray: bytes) }
}

extension WorkerMessage: @unsafe WireMessage {
    static var name: String { "WorkerMessage" }
    static var mostBytes: Int { Limits.mostNetworkMessageBytes }

    static func unpack(
        _ allocator: UnsafeMutablePointer<ProtobufCAllocator>, _ count: Int, _ data: UnsafePointer<UInt8>?
    ) -> UnsafeMutablePointer<Sluice__WorkerMessage>? {
        unsafe sluice__worker_message__unpack(allocator, count, data)
    }

    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__WorkerMessage> {
        let c = unsafe arena.new(sluice__worker_message__init)
        unsafe c.pointee.request = request
        unsafe body.fill(c, arena)
        return unsafe c
    }

    init(_ c: Sluice__WorkerMessage) throws(FieldFault) {
        unsafe self.init(request: c.request, try Body(c))
    }
}

extension WorkerMessage.Body {
    fileprivate func fill(_ c: UnsafeMutablePointer<Sluice__WorkerMessage>, _ arena: Arena) {
        switch self {
        case .hello(let hello):
            unsafe c.pointee.body_case = SLUICE__WORKER_MESSAGE__BODY_HELLO
            unsafe c.pointee.hello = hello.packed(in: arena)
        case .registerActor(let actor):
            unsafe c.pointee.body_case = SLUICE__WORKER_MESSAGE__BODY_REGISTER_ACTOR
            unsafe c.pointee.register_actor = arena.bytes(actor.rawValue)
        case .createChannel(let create):
            unsafe c.pointee.body_case = SLUICE__WORKER_MESSAGE__BODY_CREATE_CHANNEL
            unsafe c.pointee.create_channel = create.packed(in: arena)
        case .openReader(let open):
            unsafe c.pointee.body_case = SLUICE__WORKER_MESSAGE__BODY_OPEN_READER
            unsafe c.pointee.open_reader = open.packed(in: arena)
        case .closeWriter(let channel, let final):
            unsafe c.pointee.body_case = SLUICE__WORKER_MESSAGE__BODY_CLOSE_WRITER
            unsafe c.pointee.close_writer = arena.new(sluice__close_writer__init)
            unsafe c.pointee.close_writer.pointee.channel = channel.rawValue
            unsafe c.pointee.close_writer.pointee.final = final
        case .closeReader(let channel, let line):
            unsafe c.pointee.body_case = SLUICE__WORKER_MESSAGE__BODY_CLOSE_READER
            unsafe c.pointee.close_reader = arena.new(sluice__close_reader__init)
            unsafe c.pointee.close_reader.pointee.channel = channel.rawValue
            unsafe c.pointee.close_reader.pointee.line = line
        case .attached(let gate, let first):
            unsafe c.pointee.body_case = SLUICE__WORKER_MESSAGE__BODY_ATTACHED
            unsafe c.pointee.attached = arena.new(sluice__attached__init)
            unsafe c.pointee.attached.pointee.gate = gate
            unsafe c.pointee.attached.pointee.first = first
        case .done:
            unsafe c.pointee.body_case = SLUICE__WORKER_MESSAGE__BODY_DONE
            unsafe c.pointee.done = Nothing().packed(in: arena)
        case .failed(let error):
            unsafe c.pointee.body_case = SLUICE__WORKER_MESSAGE__BODY_FAILED
            unsafe c.pointee.failed = error.packed(in: arena)
        case .handBackWriter(let writer):
            unsafe c.pointee.body_case = SLUICE__WORKER_MESSAGE__BODY_HAND_BACK_WRITER
            unsafe c.pointee.hand_back_writer = writer.packed(in: arena)
        case .handBackReader(let reader):
            unsafe c.pointee.body_case = SLUICE__WORKER_MESSAGE__BODY_HAND_BACK_READER
            unsafe c.pointee.hand_back_reader = reader.packed(in: arena)
        case .handBackDone:
            unsafe c.pointee.body_case = SLUICE__WORKER_MESSAGE__BODY_HAND_BACK_DONE
            unsafe c.pointee.hand_back_done = Nothing().packed(in: arena)
        case .cancel(let request):
            unsafe c.pointee.body_case = SLUICE__WORKER_MESSAGE__BODY_CANCEL
            unsafe c.pointee.cancel = request
        case .status:
            unsafe c.pointee.body_case = SLUICE__WORKER_MESSAGE__BODY_STATUS
            unsafe c.pointee.status = Nothing().packed(in: arena)
        case .goodbye:
            unsafe c.pointee.body_case = SLUICE__WORKER_MESSAGE__BODY_GOODBYE
            unsafe c.pointee.goodbye = Nothing().packed(in: arena)
        case .growChannel(let channel, let needed, let timeout):
            unsafe c.pointee.body_case = SLUICE__WORKER_MESSAGE__BODY_GROW_CHANNEL
            unsafe c.pointee.grow_channel = arena.new(sluice__grow_channel__init)
            unsafe c.pointee.grow_channel.pointee.channel = channel.rawValue
            unsafe c.pointee.grow_channel.pointee.needed = needed
            unsafe c.pointee.grow_channel.pointee.timeout = timeout.packed(in: arena)
        case .generationLeft(let channel):
            unsafe c.pointee.body_case = SLUICE__WORKER_MESSAGE__BODY_GENERATION_LEFT
            unsafe c.pointee.generation_left = channel.rawValue
        case .openBlock(let run):
            unsafe c.pointee.body_case = SLUICE__WORKER_MESSAGE__BODY_OPEN_BLOCK
            unsafe c.pointee.open_block = run.rawValue
        case .planCall(let call, let timeout):
            unsafe c.pointee.body_case = SLUICE__WORKER_MESSAGE__BODY_PLAN_CALL
            unsafe c.pointee.plan_call = arena.new(sluice__worker_plan_call__init)
            unsafe c.pointee.plan_call.pointee.call = arena.bytes(call)
            unsafe c.pointee.plan_call.pointee.timeout = timeout.packed(in: arena)
        }
    }

    fileprivate init(_ c: Sluice__WorkerMessage) throws(FieldFault) {
        switch unsafe c.body_case {
        case SLUICE__WORKER_MESSAGE__BODY_HELLO:
            self = .hello(try unsafe WorkerHello(c.hello, "WorkerMessage.hello"))
        case SLUICE__WORKER_MESSAGE__BODY_REGISTER_ACTOR:
            self = .registerActor(try unsafe Check.name(c.register_actor, "WorkerMessage.registerActor"))
        case SLUICE__WORKER_MESSAGE__BODY_CREATE_CHANNEL:
            self = .createChannel(try unsafe CreateChannel(c.create_channel, "WorkerMessage.createChannel"))
        case SLUICE__WORKER_MESSAGE__BODY_OPEN_READER:
            self = .openReader(try unsafe OpenReader(c.open_reader, "WorkerMessage.openReader"))
        case SLUICE__WORKER_MESSAGE__BODY_CLOSE_WRITER:
            let close = try unsafe Check.part(c.close_writer, "WorkerMessage.closeWriter")
            self = .closeWriter(
                try unsafe Check.channel(close.channel, "CloseWriter.channel"),
                final: try unsafe Check.sequence(close.final, "CloseWriter.final"))
        case SLUICE__WORKER_MESSAGE__BODY_CLOSE_READER:
            let close = try unsafe Check.part(c.close_reader, "WorkerMessage.closeReader")
            self = .closeReader(
                try unsafe Check.channel(close.channel, "CloseReader.channel"),
                line: try unsafe Check.line(close.line, "CloseReader.line"))
        case SLUICE__WORKER_MESSAGE__BODY_ATTACHED:
            let attached = try unsafe Check.part(c.attached, "WorkerMessage.attached")
            self = .attached(
                gate: try unsafe Check.gate(attached.gate, "Attached.gate"),
                first: try unsafe Check.sequence(attached.first, "Attached.first"))
        case SLUICE__WORKER_MESSAGE__BODY_DONE: self = .done
        case SLUICE__WORKER_MESSAGE__BODY_FAILED:
            self = .failed(try unsafe SluiceError(c.failed, "WorkerMessage.failed"))
        case SLUICE__WORKER_MESSAGE__BODY_HAND_BACK_WRITER:
            self = .handBackWriter(try unsafe HandBackWriter(c.hand_back_writer, "WorkerMessage.handBackWriter"))
        case SLUICE__WORKER_MESSAGE__BODY_HAND_BACK_READER:
            self = .handBackReader(try unsafe HandBackReader(c.hand_back_reader, "WorkerMessage.handBackReader"))
        case SLUICE__WORKER_MESSAGE__BODY_HAND_BACK_DONE: self = .handBackDone
        case SLUICE__WORKER_MESSAGE__BODY_CANCEL: self = unsafe .cancel(request: c.cancel)
        case SLUICE__WORKER_MESSAGE__BODY_STATUS: self = .status
        case SLUICE__WORKER_MESSAGE__BODY_GOODBYE: self = .goodbye
        case SLUICE__WORKER_MESSAGE__BODY_GROW_CHANNEL:
            let grow = try unsafe Check.part(c.grow_channel, "WorkerMessage.growChannel")
            self = .growChannel(
                try unsafe Check.channel(grow.channel, "GrowChannel.channel"),
                needed: try unsafe Check.range(grow.needed, 1, UInt64(Limits.mostSlotSize), "GrowChannel.needed"),
                timeout: try unsafe Timeout(grow.timeout, "GrowChannel.timeout"))
        case SLUICE__WORKER_MESSAGE__BODY_GENERATION_LEFT:
            self = .generationLeft(try unsafe Check.channel(c.generation_left, "WorkerMessage.generationLeft"))
        case SLUICE__WORKER_MESSAGE__BODY_OPEN_BLOCK:
            self = .openBlock(try unsafe Check.run(c.open_block, "WorkerMessage.openBlock"))
        case SLUICE__WORKER_MESSAGE__BODY_PLAN_CALL:
            let plan = try unsafe Check.part(c.plan_call, "WorkerMessage.planCall")
            self = .planCall(
                unsafe Check.array(plan.call), timeout: try unsafe Timeout(plan.timeout, "WorkerPlanCall.timeout"))
        default: throw unsafe WorkerMessage.unknownBody(c.base)
        }
    }
}
