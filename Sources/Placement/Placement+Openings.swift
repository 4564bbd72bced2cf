import SluiceModel
import Wire

/// A reader that waits for its channel.
package struct Opening: Hashable, Sendable {
    var caller: Caller
    var node: NodeName
    /// For the channel to be created.
    var deadline: Deadline
    /// The channel is there; its reference on this node is under way until this.
    var referenceDeadline: Deadline?

    var due: Deadline { max(deadline, referenceDeadline ?? deadline) }
}

extension Placement {
    mutating func resolve(
        _ name: ChannelName, _ actor: ActorName, _ timeout: Timeout, from node: NodeName, _ caller: Caller
    ) {
        guard let known = actors[actor], known.isAlive, known.node == node else {
            return answer(.failed(.notHere(actor, actors[actor], on: node)), to: caller)
        }
        if let former = openings[name]?[actor] {
            dropOpening(name, actor)
            // The same request once more is answered once.
            if former.caller != caller { answer(.failed(.superseded(name, actor)), to: former.caller) }
        }
        guard openingCount < options.mostWaiting else {
            return answer(.failed(.full("reader openings", options.mostWaiting)), to: caller)
        }
        let deadline = Deadline(timeout, from: now)
        openings[name, default: [:]][actor] = Opening(caller: caller, node: node, deadline: deadline)
        openingCount += 1
        openingsByActor[actor, default: []].insert(name)
        settle(name, actor)
        guard let opening = openings[name]?[actor] else { return }
        // Nobody waits in vain for a deadline that has come with the request.
        if opening.due.hasPassed(at: now) { return openingIsLate(name, actor) }
        schedule(.opening(name, actor), at: opening.due)
    }

    /// Looks again at everyone who waits for a channel that has changed.
    mutating func settleOpenings() {
        for name in changes.openings.sorted() {
            for actor in (openings[name] ?? [:]).keys.sorted() { settle(name, actor) }
        }
    }

    /// Answers an opening if its channel is there and ready.
    private mutating func settle(_ name: ChannelName, _ actor: ActorName) {
        guard let opening = openings[name]?[actor] else { return }
        if let id = openNames[name], let channel = channels[id] {
            if let index = channel.index(of: actor) {
                if let id = endedChannel(name, actor, on: opening.node, inItsLife: true) {
                    return resolved(opening, channels[id]!, actor)
                }
                return channel.isCreating ? () : settle(opening, channel, index)
            }
            if let id = endedChannel(name, actor, on: opening.node) { return resolved(opening, channels[id]!, actor) }
            guard !channel.isCreating else { return }
            dropOpening(name, actor)
            return answer(.failed(.notAReader(actor, of: channel)), to: opening.caller)
        }
        if let id = endedChannel(name, actor, on: opening.node) { resolved(opening, channels[id]!, actor) }
    }

    /// An open channel that names the actor.
    private mutating func settle(_ opening: Opening, _ channel: Channel, _ index: Int) {
        let actor = channel.spec.readers[index]
        guard !channel.throughNodes.contains(opening.node) else { return }
        guard opening.node != channel.writerNode, channel.references[opening.node]?.isReady != true else {
            return resolved(opening, channel, actor)
        }
        guard opening.referenceDeadline == nil || channel.references[opening.node] == nil else { return }
        // The reference went when its last reader had closed, or could not be made before.
        let deadline = Deadline(nanoseconds: now + options.reference)
        openings[channel.spec.name]?[actor]?.referenceDeadline = deadline
        schedule(.opening(channel.spec.name, actor), at: max(deadline, opening.deadline))
        desireReference(channel.spec.id, on: opening.node)
    }

    private mutating func resolved(_ opening: Opening, _ channel: Channel, _ actor: ActorName) {
        dropOpening(channel.spec.name, actor)
        answer(.readerResolved(channel.spec, writerNode: channel.writerNode), to: opening.caller)
    }

    /// The oldest channel of that name that has ended, can still be read there, and is newer than what the actor has
    /// opened; if asked for, only one that was open in this life of the actor.
    private func endedChannel(
        _ name: ChannelName, _ actor: ActorName, on node: NodeName, inItsLife: Bool = false
    ) -> ChannelID? {
        var found: ChannelID?
        for id in endedNames[name] ?? [] {
            guard let channel = channels[id], let index = channel.index(of: actor) else { continue }
            if channel.places[index].hasOpened {
                found = nil
                continue
            }
            guard found == nil, channel.places[index].node == node else { continue }
            if inItsLife, channel.places[index].incarnation != actors[actor]?.incarnation { continue }
            let isThere =
                node == channel.writerNode ? !channel.isWriterDrained : channel.references[node]?.isReady == true
            if isThere { found = id }
        }
        return found
    }

    mutating func openingIsLate(_ name: ChannelName, _ actor: ActorName) {
        guard let opening = openings[name]?[actor], opening.due.hasPassed(at: now) else { return }
        dropOpening(name, actor)
        let channel = openNames[name].flatMap { channels[$0] }
        answer(.failed(channel.map { .notReady($0, actor) } ?? .unknownChannel(name, actor)), to: opening.caller)
    }

    mutating func failOpening(_ name: ChannelName, _ actor: ActorName, of id: ChannelID, _ error: SluiceError) {
        guard let opening = openings[name]?[actor], openNames[name] == id else { return }
        dropOpening(name, actor)
        answer(.failed(error), to: opening.caller)
    }

    mutating func dropOpening(_ name: ChannelName, _ actor: ActorName) {
        guard openings[name]?.removeValue(forKey: actor) != nil else { return }
        openingCount -= 1
        if openings[name]?.isEmpty == true { openings[name] = nil }
        openingsByActor[actor]?.remove(name)
        if openingsByActor[actor]?.isEmpty == true { openingsByActor[actor] = nil }
    }

    /// Whoever asked on a connection that its node has left asks again.
    mutating func dropOpenings(from connection: Connection) {
        for (name, waiting) in openings {
            for (actor, opening) in waiting where opening.caller.connection == connection { dropOpening(name, actor) }
        }
    }
}
