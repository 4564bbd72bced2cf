internal import CSluiceProtos
internal import SluiceModel

extension RegisterNode: @unsafe WireValue {
    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__RegisterNode> {
        let c = unsafe arena.new(sluice__register_node__init)
        unsafe c.pointee.versions = versions.packed(in: arena)
        unsafe c.pointee.node = arena.bytes(node.rawValue)
        unsafe c.pointee.life = life.rawValue
        unsafe c.pointee.incarnation = incarnation
        unsafe c.pointee.epoch = epoch
        unsafe c.pointee.control_endpoint = arena.bytes(controlEndpoint)
        unsafe c.pointee.data_endpoint = arena.bytes(dataEndpoint)
        unsafe c.pointee.public_key = arena.bytes(publicKey)
        unsafe (c.pointee.n_actors, c.pointee.actors) = arena.list(actors)
        unsafe (c.pointee.n_writers, c.pointee.writers) = arena.list(writers)
        unsafe (c.pointee.n_references, c.pointee.references) = arena.list(references)
        unsafe (c.pointee.n_parts, c.pointee.parts) = arena.list(parts.map(\.rawValue))
        unsafe c.pointee.memory = memory
        return unsafe c
    }

    init(_ c: Sluice__RegisterNode) throws(FieldFault) {
        unsafe self.init(
            versions: try VersionRange(c.versions, "RegisterNode.versions"),
            node: try Check.name(c.node, "RegisterNode.node"),
            life: try Check.life(c.life, "RegisterNode.life"),
            incarnation: c.incarnation,
            epoch: c.epoch,
            controlEndpoint: try Check.address(c.control_endpoint, "RegisterNode.controlEndpoint"),
            dataEndpoint: try Check.address(c.data_endpoint, "RegisterNode.dataEndpoint"),
            publicKey: try Check.key(c.public_key, "RegisterNode.publicKey"),
            actors: try ActorReport.list(c.actors, c.n_actors, most: Limits.mostNodeActors, "RegisterNode.actors"),
            writers: try WriterReport.list(
                c.writers, c.n_writers, most: Limits.mostNodeChannels, "RegisterNode.writers"),
            references: try ReferenceReport.list(
                c.references, c.n_references, most: Limits.mostNodeChannels, "RegisterNode.references"),
            parts: try Check.runs(c.parts, c.n_parts, "RegisterNode.parts"), memory: c.memory)
    }
}

extension ActorReport: @unsafe WireValue {
    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__ActorReport> {
        let c = unsafe arena.new(sluice__actor_report__init)
        unsafe c.pointee.identity = identity.packed(in: arena)
        unsafe c.pointee.life = life.rawValue
        unsafe c.pointee.pid = pid
        return unsafe c
    }

    init(_ c: Sluice__ActorReport) throws(FieldFault) {
        unsafe self.init(
            identity: try ActorIdentity(c.identity, "ActorReport.identity"),
            life: try Check.life(c.life, "ActorReport.life"),
            pid: try Check.pid(c.pid, "ActorReport.pid"))
    }
}

extension WriterReport: @unsafe WireValue {
    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__WriterReport> {
        let c = unsafe arena.new(sluice__writer_report__init)
        unsafe c.pointee.spec = spec.packed(in: arena)
        unsafe c.pointee.end = end?.packed(in: arena)
        unsafe (c.pointee.n_reader_nodes, c.pointee.reader_nodes) =
            arena.list(readerNodes.map { unsafe arena.bytes($0?.rawValue ?? "") })
        return unsafe c
    }

    init(_ c: Sluice__WriterReport) throws(FieldFault) {
        unsafe self.init(
            spec: try ChannelSpec(c.spec, "WriterReport.spec"), end: try ChannelEnd.ifPresent(c.end),
            readerNodes: try Check.namesOrNone(
                c.reader_nodes, c.n_reader_nodes, most: Limits.mostReaders, "WriterReport.readerNodes"))
    }
}

extension ReferenceReport: @unsafe WireValue {
    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__ReferenceReport> {
        let c = unsafe arena.new(sluice__reference_report__init)
        unsafe c.pointee.spec = spec.packed(in: arena)
        unsafe c.pointee.published = published
        unsafe c.pointee.writer_node = arena.bytes(writerNode?.rawValue ?? "")
        return unsafe c
    }

    init(_ c: Sluice__ReferenceReport) throws(FieldFault) {
        unsafe self.init(
            spec: try ChannelSpec(c.spec, "ReferenceReport.spec"),
            published: try Check.sequence(c.published, "ReferenceReport.published"),
            writerNode: c.writer_node.len == 0 ? nil : try Check.name(c.writer_node, "ReferenceReport.writerNode"))
    }
}

extension Heartbeat: @unsafe WireValue {
    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__Heartbeat> {
        let c = unsafe arena.new(sluice__heartbeat__init)
        unsafe c.pointee.desired = desired
        unsafe (c.pointee.n_sessions, c.pointee.sessions) = arena.list(sessions.map { unsafe arena.bytes($0.rawValue) })
        return unsafe c
    }

    init(_ c: Sluice__Heartbeat) throws(FieldFault) {
        unsafe self.init(
            desired: c.desired,
            sessions: try Check.names(c.sessions, c.n_sessions, most: Limits.mostNodes, "Heartbeat.sessions"))
    }
}
