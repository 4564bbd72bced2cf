import SluiceModel
import Wire

extension Placement {
    /// Takes over what an agent reports. Nothing of it is ever thrown away for being unknown here: the store may be
    /// older than the agent. What is known here and not reported may be claimed for a while
    /// (``PlacementOptions/claim``).
    mutating func adopt(_ registration: RegisterNode, wasLost: Bool) {
        let name = registration.node
        guard let node = nodes[name] else { return }
        var unclaimed = Unclaimed(deadline: now + options.claim)
        unclaimed.actors = node.actors.subtracting(registration.actors.map(\.identity.name))
        unclaimed.writers = node.written.subtracting(registration.writers.map(\.spec.id))
            .filter { channels[$0]?.isWriterDrained == false }
        unclaimed.references = node.references.subtracting(registration.references.map(\.spec.id))
        let isComplete = unclaimed.actors.isEmpty && unclaimed.writers.isEmpty && unclaimed.references.isEmpty
        nodes[name]?.unclaimed = isComplete ? nil : unclaimed
        if !isComplete { schedule(.claim(name), at: unclaimed.deadline) }

        // Until an agent says that it has one, it has not; but the writer's ring goes on waiting for it.
        for id in unclaimed.references { channels[id]?.references[name]?.isReady = false }
        for report in registration.actors { adopt(report, on: name) }
        for report in registration.writers { adopt(report, on: name, wasLost: wasLost) }
        for report in registration.references { adopt(report, on: name) }
        planNodeRegistered(registration)
    }

    private mutating func adopt(_ report: ActorReport, on node: NodeName) {
        let name = report.identity.name
        if let known = actors[name], known.isAlive {
            guard known.node == node || known.incarnation < report.identity.incarnation else {
                return log(.warning, "node \(node) reports actor \(name), which has moved to node \(known.node)")
            }
            if known.node == node, known.life == report.life, known.incarnation >= report.identity.incarnation {
                return actorIsKnown(name)
            }
        }
        let incarnation = max(1, report.identity.incarnation, actors[name]?.incarnation ?? 0)
        place(
            ActorRow(
                name: name, incarnation: incarnation, node: node, life: report.life, pid: report.pid, isAlive: true))
    }

    private mutating func adopt(_ report: WriterReport, on node: NodeName, wasLost: Bool) {
        let id = report.spec.id
        guard let known = channels[id] else { return adoptUnknown(report, on: node, isSevered: wasLost) }
        guard known.spec == report.spec, known.writerNode == node else {
            return log(
                .warning, "node \(node) reports channel \(id) otherwise than node \(known.writerNode) created it")
        }
        switch (known.phase, report.end) {
        case (.creating, _): break
        case (.open, let end?): finish(id, with: end)
        case (.open, nil): desireWriter(id)
        case (.ended(let end), nil) where end.reason != .closed:
            // Ended for everyone else while it was out of sight; what is local there goes on.
            channels[id]?.isSevered = true
            channels[id]?.isWriterDrained = false
            for reader in known.spec.readers where actors[reader]?.isAlive == true { seat(reader, in: id) }
            desireWriter(id)
        case (.ended, _):
            channels[id]?.isWriterDrained = false
            desireWriter(id)
        }
    }

    /// A channel that is younger than the store, or older than a store that was lost.
    private mutating func adoptUnknown(_ report: WriterReport, on node: NodeName, isSevered: Bool) {
        let places = report.readerNodes.count == report.spec.readers.count ? report.readerNodes : nil
        // Readers of whom only this report tells stand in for themselves until their node registers, or is lost.
        for (reader, place) in zip(report.spec.readers, places ?? []) where actors[reader] == nil {
            guard let place else { continue }
            knowNode(place)
            self.place(
                ActorRow(
                    name: reader, incarnation: 0, node: place, life: ProcessLife(rawValue: 0), pid: 0, isAlive: true))
        }
        addChannel(report.spec, writerNode: node, phase: .open)
        let id = report.spec.id
        if isSevered {
            let end = report.end ?? ChannelEnd(final: ChannelEnd.whatLanded, reason: .nodeLost)
            channels[id]?.isSevered = true
            finish(id, with: end)
        } else {
            for remote in channels[id]?.remoteNodes ?? [] { adoptDestination(id, on: remote) }
            for remote in orphans.removeValue(forKey: id) ?? [] { adoptReference(id, on: remote) }
            if let end = report.end { finish(id, with: end) }
        }
        desireWriter(id)
    }

    private mutating func adopt(_ report: ReferenceReport, on node: NodeName) {
        let id = report.spec.id
        if channels[id] == nil, !adoptUnknownWriter(report, on: node) { return }
        guard let known = channels[id], known.spec == report.spec else {
            return log(
                .warning, "node \(node) reports a reader reference of channel \(id) that is not what was created")
        }
        if known.references[node] != nil {
            referenceReady(id, on: node)
        } else if !known.isCreating, known.writerNode != node, !known.readers(on: node).isEmpty {
            adoptReference(id, on: node)
        }
    }

    /// A reference of a channel whose row is missing; false if nothing says who writes it.
    private mutating func adoptUnknownWriter(_ report: ReferenceReport, on node: NodeName) -> Bool {
        let id = report.spec.id
        guard let writerNode = report.writerNode ?? actors[report.spec.writer]?.node, writerNode != node else {
            orphans[id, default: []].insert(node)
            log(
                .warning,
                "node \(node) reports a reader reference of channel \(report.spec.name), but nobody its writer")
            return false
        }
        knowNode(writerNode)
        addChannel(report.spec, writerNode: writerNode, phase: .open)
        desireWriter(id)
        for remote in channels[id]?.remoteNodes ?? [] { adoptDestination(id, on: remote) }
        // Its writer's node has registered without it, or is gone: it must claim it soon.
        guard nodes[writerNode]?.standing == .alive else {
            writerNodeIsLost(id)
            return channels[id] != nil
        }
        if nodes[writerNode]?.connection != nil { mustClaim(id, on: writerNode) }
        return true
    }

    private mutating func mustClaim(_ id: ChannelID, on node: NodeName) {
        var unclaimed = nodes[node]?.unclaimed ?? Unclaimed(deadline: now + options.claim)
        unclaimed.writers.insert(id)
        nodes[node]?.unclaimed = unclaimed
        schedule(.claim(node), at: unclaimed.deadline)
    }

    /// A reference that the writer's ring waits for already, whether or not its node has reported it yet.
    private mutating func adoptDestination(_ id: ChannelID, on node: NodeName) {
        desireReference(id, on: node)
        channels[id]?.references[node]?.isDestination = true
        touchWriter(id)
    }

    private mutating func adoptReference(_ id: ChannelID, on node: NodeName) {
        adoptDestination(id, on: node)
        channels[id]?.references[node]?.isReady = true
    }

    /// A node that was only heard of: it has its lease to show itself.
    private mutating func knowNode(_ name: NodeName) {
        guard nodes[name] == nil else { return }
        nodes[name] = Node(name: name, now: now)
        schedule(.lease(name), at: now + options.lease)
    }
}
