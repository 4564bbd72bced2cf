import SluiceModel
import Wire

extension Placement {
    /// A process on `node` asks for an actor's name.
    mutating func registerActor(
        _ name: ActorName, life: ProcessLife, pid: Int32, on node: NodeName, _ caller: Caller
    ) {
        guard let known = actors[name] else {
            guard actors.count < options.mostActors || forgetActor() else {
                return answer(.failed(.full("actors", options.mostActors)), to: caller)
            }
            return take(name, as: 1, life: life, pid: pid, on: node, caller)
        }
        guard known.isAlive else {
            return take(name, as: known.incarnation + 1, life: life, pid: pid, on: node, caller)
        }
        if known.node == node, known.life == life {
            claim(actor: name, on: node)
            return introduce(known.incarnation, to: caller)
        }
        // Its agent has just come back, and may or may not find it alive: that is known in a moment.
        if nodes[known.node]?.unclaimed?.actors.contains(name) == true,
            known.claimant == nil || known.claimant?.life == life
        {
            actors[name]?.claimant = Actor.Claimant(caller: caller, node: node, life: life, pid: pid)
            return
        }
        answer(.failed(.actorTaken(known, silent: silence(of: known.node))), to: caller)
    }

    private mutating func take(
        _ name: ActorName, as incarnation: Incarnation, life: ProcessLife, pid: Int32, on node: NodeName,
        _ caller: Caller
    ) {
        place(ActorRow(name: name, incarnation: incarnation, node: node, life: life, pid: pid, isAlive: true))
        introduce(incarnation, to: caller)
    }

    /// An actor lives on a node: it takes its place in every channel that names it as a reader.
    mutating func place(_ row: ActorRow) {
        let name = row.name
        let former = actors[name]
        if let former, former.isAlive {
            nodes[former.node]?.actors.remove(name)
            nodes[former.node]?.unclaimed?.actors.remove(name)
        }
        if former?.isAlive == false { deadCount -= 1 }
        actors[name] = Actor(row)
        actors[name]?.claimant = former?.claimant
        nodes[row.node]?.actors.insert(name)
        touchActor(name, isDurable: true)
        actorIsKnown(name)
        for id in reads(name) { seat(name, in: id) }
    }

    mutating func actorsLost(_ identities: [ActorIdentity], on node: NodeName) {
        for identity in identities {
            guard let actor = actors[identity.name], actor.isAlive, actor.node == node,
                actor.incarnation == identity.incarnation
            else { continue }
            loseActor(identity.name)
        }
    }

    /// Its process is dead, or its node is given up.
    mutating func loseActor(_ name: ActorName) {
        guard let actor = actors[name], actor.isAlive else { return }
        actors[name]?.isAlive = false
        actors[name]?.claimant = nil
        nodes[actor.node]?.actors.remove(name)
        nodes[actor.node]?.unclaimed?.actors.remove(name)
        touchActor(name, isDurable: false)
        bury(name, actor.incarnation)
        for channel in (openingsByActor[name] ?? []).sorted() {
            guard let opening = openings[channel]?[name] else { continue }
            dropOpening(channel, name)
            answer(.failed(.notHere(name, actors[name], on: actor.node)), to: opening.caller)
        }
        for id in writes(name) where channels[id]?.isCreating == true {
            failCreation(id, .abandoned(channels[id]!.spec.name))
        }
        for id in reads(name) { unseat(name, in: id) }
        planActorLost(actor)
        if let claimant = actor.claimant { heir(claimant, of: name, actor.incarnation) }
    }

    /// Who asked for the name while it was not known whether its holder lives has it now.
    private mutating func heir(_ claimant: Actor.Claimant, of name: ActorName, _ incarnation: Incarnation) {
        guard nodes[claimant.node]?.connection == claimant.caller.connection else { return }
        take(name, as: incarnation + 1, life: claimant.life, pid: claimant.pid, on: claimant.node, claimant.caller)
    }

    /// The actor is known to live: who else asked for its name is refused.
    mutating func actorIsKnown(_ name: ActorName) {
        guard let actor = actors[name], let claimant = actor.claimant else { return }
        actors[name]?.claimant = nil
        let isSame = claimant.life == actor.life && claimant.node == actor.node
        if isSame {
            introduce(actor.incarnation, to: claimant.caller)
        } else {
            answer(.failed(.actorTaken(actor, silent: nil)), to: claimant.caller)
        }
    }

    /// Nanoseconds since a node spoke, if it has not for two heartbeats.
    private func silence(of name: NodeName) -> UInt64? {
        guard let node = nodes[name], now > node.lastHeard + 2 * options.heartbeat else { return nil }
        return now - node.lastHeard
    }

    func reads(_ name: ActorName) -> [ChannelID] {
        (channelsRead[name] ?? []).sorted { $0.rawValue < $1.rawValue }
    }

    func writes(_ name: ActorName) -> [ChannelID] {
        (channelsWritten[name] ?? []).sorted { $0.rawValue < $1.rawValue }
    }
}

// The dead are remembered, so that a name's next holder has the next incarnation; but not for ever.

/// A death, in the order of deaths.
struct Grave: Hashable, Sendable {
    var name: ActorName
    var incarnation: Incarnation
}

extension Placement {
    mutating func bury(_ name: ActorName, _ incarnation: Incarnation) {
        deadCount += 1
        graves.append(Grave(name: name, incarnation: incarnation))
        // Most graves belong to actors that live again.
        if graves.count > 2 * deadCount + 64 { graves = graves.filter(isBuried) }
    }

    private func isBuried(_ grave: Grave) -> Bool {
        guard let actor = actors[grave.name] else { return false }
        return !actor.isAlive && actor.incarnation == grave.incarnation
    }

    /// Makes room for an actor by forgetting who died first and is in no channel.
    private mutating func forgetActor() -> Bool {
        let index = graves.firstIndex {
            isBuried($0) && channelsRead[$0.name] == nil && channelsWritten[$0.name] == nil
        }
        guard let index else { return false }
        let name = graves[index].name
        graves.remove(at: index)
        deadCount -= 1
        actors[name] = nil
        touchActor(name, isDurable: false)
        return true
    }
}
