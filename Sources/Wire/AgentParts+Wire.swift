internal import CSluiceProtos
internal import SluiceModel

extension AgentWelcome: @unsafe WireValue {
    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__AgentWelcome> {
        let c = unsafe arena.new(sluice__agent_welcome__init)
        unsafe c.pointee.version = version
        unsafe c.pointee.node = arena.bytes(node.rawValue)
        unsafe c.pointee.life = life.rawValue
        unsafe c.pointee.pid = pid
        unsafe c.pointee.wants_hand_back = wantsHandBack ? 1 : 0
        return unsafe c
    }

    init(_ c: Sluice__AgentWelcome) throws(FieldFault) {
        unsafe self.init(
            version: c.version,
            node: try Check.name(c.node, "AgentWelcome.node"),
            life: try Check.life(c.life, "AgentWelcome.life"),
            pid: try Check.pid(c.pid, "AgentWelcome.pid"),
            wantsHandBack: c.wants_hand_back != 0)
    }
}

extension ReaderOpened: @unsafe WireValue {
    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__ReaderOpened> {
        let c = unsafe arena.new(sluice__reader_opened__init)
        unsafe c.pointee.spec = spec.packed(in: arena)
        unsafe c.pointee.route = Sluice__Route(rawValue: route.rawValue)
        unsafe c.pointee.gate = gate
        unsafe c.pointee.first = first
        unsafe c.pointee.writer_node = arena.bytes(writerNode.rawValue)
        unsafe c.pointee.writer_pid = writerPID
        unsafe c.pointee.ended = ended?.packed(in: arena)
        unsafe (c.pointee.n_payloads, c.pointee.payloads) = arena.list(payloads)
        return unsafe c
    }

    init(_ c: Sluice__ReaderOpened) throws(FieldFault) {
        unsafe self.init(
            spec: try ChannelSpec(c.spec, "ReaderOpened.spec"),
            route: try Check.known(c.route.rawValue, "ReaderOpened.route"),
            gate: try Check.gate(c.gate, "ReaderOpened.gate"),
            first: try Check.sequence(c.first, "ReaderOpened.first"),
            writerNode: try Check.name(c.writer_node, "ReaderOpened.writerNode"),
            writerPID: try Check.pid(c.writer_pid, "ReaderOpened.writerPID"),
            ended: try ChannelEnd.ifPresent(c.ended),
            payloads: try PayloadSpec.list(
                c.payloads, c.n_payloads, most: Limits.mostGenerations, "ReaderOpened.payloads"))
    }
}

extension AttachGate: @unsafe WireValue {
    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__AttachGate> {
        let c = unsafe arena.new(sluice__attach_gate__init)
        unsafe c.pointee.channel = channel.rawValue
        unsafe c.pointee.kind = Sluice__GateKind(rawValue: kind.rawValue)
        unsafe c.pointee.life = life.rawValue
        unsafe c.pointee.pid = pid
        unsafe c.pointee.start_time = startTime
        unsafe c.pointee.line = line
        unsafe c.pointee.reader = reader
        if let replaces {
            unsafe c.pointee.replaces_or_not_case = SLUICE__ATTACH_GATE__REPLACES_OR_NOT_REPLACES
            unsafe c.pointee.replaces = replaces
        }
        if let floor {
            unsafe c.pointee.floor_or_not_case = SLUICE__ATTACH_GATE__FLOOR_OR_NOT_FLOOR
            unsafe c.pointee.floor = floor
        }
        return unsafe c
    }

    init(_ c: Sluice__AttachGate) throws(FieldFault) {
        unsafe self.init(
            channel: try Check.channel(c.channel, "AttachGate.channel"),
            kind: try Check.known(c.kind.rawValue, "AttachGate.kind"),
            life: try Check.life(c.life, "AttachGate.life"),
            pid: try Check.pid(c.pid, "AttachGate.pid"),
            startTime: c.start_time,
            line: try Check.line(c.line, "AttachGate.line"),
            reader: try Check.readerIndex(c.reader, "AttachGate.reader"),
            replaces: nil, floor: nil)
        if unsafe c.replaces_or_not_case == SLUICE__ATTACH_GATE__REPLACES_OR_NOT_REPLACES {
            replaces = try unsafe Check.gate(c.replaces, "AttachGate.replaces")
        }
        if unsafe c.floor_or_not_case == SLUICE__ATTACH_GATE__FLOOR_OR_NOT_FLOOR {
            floor = try unsafe Check.sequence(c.floor, "AttachGate.floor")
        }
    }
}
