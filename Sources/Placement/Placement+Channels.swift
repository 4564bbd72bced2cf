import SluiceModel
import Wire

extension Placement {
    mutating func addChannel(_ spec: ChannelSpec, writerNode: NodeName, phase: Channel.Phase) {
        var channel = Channel(spec: spec, writerNode: writerNode, phase: phase, number: nextNumber())
        for (index, reader) in spec.readers.enumerated() {
            channelsRead[reader, default: []].insert(spec.id)
            guard let actor = actors[reader], actor.isAlive else { continue }
            channel.places[index].node = actor.node
            channel.places[index].incarnation = actor.incarnation
        }
        channelsWritten[spec.writer, default: []].insert(spec.id)
        channels[spec.id] = channel
        nodes[writerNode]?.written.insert(spec.id)
        if openNames[spec.name] == nil { openNames[spec.name] = spec.id }
        changes.openings.insert(spec.name)
        if !channel.isCreating { changes.channelRows.insert(spec.id) }
    }

    /// Takes a channel out of everything.
    mutating func removeChannel(_ id: ChannelID) {
        guard let channel = channels[id] else { return }
        for node in channel.references.keys.sorted() { releaseReference(id, on: node) }
        // A creation that never came to be has touched no desired writer, and no row.
        if !channel.isCreating { releaseWriter(id) }
        channels[id] = nil
        nodes[channel.writerNode]?.written.remove(id)
        nodes[channel.writerNode]?.unclaimed?.writers.remove(id)
        if openNames[channel.spec.name] == id { openNames[channel.spec.name] = nil }
        Self.remove(id, channel.spec.name, from: &endedNames)
        for reader in channel.spec.readers { Self.remove(id, reader, from: &channelsRead) }
        Self.remove(id, channel.spec.writer, from: &channelsWritten)
        changes.openings.insert(channel.spec.name)
        planChannelGone(channel.spec.name)
    }

    private static func remove<Key>(_ id: ChannelID, _ key: Key, from index: inout [Key: Set<ChannelID>]) {
        index[key]?.remove(id)
        if index[key]?.isEmpty == true { index[key] = nil }
    }

    private static func remove(_ id: ChannelID, _ key: ChannelName, from index: inout [ChannelName: [ChannelID]]) {
        index[key]?.removeAll { $0 == id }
        if index[key]?.isEmpty == true { index[key] = nil }
    }

    mutating func endChannel(_ id: ChannelID, _ end: ChannelEnd, from node: NodeName, _ caller: Caller) {
        guard let channel = channels[id] else { return answer(.done, to: caller) }
        guard channel.writerNode == node else { return answer(.failed(.notTheWriter(channel, node)), to: caller) }
        // Not a claim: who repeats this after a reconnect may have drained it, and that may not have been heard.
        switch channel.phase {
        case .creating: failCreation(id, .abandoned(channel.spec.name))
        case .open: finish(id, with: end)
        case .ended: break
        }
        answer(.done, to: caller)
    }

    /// An open channel ends: its name is free, and its references know where their stream stops.
    mutating func finish(_ id: ChannelID, with end: ChannelEnd) {
        guard let channel = channels[id], channel.isOpen else { return }
        channels[id]?.phase = .ended(end)
        if openNames[channel.spec.name] == id { openNames[channel.spec.name] = nil }
        endedNames[channel.spec.name, default: []].append(id)
        changes.channelRows.insert(id)
        changes.openings.insert(channel.spec.name)
        for node in channel.references.keys { touchReference(id, on: node) }
    }

    mutating func channelDrained(_ id: ChannelID, from node: NodeName) {
        guard let channel = channels[id], channel.writerNode == node, channel.end != nil else { return }
        nodes[node]?.unclaimed?.writers.remove(id)
        channels[id]?.isWriterDrained = true
        releaseWriter(id)
        removeIfDone(id)
    }

    /// Its writer's node is given up: what has not landed elsewhere never will.
    mutating func writerNodeIsLost(_ id: ChannelID) {
        guard let channel = channels[id] else { return }
        switch channel.phase {
        case .creating: return failCreation(id, .abandoned(channel.spec.name))
        case .open: finish(id, with: ChannelEnd(final: ChannelEnd.whatLanded, reason: .nodeLost))
        case .ended(let end) where end.reason != .nodeLost && !channel.isWriterDrained:
            channels[id]?.phase = .ended(ChannelEnd(final: ChannelEnd.whatLanded, reason: .nodeLost))
            for node in channel.references.keys { touchReference(id, on: node) }
        case .ended: break
        }
        writerIsGone(id)
    }

    /// Its writer's node came back, but neither its agent nor its worker knows it.
    mutating func writerIsUnclaimed(_ id: ChannelID) {
        guard let channel = channels[id] else { return }
        guard !channel.isCreating else { return failCreation(id, .abandoned(channel.spec.name)) }
        finish(id, with: ChannelEnd(final: ChannelEnd.whatLanded, reason: .writerDied))
        writerIsGone(id)
    }

    private mutating func writerIsGone(_ id: ChannelID) {
        channels[id]?.isWriterDrained = true
        channels[id]?.isSevered = false
        releaseWriter(id)
        removeIfDone(id)
    }

    /// The row goes when the writer's ring and every reference are through.
    mutating func removeIfDone(_ id: ChannelID) {
        guard let channel = channels[id], channel.end != nil, channel.isWriterDrained, channel.references.isEmpty else {
            return
        }
        removeChannel(id)
    }
}
