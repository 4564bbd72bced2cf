import Logging
import Relay
import Ring
import SluiceModel
import Wire

// Slots that grow: what the writer's node asks of the others, and what they answer.
extension DataLoop {
    // MARK: As the writer's node

    func reserve(_ id: ChannelID, _ slotSize: Int) {
        guard let channel = outgoing[id] else { return }
        channel.growingTo = slotSize
        for destination in channel.destinations.values where !destination.isRemoved { compare(destination) }
    }

    func unreserve(_ id: ChannelID) {
        guard let channel = outgoing[id] else { return }
        channel.growingTo = nil
        for destination in channel.destinations.values where !destination.isRemoved { compare(destination) }
    }

    func outgoingGrown(_ id: ChannelID, _ slotSize: Int) {
        guard let channel = outgoing[id] else { return }
        channel.slotSize = slotSize
        channel.growingTo = nil
    }

    /// The receiver has said what its slots hold.
    func hasRoom(_ destination: Destination, _ slotSize: Int) {
        destination.room = slotSize
        compare(destination)
    }

    /// Asks the receiver for what it lacks, or takes back what it need not have. While its stream is closed it is asked
    /// when it opens it again.
    private func compare(_ destination: Destination) {
        let channel = destination.channel
        let node = destination.link.node
        guard destination.link.outbox.streamNumber(destination.index) != nil else { return }
        if destination.room < channel.wanted {
            send(.reserve(channel.id, slotSize: channel.wanted), to: destination.link)
        } else if let size = channel.growingTo {
            report(.reserved(channel.id, node, slotSize: size))
        } else if destination.room > channel.wanted {
            send(.unreserve(channel.id, slotSize: channel.wanted), to: destination.link)
        }
    }

    func reserved(_ id: ChannelID, _ slotSize: Int, by node: NodeName) {
        guard let channel = outgoing[id], let destination = channel.destinations[node], !destination.isRemoved else {
            return
        }
        destination.room = slotSize
        destination.link.outbox.reserved(destination.index, room: slotSize)
        destination.link.mayHaveWork = true
        if let size = channel.growingTo, slotSize >= size { report(.reserved(id, node, slotSize: size)) }
    }

    func reserveRefused(_ id: ChannelID, _ slotSize: Int, _ error: SluiceError, by node: NodeName) {
        guard let channel = outgoing[id], let destination = channel.destinations[node], !destination.isRemoved else {
            return
        }
        if channel.growingTo == slotSize { return report(.reserveRefused(id, node, slotSize: slotSize, error)) }
        // The ring has grown already, and this node came later: it opens its stream again, and is asked again.
        guard destination.room < channel.slotSize,
            let number = destination.link.outbox.streamNumber(destination.index)
        else { return }
        logger.warning("channel \(id) has no room on node \(node): \(error)")
        destination.link.outbox.close(destination.index)
        sending[number] = nil
        send(.openRefused(id, stream: number, error), to: destination.link)
    }

    /// A value is larger than the receiver's slots: what came here before the growth, for one that came after.
    func needsRoom(_ link: PeerLink, _ index: Int) {
        guard let destination = link.destinations[index], !destination.isRemoved else { return }
        compare(destination)
    }

    // MARK: As the receiver

    func reserveWanted(_ id: ChannelID, _ slotSize: Int, by node: NodeName) {
        guard let reference = references[id], reference.writerNode == node else {
            guard let link = links[node] else { return }
            let error = SluiceError(
                .unknownChannel, "node \(self.node) does not read channel \(id)", node: self.node.rawValue)
            send(.reserveRefused(id, slotSize: slotSize, error), to: link)
            return
        }
        guard Int(reference.inbox.slotSize) < slotSize else { return referenceGrown(id, Int(reference.inbox.slotSize)) }
        report(.reserveWanted(id, slotSize: slotSize))
    }

    func unreserveWanted(_ id: ChannelID, _ slotSize: Int, by node: NodeName) {
        guard let reference = references[id], reference.writerNode == node else { return }
        report(.unreserveWanted(id, slotSize: slotSize))
    }

    func referenceGrown(_ id: ChannelID, _ slotSize: Int) {
        guard let reference = references[id] else { return }
        reference.inbox.resize(slotSize: slotSize)
        if let link = links[reference.writerNode] { send(.reserved(id, slotSize: slotSize), to: link) }
    }

    func referenceRefused(_ id: ChannelID, _ slotSize: Int, _ error: SluiceError) {
        guard let reference = references[id], let link = links[reference.writerNode] else { return }
        send(.reserveRefused(id, slotSize: slotSize, error), to: link)
    }

    func shrinkReference(_ id: ChannelID) {
        guard let reference = references[id] else { return }
        if let writer = reference.writer {
            let generation = writer.withdrawOffer()
            reference.inbox.resize(slotSize: writer.slotSize)
            report(.referenceShrunk(id, generation: generation))
        } else {
            reference.inbox.resize(slotSize: reference.spec.slotSize)
            report(.referenceShrunk(id, generation: 0))
        }
    }
}
