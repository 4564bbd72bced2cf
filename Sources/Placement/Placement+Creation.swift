import SluiceModel
import Wire

extension Placement {
    mutating func createChannel(_ spec: ChannelSpec, _ timeout: Timeout, from node: NodeName, _ caller: Caller) {
        let deadline = Deadline(timeout, from: now)
        if let known = channels[spec.id] {
            return createAgain(known, spec, deadline, from: node, caller)
        }
        if let error = refusal(of: spec, from: node) { return answer(.failed(error), to: caller) }
        addChannel(spec, writerNode: node, phase: .creating(Channel.Creation(caller: caller, deadline: deadline)))
        schedule(.creation(spec.id), at: deadline)
        advance(spec.id)
        // Nobody waits in vain for a deadline that has come with the request.
        if channels[spec.id]?.isCreating == true, deadline.hasPassed(at: now) { creationIsLate(spec.id) }
    }

    /// A retry: the answer to the first try may have been lost with its connection.
    private mutating func createAgain(
        _ known: Channel, _ spec: ChannelSpec, _ deadline: Deadline, from node: NodeName, _ caller: Caller
    ) {
        guard known.spec == spec, known.writerNode == node else {
            return answer(.failed(.otherChannel(spec, known)), to: caller)
        }
        nodes[node]?.unclaimed?.writers.remove(spec.id)
        switch known.phase {
        case .creating(var creation):
            creation.caller = caller
            creation.deadline = deadline
            channels[spec.id]?.phase = .creating(creation)
            schedule(.creation(spec.id), at: creation.due)
        case .open: answer(.channelCreated(spec.id), to: caller)
        case .ended(let end): answer(.failed(.hasEnded(spec, end)), to: caller)
        }
    }

    private func refusal(of spec: ChannelSpec, from node: NodeName) -> SluiceError? {
        guard let writer = actors[spec.writer], writer.isAlive, writer.node == node else {
            return .notHere(spec.writer, actors[spec.writer], on: node)
        }
        if let holder = openNames[spec.name], let channel = channels[holder] { return .channelTaken(channel) }
        guard channels.count < options.mostChannels else { return .full("channels", options.mostChannels) }
        return nil
    }

    /// Takes the creation of a channel as far as it goes now.
    mutating func advance(_ id: ChannelID) {
        guard let channel = channels[id], case .creating(var creation) = channel.phase else { return }
        for (index, reader) in channel.spec.readers.enumerated() {
            let actor = actors[reader]
            let (old, new) = (channel.places[index].node, actor?.isAlive == true ? actor?.node : nil)
            channels[id]?.places[index].node = new
            channels[id]?.places[index].incarnation = actor?.incarnation
            // A reference that is under way is for other readers now.
            for node in [old, new] where old != new {
                if let node, channel.references[node] != nil { touchReference(id, on: node) }
            }
        }
        let remote = channels[id]?.remoteNodes ?? []
        for node in channel.references.keys where !remote.contains(node) { releaseReference(id, on: node) }
        guard missingReaders(of: channel).isEmpty else {
            guard creation.referenceDeadline != nil else { return }
            // One of them was lost while the references were made.
            creation.referenceDeadline = nil
            channels[id]?.phase = .creating(creation)
            return creation.deadline.hasPassed(at: now)
                ? creationIsLate(id) : schedule(.creation(id), at: creation.deadline)
        }
        if creation.referenceDeadline == nil {
            // The caller's deadline is for its readers to turn up; the agents have a time of their own.
            let due = max(creation.deadline, Deadline(nanoseconds: now + options.reference))
            creation.referenceDeadline = due == .never ? Deadline(nanoseconds: now + options.reference) : due
            channels[id]?.phase = .creating(creation)
            schedule(.creation(id), at: creation.due)
        }
        desireReferences(id)
    }

    private func missingReaders(of channel: Channel) -> [ActorName] {
        channel.spec.readers.filter { actors[$0]?.isAlive != true }
    }

    /// Asks the readers' nodes for their references, and completes the creation once all are there.
    private mutating func desireReferences(_ id: ChannelID) {
        guard let channel = channels[id] else { return }
        let remote = channel.remoteNodes
        for node in [channel.writerNode] + remote {
            guard channel.references[node] == nil, let bytes = nodes[node]?.desiredBytes else { continue }
            guard bytes + channel.bytes <= options.mostDesiredBytes else {
                return failCreation(id, .desiredSetFull(node, options.mostDesiredBytes, channel: channel.spec.name))
            }
        }
        for node in remote { desireReference(id, on: node) }
        if channels[id]?.references.values.allSatisfy(\.isReady) == true { completeCreation(id) }
    }

    private mutating func completeCreation(_ id: ChannelID) {
        guard let channel = channels[id], case .creating(let creation) = channel.phase else { return }
        channels[id]?.phase = .open
        for node in channel.references.keys { channels[id]?.references[node]?.isDestination = true }
        desireWriter(id)
        changes.openings.insert(channel.spec.name)
        answer(.channelCreated(id), to: creation.caller)
    }

    /// Nothing half-made stays.
    mutating func failCreation(_ id: ChannelID, _ error: SluiceError) {
        guard let channel = channels[id], case .creating(let creation) = channel.phase else { return }
        removeChannel(id)
        answer(.failed(error), to: creation.caller)
    }

    mutating func creationIsLate(_ id: ChannelID) {
        guard let channel = channels[id], case .creating(let creation) = channel.phase else { return }
        guard creation.referenceDeadline != nil else {
            return failCreation(id, .missingReaders(missingReaders(of: channel), of: channel.spec.name))
        }
        guard creation.due.hasPassed(at: now) else { return }
        let late = channel.references.filter { !$0.value.isReady }.keys.sorted().compactMap { nodes[$0] }
        failCreation(id, .lateReferences(channel, late, now: now))
    }

    mutating func abandonChannel(_ id: ChannelID, from node: NodeName, _ caller: Caller) {
        defer { answer(.done, to: caller) }
        guard let channel = channels[id], channel.writerNode == node else { return }
        switch channel.phase {
        case .creating: failCreation(id, .abandoned(channel.spec.name))
        case .open:
            finish(id, with: ChannelEnd(final: 0, reason: .closed))
            // Nothing was ever written; only who has it open already needs to be told.
            for reader in channel.references.keys.sorted()
            where !channel.places.contains(where: { $0.node == reader && $0.isOpen }) {
                releaseReference(id, on: reader)
            }
            channelDrained(id, from: node)
        case .ended: channelDrained(id, from: node)
        }
    }
}
