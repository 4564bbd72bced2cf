import SluiceModel
import Wire

extension Placement {
    /// A sign of life from the node itself.
    mutating func heard(from name: NodeName) {
        nodes[name]?.lastHeard = now
        nodes[name]?.lastSign = now
    }

    mutating func heartbeat(_ beat: Heartbeat, from name: NodeName) {
        for peer in beat.sessions where nodes[peer]?.standing == .alive { nodes[peer]?.lastSign = now }
        guard let node = nodes[name] else { return }
        // What was sent before its last heartbeat has arrived by this one; if not, it has missed a change.
        if beat.desired < node.expected || beat.desired > node.version { changes.whole[name] = .repair }
        nodes[name]?.expected = node.version
    }

    /// Nobody is behind `connection`. That ends neither a node nor its lease.
    mutating func lostConnection(_ connection: Connection) {
        guard case .registered(let name) = standings.removeValue(forKey: connection) else { return }
        desk.dropWaiters(from: connection)
        guard nodes[name]?.connection == connection else { return }
        nodes[name]?.connection = nil
        nodeIsMute(name)
        if nodes[name]?.challenge != nil { holderIsSilent(name) }
    }

    mutating func leave(_ name: NodeName, _ caller: Caller) {
        if caller.request != 0 { answer(.done, to: caller) }
        lose(name, .left)
    }

    /// Gives a node up: its lease ran out, or it left.
    mutating func lose(_ name: NodeName, _ standing: NodeStanding) {
        guard let node = nodes[name], node.standing == .alive else { return }
        let silence = (now - min(node.lastSign, now)) / 1_000_000
        let fate = standing == .lost ? "is lost: nobody has heard from it for \(silence) ms" : "has left"
        log(standing == .lost ? .warning : .notice, "node \(name), incarnation \(node.incarnation), \(fate)")
        if let connection = node.connection {
            if standing == .lost { fence(connection, .leaseRanOut(name, node.incarnation, options.lease)) }
            standings[connection] = standing == .lost ? standings[connection] : nil
        }
        nodes[name]?.standing = standing
        nodes[name]?.connection = nil
        nodes[name]?.unclaimed = nil
        changes.nodeRows.insert(name)
        nodeIsMute(name)
        touchPeer(name)
        // Before its actors: they are lost because of it.
        planNodeLost(name)
        loseHoldings(of: node)
        if node.challenge != nil { holderIsSilent(name) }
    }

    /// Ends what was written there, and takes away what was read there.
    private mutating func loseHoldings(of node: Node) {
        for actor in node.actors.sorted() { loseActor(actor) }
        for id in node.written.sorted(by: { $0.rawValue < $1.rawValue }) { writerNodeIsLost(id) }
        for id in node.references.sorted(by: { $0.rawValue < $1.rawValue }) {
            releaseReference(id, on: node.name)
            removeIfDone(id)
        }
    }

    /// Tells the life behind `connection` that it is replaced, now and whenever it speaks again.
    mutating func fence(_ connection: Connection, _ error: SluiceError) {
        answer(.fenced(error), to: Caller(connection: connection, request: 0))
        standings[connection] = .fenced(error)
        fencedConnections.append(connection)
        guard fencedConnections.count > options.mostFenced else { return }
        let oldest = fencedConnections.removeFirst()
        if case .fenced = standings[oldest] { standings[oldest] = nil }
    }

    /// What a node still has to claim has been claimed.
    mutating func claim(actor: ActorName, on name: NodeName) {
        guard nodes[name]?.unclaimed?.actors.remove(actor) != nil else { return }
        actorIsKnown(actor)
    }

    /// Its time to claim is over: what it has not claimed is gone.
    mutating func dropUnclaimed(_ name: NodeName) {
        guard let unclaimed = nodes[name]?.unclaimed else { return }
        nodes[name]?.unclaimed = nil
        for id in unclaimed.writers.sorted(by: { $0.rawValue < $1.rawValue }) { writerIsUnclaimed(id) }
        for id in unclaimed.references.sorted(by: { $0.rawValue < $1.rawValue }) where channels[id]?.end != nil {
            releaseReference(id, on: name)
            removeIfDone(id)
        }
        for actor in unclaimed.actors.sorted() where actors[actor]?.node == name { loseActor(actor) }
    }
}
