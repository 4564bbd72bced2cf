import SluiceModel
import Wire

extension Placement {
    /// An agent asks for its node's name.
    mutating func register(_ registration: RegisterNode, _ caller: Caller, user: String?) {
        let name = registration.node
        guard let version = VersionRange.current.common(with: registration.versions) else {
            return refuse(.incompatible(registration.versions, .current, node: name), caller)
        }
        guard user == nil || user == name.rawValue else {
            return refuse(.wrongUser(user ?? "", node: name), caller)
        }
        guard registration.epoch <= epoch else {
            return refuse(.staleCoordinator(epoch, registration.epoch, node: name), caller)
        }
        guard let node = nodes[name] else {
            guard nodes.count < options.mostNodes || forgetNode() else {
                return refuse(.full("nodes", options.mostNodes), caller)
            }
            nodes[name] = Node(name: name, now: now)
            return accept(registration, caller, version: version, as: max(1, registration.incarnation))
        }
        if registration.incarnation != 0, registration.incarnation < node.incarnation {
            return refuseFenced(registration, by: node.incarnation, caller)
        }
        if registration.life == node.life {
            registerAgain(node, registration, caller, version: version)
        } else {
            registerOther(node, registration, caller, version: version)
        }
    }

    /// The life that has the name, or had it.
    private mutating func registerAgain(_ node: Node, _ registration: RegisterNode, _ caller: Caller, version: UInt32) {
        switch node.standing {
        case .alive:
            if let challenge = node.challenge { refuseChallenger(challenge, node) }
            accept(registration, caller, version: version, as: max(node.incarnation, registration.incarnation))
        case .lost where registration.incarnation == node.incarnation:
            // It does not know yet that it was given up: what others have ended must end there as well, first.
            refuse(.leaseRanOut(node.name, node.incarnation, options.lease), caller)
        case .lost, .left:
            accept(registration, caller, version: version, as: max(node.incarnation + 1, registration.incarnation))
        }
    }

    /// Another life than the one that has the name.
    private mutating func registerOther(_ node: Node, _ registration: RegisterNode, _ caller: Caller, version: UInt32) {
        let next = max(node.incarnation + 1, registration.incarnation)
        // Known from others' reports only: whoever comes first is it.
        guard node.life.rawValue != 0, node.standing == .alive else {
            return accept(registration, caller, version: version, as: next)
        }
        if let challenge = node.challenge, challenge.registration.life != registration.life {
            return refuse(.nodeContested(node.name), caller)
        }
        guard let holder = node.connection else {
            // After a start of ours the holder may just be on its way back.
            let deadline = upSince + options.challenge
            guard deadline > now else { return accept(registration, caller, version: version, as: next) }
            return challenge(node.name, registration, caller, ping: 0, until: deadline)
        }
        let ping = node.challenge?.ping ?? nextRequest()
        let deadline = node.challenge?.deadline ?? now + options.challenge
        if node.challenge == nil {
            changes.actions.append(.send(CoordinatorMessage(request: ping, .ping), to: holder))
        }
        challenge(node.name, registration, caller, ping: ping, until: deadline)
    }

    private mutating func challenge(
        _ name: NodeName, _ registration: RegisterNode, _ caller: Caller, ping: UInt64, until deadline: UInt64
    ) {
        nodes[name]?.challenge = Challenge(registration: registration, caller: caller, ping: ping, deadline: deadline)
        schedule(.challenge(name), at: deadline)
    }

    /// The holder of a contested name has answered: only the answer to this very ping proves that it lives.
    mutating func pong(from name: NodeName, request: UInt64) {
        guard let node = nodes[name], let challenge = node.challenge, challenge.ping == request else { return }
        refuseChallenger(challenge, node)
    }

    private mutating func refuseChallenger(_ challenge: Challenge, _ node: Node) {
        nodes[node.name]?.challenge = nil
        log(
            .warning, "a second agent asks for the name of node \(node.name), which is alive at \(node.controlEndpoint)"
        )
        refuse(.nodeTaken(node), challenge.caller)
    }

    /// The holder of a contested name has not answered in time, or is known to be gone.
    mutating func holderIsSilent(_ name: NodeName) {
        guard let node = nodes[name], let challenge = node.challenge else { return }
        nodes[name]?.challenge = nil
        guard let version = VersionRange.current.common(with: challenge.registration.versions) else { return }
        let next = max(node.incarnation + 1, challenge.registration.incarnation)
        accept(challenge.registration, challenge.caller, version: version, as: next)
    }

    private mutating func refuse(_ error: SluiceError, _ caller: Caller) {
        answer(.refused(error, .current), to: caller)
    }

    private mutating func refuseFenced(_ registration: RegisterNode, by incarnation: Incarnation, _ caller: Caller) {
        refuse(.replaced(registration.node, registration.incarnation, by: incarnation), caller)
    }

    private mutating func accept(
        _ registration: RegisterNode, _ caller: Caller, version: UInt32, as incarnation: Incarnation
    ) {
        let name = registration.node
        guard var node = nodes[name] else { return }
        let wasLost = node.standing == .lost
        takeOver(name, connection: node.connection, caller.connection, node.incarnation, incarnation)
        let before = (node.row, node.peer)
        node.life = registration.life
        node.incarnation = incarnation
        node.standing = .alive
        node.controlEndpoint = registration.controlEndpoint
        node.dataEndpoint = registration.dataEndpoint
        node.publicKey = registration.publicKey
        node.memory = registration.memory
        node.connection = caller.connection
        node.lastHeard = now
        node.lastSign = now
        node.expected = 0
        nodes[name] = node
        if node.row != before.0 { changes.nodeRows.insert(name) }
        if node.peer != before.1 { touchPeer(name) }
        schedule(.lease(name), at: now + options.lease)
        log(.info, "node \(name) has registered as incarnation \(incarnation), reachable at \(node.controlEndpoint)")
        adopt(registration, wasLost: wasLost)
        changes.whole[name] = .registered(caller, version: version)
    }

    /// The name moves from one connection to another, perhaps from one incarnation to the next.
    private mutating func takeOver(
        _ name: NodeName, connection old: Connection?, _ new: Connection, _ from: Incarnation, _ to: Incarnation
    ) {
        // A connection speaks for one node: one that had another name has left it.
        if case .registered(let other) = standings[new], other != name { nodes[other]?.connection = nil }
        if let old, old != new {
            dropOpenings(from: old)
            desk.dropWaiters(from: old)
            if from == to { standings[old] = nil } else { fence(old, .replaced(name, from, by: to)) }
        }
        standings[new] = .registered(name)
    }

    /// Makes room for a node, if one that is gone can be forgotten.
    private mutating func forgetNode() -> Bool {
        let gone = nodes.values.filter { $0.standing != .alive && $0.written.isEmpty && $0.references.isEmpty }
        guard let oldest = gone.min(by: { $0.lastHeard < $1.lastHeard }) else { return false }
        nodes[oldest.name] = nil
        changes.nodeRows.insert(oldest.name)
        return true
    }
}
