internal import CSluiceProtos
internal import SluiceModel

extension WorkerHello: @unsafe WireValue {
    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__WorkerHello> {
        let c = unsafe arena.new(sluice__worker_hello__init)
        unsafe c.pointee.versions = versions.packed(in: arena)
        unsafe c.pointee.pid = pid
        unsafe c.pointee.start_time = startTime
        unsafe c.pointee.life = life.rawValue
        unsafe (c.pointee.n_actors, c.pointee.actors) = arena.list(actors)
        return unsafe c
    }

    init(_ c: Sluice__WorkerHello) throws(FieldFault) {
        unsafe self.init(
            versions: try VersionRange(c.versions, "WorkerHello.versions"),
            pid: try Check.pid(c.pid, "WorkerHello.pid"),
            startTime: c.start_time,
            life: try Check.life(c.life, "WorkerHello.life"),
            actors: try ActorIdentity.list(
                c.actors, c.n_actors, most: Limits.mostWorkerActors, "WorkerHello.actors"))
    }
}

extension CreateChannel: @unsafe WireValue {
    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__CreateChannel> {
        let c = unsafe arena.new(sluice__create_channel__init)
        unsafe c.pointee.spec = spec.packed(in: arena)
        unsafe c.pointee.endpoint = endpoint
        unsafe c.pointee.timeout = timeout.packed(in: arena)
        return unsafe c
    }

    init(_ c: Sluice__CreateChannel) throws(FieldFault) {
        unsafe self.init(
            spec: try ChannelSpec(c.spec, "CreateChannel.spec"),
            endpoint: try Check.endpointNumber(c.endpoint, "CreateChannel.endpoint"),
            timeout: try Timeout(c.timeout, "CreateChannel.timeout"))
    }
}

extension OpenReader: @unsafe WireValue {
    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__OpenReader> {
        let c = unsafe arena.new(sluice__open_reader__init)
        unsafe c.pointee.channel = arena.bytes(channel.rawValue)
        unsafe c.pointee.actor = arena.bytes(actor.rawValue)
        unsafe c.pointee.line = line
        unsafe c.pointee.timeout = timeout.packed(in: arena)
        return unsafe c
    }

    init(_ c: Sluice__OpenReader) throws(FieldFault) {
        unsafe self.init(
            channel: try Check.name(c.channel, "OpenReader.channel"),
            actor: try Check.name(c.actor, "OpenReader.actor"),
            line: try Check.line(c.line, "OpenReader.line"),
            timeout: try Timeout(c.timeout, "OpenReader.timeout"))
    }
}

extension HandBackWriter: @unsafe WireValue {
    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__HandBackWriter> {
        let c = unsafe arena.new(sluice__hand_back_writer__init)
        unsafe c.pointee.spec = spec.packed(in: arena)
        unsafe c.pointee.endpoint = endpoint
        unsafe (c.pointee.n_payloads, c.pointee.payloads) = arena.list(payloads)
        return unsafe c
    }

    init(_ c: Sluice__HandBackWriter) throws(FieldFault) {
        unsafe self.init(
            spec: try ChannelSpec(c.spec, "HandBackWriter.spec"),
            endpoint: try Check.endpointNumber(c.endpoint, "HandBackWriter.endpoint"),
            payloads: try PayloadSpec.list(
                c.payloads, c.n_payloads, most: Limits.mostGenerations, "HandBackWriter.payloads"))
    }
}

extension HandBackReader: @unsafe WireValue {
    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__HandBackReader> {
        let c = unsafe arena.new(sluice__hand_back_reader__init)
        unsafe c.pointee.spec = spec.packed(in: arena)
        unsafe c.pointee.actor = arena.bytes(actor.rawValue)
        unsafe c.pointee.line = line
        unsafe c.pointee.gate = gate
        unsafe c.pointee.route = Sluice__Route(rawValue: route.rawValue)
        unsafe (c.pointee.n_payloads, c.pointee.payloads) = arena.list(payloads)
        return unsafe c
    }

    init(_ c: Sluice__HandBackReader) throws(FieldFault) {
        unsafe self.init(
            spec: try ChannelSpec(c.spec, "HandBackReader.spec"),
            actor: try Check.name(c.actor, "HandBackReader.actor"),
            line: try Check.line(c.line, "HandBackReader.line"),
            gate: try Check.gate(c.gate, "HandBackReader.gate"),
            route: try Check.known(c.route.rawValue, "HandBackReader.route"),
            payloads: try PayloadSpec.list(
                c.payloads, c.n_payloads, most: Limits.mostGenerations, "HandBackReader.payloads"))
    }
}
