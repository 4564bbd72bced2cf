package import SluiceModel
package import Wire

extension Placement {
    /// A change of what `name` shall have, from the version that it was sent last.
    mutating func update(of name: NodeName, _ touched: Changes.Desired) -> PlacementAction? {
        guard var node = nodes[name], let connection = node.connection else { return nil }
        var update = DesiredUpdate(base: node.version, version: node.version + 1)
        for peer in touched.peers.sorted() {
            if let known = nodes[peer]?.peer { update.peers.append(known) } else { update.lostPeers.append(peer) }
        }
        for id in touched.writers.sorted(by: { $0.rawValue < $1.rawValue }) {
            if let writer = desiredWriter(id, on: name) {
                update.writers.append(writer)
            } else {
                update.removedWriters.append(id)
            }
        }
        for id in touched.references.sorted(by: { $0.rawValue < $1.rawValue }) {
            if let reference = desiredReference(id, on: name) {
                update.references.append(reference)
            } else {
                update.removedReferences.append(id)
            }
        }
        for run in touched.parts.sorted() {
            if let part = desk.part(of: run, on: name) {
                update.parts.append(part)
            } else {
                update.removedParts.append(run)
            }
        }
        node.version += 1
        nodes[name] = node
        return .send(CoordinatorMessage(.desired(update)), to: connection)
    }

    /// All of what `name` shall have; as the answer to its registration, or as a repair.
    mutating func wholeSet(of name: NodeName, _ whole: Changes.Whole) -> PlacementAction? {
        guard var node = nodes[name], let connection = node.connection else { return nil }
        node.version += 1
        nodes[name] = node
        let set = desiredSet(of: name)
        guard case .registered(let caller, let version) = whole else {
            return .send(CoordinatorMessage(.desired(set)), to: connection)
        }
        let answer = NodeRegistered(
            version: version, epoch: epoch, incarnation: node.incarnation,
            leaseMilliseconds: options.lease / 1_000_000, heartbeatMilliseconds: options.heartbeat / 1_000_000,
            desired: set)
        return .send(CoordinatorMessage(request: caller.request, .registered(answer)), to: caller.connection)
    }

    /// The whole desired set of a node at its present version.
    package func desiredSet(of name: NodeName) -> DesiredUpdate {
        guard let node = nodes[name] else { return DesiredUpdate(base: 0, version: 0) }
        let plans = desk.wholeSet(of: name)
        return DesiredUpdate(
            base: 0, version: node.version,
            peers: nodes.values.filter { $0.name != name }.compactMap(\.peer).sorted { $0.node < $1.node },
            writers: node.writers.sorted { $0.rawValue < $1.rawValue }.compactMap { desiredWriter($0, on: name) },
            references: node.references.sorted { $0.rawValue < $1.rawValue }
                .compactMap { desiredReference($0, on: name) },
            parts: plans.parts, keptParts: plans.kept)
    }

    private func desiredWriter(_ id: ChannelID, on name: NodeName) -> DesiredWriter? {
        guard nodes[name]?.writers.contains(id) == true, let channel = channels[id] else { return nil }
        let places = channel.places.map { channel.isSevered && $0.node != name ? nil : $0.node }
        return DesiredWriter(channel: id, readerNodes: places, destinations: channel.destinations)
    }

    private func desiredReference(_ id: ChannelID, on name: NodeName) -> DesiredReference? {
        guard nodes[name]?.references.contains(id) == true, let channel = channels[id] else { return nil }
        return DesiredReference(
            spec: channel.spec, writerNode: channel.writerNode, readers: channel.readers(on: name), end: channel.end)
    }

    /// Puts a written channel into its node's desired set.
    mutating func desireWriter(_ id: ChannelID) {
        guard let channel = channels[id] else { return }
        if nodes[channel.writerNode]?.writers.insert(id).inserted == true {
            nodes[channel.writerNode]?.desiredBytes += channel.bytes
        }
        touchWriter(id)
    }

    /// Takes a written channel out of its node's desired set.
    mutating func releaseWriter(_ id: ChannelID) {
        guard let channel = channels[id] else { return }
        touchWriter(id)
        changes.channelRows.insert(id)
        guard nodes[channel.writerNode]?.writers.remove(id) != nil else { return }
        nodes[channel.writerNode]?.desiredBytes -= channel.bytes
    }

    /// Asks `name` for a reader reference, unless it has been asked.
    mutating func desireReference(_ id: ChannelID, on name: NodeName) {
        guard let channel = channels[id], channel.references[name] == nil, !channel.throughNodes.contains(name) else {
            return
        }
        let former = changes.released.removeValue(forKey: Changes.ReferenceKey(channel: id, node: name))
        channels[id]?.references[name] = former ?? Channel.Reference()
        touchReference(id, on: name)
        guard nodes[name]?.references.insert(id).inserted == true else { return }
        nodes[name]?.desiredBytes += channel.bytes
    }

    /// A reader reference is no longer asked for; the writer's ring need not wait for it either.
    mutating func releaseReference(_ id: ChannelID, on name: NodeName) {
        guard let channel = channels[id], let reference = channel.references[name] else { return }
        channels[id]?.references[name] = nil
        changes.released[Changes.ReferenceKey(channel: id, node: name)] = reference
        touchReference(id, on: name)
        if reference.isDestination { touchWriter(id) }
        changes.openings.insert(channel.spec.name)
        guard nodes[name]?.references.remove(id) != nil else { return }
        nodes[name]?.desiredBytes -= channel.bytes
    }
}
