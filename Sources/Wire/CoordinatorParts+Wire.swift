internal import CSluiceProtos
internal import SluiceModel

extension NodeRegistered: @unsafe WireValue {
    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__NodeRegistered> {
        let c = unsafe arena.new(sluice__node_registered__init)
        unsafe c.pointee.version = version
        unsafe c.pointee.epoch = epoch
        unsafe c.pointee.incarnation = incarnation
        unsafe c.pointee.lease_milliseconds = leaseMilliseconds
        unsafe c.pointee.heartbeat_milliseconds = heartbeatMilliseconds
        unsafe c.pointee.desired = desired.packed(in: arena)
        return unsafe c
    }

    init(_ c: Sluice__NodeRegistered) throws(FieldFault) {
        let most = Limits.mostLeaseMilliseconds
        unsafe self.init(
            version: c.version,
            epoch: c.epoch,
            incarnation: c.incarnation,
            leaseMilliseconds: try Check.range(c.lease_milliseconds, 1, most, "NodeRegistered.leaseMilliseconds"),
            heartbeatMilliseconds: try Check.range(
                c.heartbeat_milliseconds, 1, most, "NodeRegistered.heartbeatMilliseconds"),
            desired: try DesiredUpdate(c.desired, "NodeRegistered.desired"))
    }
}

extension DesiredUpdate: @unsafe WireValue {
    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__DesiredUpdate> {
        let c = unsafe arena.new(sluice__desired_update__init)
        unsafe c.pointee.base_version = base
        unsafe c.pointee.version = version
        unsafe (c.pointee.n_peers, c.pointee.peers) = arena.list(peers)
        unsafe (c.pointee.n_lost_peers, c.pointee.lost_peers) =
            arena.list(lostPeers.map { unsafe arena.bytes($0.rawValue) })
        unsafe (c.pointee.n_writers, c.pointee.writers) = arena.list(writers)
        unsafe (c.pointee.n_removed_writers, c.pointee.removed_writers) = arena.list(removedWriters.map(\.rawValue))
        unsafe (c.pointee.n_references, c.pointee.references) = arena.list(references)
        unsafe (c.pointee.n_removed_references, c.pointee.removed_references) =
            arena.list(removedReferences.map(\.rawValue))
        unsafe (c.pointee.n_parts, c.pointee.parts) = arena.list(parts)
        unsafe (c.pointee.n_kept_parts, c.pointee.kept_parts) = arena.list(keptParts.map(\.rawValue))
        unsafe (c.pointee.n_removed_parts, c.pointee.removed_parts) = arena.list(removedParts.map(\.rawValue))
        return unsafe c
    }

    init(_ c: Sluice__DesiredUpdate) throws(FieldFault) {
        let channels = Limits.mostNodeChannels
        unsafe self.init(
            base: c.base_version,
            version: c.version,
            peers: try Peer.list(c.peers, c.n_peers, most: Limits.mostNodes, "DesiredUpdate.peers"),
            lostPeers: try Check.names(
                c.lost_peers, c.n_lost_peers, most: Limits.mostNodes, "DesiredUpdate.lostPeers"),
            writers: try DesiredWriter.list(c.writers, c.n_writers, most: channels, "DesiredUpdate.writers"),
            removedWriters: try Check.channels(
                c.removed_writers, c.n_removed_writers, "DesiredUpdate.removedWriters"),
            references: try DesiredReference.list(
                c.references, c.n_references, most: channels, "DesiredUpdate.references"),
            removedReferences: try Check.channels(
                c.removed_references, c.n_removed_references, "DesiredUpdate.removedReferences"),
            parts: try PlanPart.list(c.parts, c.n_parts, most: Limits.mostNodeParts, "DesiredUpdate.parts"),
            keptParts: try Check.runs(c.kept_parts, c.n_kept_parts, "DesiredUpdate.keptParts"),
            removedParts: try Check.runs(c.removed_parts, c.n_removed_parts, "DesiredUpdate.removedParts"))
    }
}

extension Peer: @unsafe WireValue {
    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__Peer> {
        let c = unsafe arena.new(sluice__peer__init)
        unsafe c.pointee.node = arena.bytes(node.rawValue)
        unsafe c.pointee.incarnation = incarnation
        unsafe c.pointee.control_endpoint = arena.bytes(controlEndpoint)
        unsafe c.pointee.data_endpoint = arena.bytes(dataEndpoint)
        unsafe c.pointee.public_key = arena.bytes(publicKey)
        return unsafe c
    }

    init(_ c: Sluice__Peer) throws(FieldFault) {
        unsafe self.init(
            node: try Check.name(c.node, "Peer.node"),
            incarnation: c.incarnation,
            controlEndpoint: try Check.address(c.control_endpoint, "Peer.controlEndpoint"),
            dataEndpoint: try Check.address(c.data_endpoint, "Peer.dataEndpoint"),
            publicKey: try Check.key(c.public_key, "Peer.publicKey"))
    }
}

extension DesiredWriter: @unsafe WireValue {
    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__DesiredWriter> {
        let c = unsafe arena.new(sluice__desired_writer__init)
        unsafe c.pointee.channel = channel.rawValue
        unsafe (c.pointee.n_reader_nodes, c.pointee.reader_nodes) =
            arena.list(readerNodes.map { unsafe arena.bytes($0?.rawValue ?? "") })
        unsafe (c.pointee.n_destinations, c.pointee.destinations) =
            arena.list(destinations.map { unsafe arena.bytes($0.rawValue) })
        return unsafe c
    }

    init(_ c: Sluice__DesiredWriter) throws(FieldFault) {
        unsafe self.init(
            channel: try Check.channel(c.channel, "DesiredWriter.channel"),
            readerNodes: try Check.namesOrNone(
                c.reader_nodes, c.n_reader_nodes, most: Limits.mostReaders, "DesiredWriter.readerNodes"),
            destinations: try Check.names(
                c.destinations, c.n_destinations, most: Limits.mostReaders, "DesiredWriter.destinations"))
    }
}

extension DesiredReference: @unsafe WireValue {
    func packed(in arena: Arena) -> UnsafeMutablePointer<Sluice__DesiredReference> {
        let c = unsafe arena.new(sluice__desired_reference__init)
        unsafe c.pointee.spec = spec.packed(in: arena)
        unsafe c.pointee.writer_node = arena.bytes(writerNode.rawValue)
        unsafe (c.pointee.n_readers, c.pointee.readers) = arena.list(readers)
        unsafe c.pointee.end = end?.packed(in: arena)
        return unsafe c
    }

    init(_ c: Sluice__DesiredReference) throws(FieldFault) {
        let spec = try unsafe ChannelSpec(c.spec, "DesiredReference.spec")
        try unsafe Check.count(c.n_readers, most: spec.readers.count, "DesiredReference.readers")
        // They index the spec's readers; whoever uses them does not look again.
        let last = UInt64(spec.readers.count - 1)
        let readers = try unsafe Check.elements(c.readers, c.n_readers).map { index throws(FieldFault) in
            try Check.range(index, 0, last, "DesiredReference.readers")
        }
        unsafe self.init(
            spec: spec,
            writerNode: try Check.name(c.writer_node, "DesiredReference.writerNode"),
            readers: readers,
            end: try ChannelEnd.ifPresent(c.end))
    }
}
