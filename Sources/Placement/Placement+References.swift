import SluiceModel
import Wire

extension Placement {
    mutating func referenceReady(_ id: ChannelID, on node: NodeName) {
        nodes[node]?.unclaimed?.references.remove(id)
        guard let channel = channels[id], let reference = channel.references[node] else { return }
        channels[id]?.references[node]?.isReady = true
        changes.openings.insert(channel.spec.name)
        if channel.isCreating { return advance(id) }
        guard channel.isOpen, !reference.isDestination else { return }
        channels[id]?.references[node]?.isDestination = true
        touchWriter(id)
    }

    mutating func referenceRefused(_ id: ChannelID, _ error: SluiceError, on node: NodeName) {
        guard let channel = channels[id], channel.references[node] != nil else { return }
        let error = SluiceError.noReference(channel, on: node, error)
        if channel.isCreating { return failCreation(id, error) }
        // A reader that came back to another node, which has no room: it hears why, and may ask again.
        for index in channel.places.indices where channel.places[index].node == node {
            failOpening(channel.spec.name, channel.spec.readers[index], of: id, error)
        }
        dropReference(id, on: node)
        removeIfDone(id)
    }

    mutating func referenceDrained(_ id: ChannelID, on node: NodeName) {
        nodes[node]?.unclaimed?.references.remove(id)
        // One that has been asked for since is not the one that went.
        guard let channel = channels[id], channel.references[node]?.isReady == true, !channel.isCreating else { return }
        // The stream's end comes from the writer's node directly, and may overtake what that node tells the coordinator.
        if channel.isOpen { channels[id]?.throughNodes.insert(node) }
        dropReference(id, on: node)
        removeIfDone(id)
    }

    /// The agent itself has said that it is not there.
    private mutating func dropReference(_ id: ChannelID, on node: NodeName) {
        releaseReference(id, on: node)
        changes.released[Changes.ReferenceKey(channel: id, node: node)] = nil
    }

    mutating func readerOpen(_ id: ChannelID, _ actor: ActorName, isOpen: Bool, from node: NodeName) {
        guard let channel = channels[id], let index = channel.index(of: actor), channel.places[index].node == node
        else {
            return
        }
        channels[id]?.places[index].isOpen = isOpen
        guard isOpen, !channel.places[index].hasOpened else { return }
        channels[id]?.places[index].hasOpened = true
        changes.channelRows.insert(id)
        if channel.end != nil { changes.openings.insert(channel.spec.name) }
    }

    /// A reader's actor is there: its node needs the channel.
    mutating func seat(_ actor: ActorName, in id: ChannelID) {
        guard let channel = channels[id], let index = channel.index(of: actor), let known = actors[actor] else {
            return
        }
        let node = known.node
        guard !channel.isCreating else { return advance(id) }
        if channel.isOpen { channels[id]?.places[index].incarnation = known.incarnation }
        guard channel.places[index].node != node else { return }
        if channel.places[index].node != nil { unseat(actor, in: id) }
        guard channels[id] != nil else { return }
        // Of what has ended only what is still there can be read.
        let isLocal = node == channel.writerNode
        guard channel.isOpen || (isLocal ? !channel.isWriterDrained : channel.references[node] != nil) else { return }
        channels[id]?.places[index].node = node
        touchWriter(id)
        guard !isLocal else { return }
        touchReference(id, on: node)
        if channel.isOpen { desireReference(id, on: node) }
    }

    /// A reader's actor is lost: nobody waits for it any more.
    mutating func unseat(_ actor: ActorName, in id: ChannelID) {
        guard let channel = channels[id], let index = channel.index(of: actor) else { return }
        guard !channel.isCreating else { return advance(id) }
        guard let node = channel.places[index].node else { return }
        channels[id]?.places[index].node = nil
        channels[id]?.places[index].isOpen = false
        touchWriter(id)
        guard node != channel.writerNode else { return }
        touchReference(id, on: node)
        guard channels[id]?.readers(on: node).isEmpty == true else { return }
        releaseReference(id, on: node)
        removeIfDone(id)
    }
}
