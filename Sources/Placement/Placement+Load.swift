import SluiceModel
import Wire

extension Placement {
    /// Takes over what an earlier coordinator knew. Nodes count as alive until a lease of ours has passed; what lies
    /// between a row and the truth is settled when their agents report.
    mutating func load(_ rows: StoredRows) {
        for row in rows.nodes {
            nodes[row.name] = Node(row, now: now)
            if row.standing == .alive { schedule(.lease(row.name), at: now + options.lease) }
        }
        for row in rows.actors { load(row) }
        for row in rows.channels where channels[row.spec.id] == nil { load(row) }
        // Nobody listens yet, and the rows are as they were, but for those whose channel is over.
        changes = Changes()
        for row in rows.channels where channels[row.spec.id] == nil { changes.channelRows.insert(row.spec.id) }
    }

    private mutating func load(_ row: ActorRow) {
        actors[row.name] = Actor(row)
        guard row.isAlive, nodes[row.node]?.standing == .alive else {
            actors[row.name]?.isAlive = false
            return bury(row.name, row.incarnation)
        }
        nodes[row.node]?.actors.insert(row.name)
    }

    private mutating func load(_ row: ChannelRow) {
        let id = row.spec.id
        guard let writerNode = nodes[row.writerNode] else { return }
        addChannel(row.spec, writerNode: row.writerNode, phase: .open)
        channels[id]?.isSevered = row.isSevered
        channels[id]?.isWriterDrained = row.isWriterDrained
        for index in row.opened where row.spec.readers.indices.contains(Int(index)) {
            channels[id]?.places[Int(index)].hasOpened = true
        }
        // Since the row was written, actors may have come, gone or moved; theirs were written at once.
        let remote = channels[id]?.remoteNodes ?? []
        for node in row.destinations where remote.contains(node) {
            desireReference(id, on: node)
            channels[id]?.references[node]?.isDestination = true
        }
        if let end = row.end {
            loadEnd(id, end, remote: remote, destinations: row.destinations)
        } else {
            for node in remote { desireReference(id, on: node) }
        }
        if !row.isWriterDrained { desireWriter(id) }
        if writerNode.standing != .alive { writerNodeIsLost(id) }
        removeIfDone(id)
    }

    /// Of what has ended only what was there is still read.
    private mutating func loadEnd(_ id: ChannelID, _ end: ChannelEnd, remote: [NodeName], destinations: [NodeName]) {
        finish(id, with: end)
        for index in channels[id]?.places.indices ?? 0..<0 {
            guard let node = channels[id]?.places[index].node, remote.contains(node), !destinations.contains(node)
            else {
                continue
            }
            channels[id]?.places[index].node = nil
        }
    }
}
