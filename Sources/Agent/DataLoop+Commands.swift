import Logging
import Relay
import Ring
import SharedMemory
import SluiceModel
import Wire
import ZeroMQ

// What the control thread has decided.
extension DataLoop {
    /// True if there was anything.
    func takeCommands() -> Bool {
        guard commands.mayHaveMessages else { return false }
        for command in commands.take() { perform(command) }
        return true
    }

    private func perform(_ command: DataCommand) {
        switch command {
        case .identity(let incarnation, let epoch): identify(incarnation, epoch)
        case .workerJoined(let view, let doorbell): join(view, doorbell)
        case .workerLeft(let life): leave(life)
        case .peer(let peer): take(peer)
        case .peerLost(let node): lose(node)
        case .addOutgoing(let setup): addOutgoing(setup)
        case .addDestination(let channel, let node, let line, let gate, let first):
            addDestination(channel, node, line: line, gate: gate, first: first)
        case .endOutgoing(let channel, let end): endOutgoing(channel, end)
        case .removeDestination(let channel, let node): removeDestination(channel, node)
        case .removeOutgoing(let channel): removeOutgoing(channel)
        case .addReference(let spec, let writerNode, let writer, let slotSize):
            addReference(spec, writerNode, writer, slotSize)
        case .startReference(let channel, let writer, let slotSize): startReference(channel, writer, slotSize)
        case .referenceReader(let channel, let life, let line, let isOpen):
            if let reference = references[channel] { watchReader(reference, life, line: line, isOpen: isOpen) }
        case .endReference(let channel, let end): endReference(channel, end)
        case .removeReference(let channel): removeReference(channel)
        case .reserve(let channel, let slotSize): reserve(channel, slotSize)
        case .unreserve(let channel): unreserve(channel)
        case .outgoingGrown(let channel, let slotSize): outgoingGrown(channel, slotSize)
        case .referenceGrown(let channel, let slotSize): referenceGrown(channel, slotSize)
        case .referenceRefused(let channel, let slotSize, let error): referenceRefused(channel, slotSize, error)
        case .shrinkReference(let channel): shrinkReference(channel)
        case .stop: isStopping = true
        }
    }

    private func identify(_ incarnation: Incarnation, _ epoch: Epoch) {
        self.epoch = epoch
        guard incarnation != self.incarnation else { return }
        self.incarnation = incarnation
        for link in allLinks where link.session != nil { endSession(link, "this node has a new incarnation") }
    }

    private func join(_ view: ProcessView, _ doorbell: EventFD) {
        let watch = BellWatch(view, doorbell: doorbell)
        self.watch(watch, of: view.life)
        do throws(SystemCallError) {
            try epoll.add(doorbell.descriptor.raw, [.readable, .edgeTriggered], tag: Tag.signal)
        } catch {
            logger.error("a worker's doorbell cannot be watched: \(error)")
        }
        for channel in outgoing.values where channel.writer == view.life { self.watch(channel) }
    }

    private func leave(_ life: ProcessLife) {
        guard let watch = unwatch(life) else { return }
        // Values that it published before it died are sent all the same.
        for channel in outgoing.values where channel.writer == life { lookAt(channel) }
        try? epoll.remove(watch.doorbell.descriptor.raw)
    }

    // MARK: Peers

    private func take(_ peer: Peer) {
        guard peer.node != node else { return }
        if let link = links[peer.node] {
            guard link.peer != peer else { return }
            link.peer = peer
            if link.session != nil { endSession(link, "\(peer.node) has a new incarnation or address") }
            link.dialSoon()
        } else {
            nextLinkNumber += 1
            let link = PeerLink(peer, number: nextLinkNumber, limits: limits, event: freedEvent)
            links[peer.node] = link
            linksByNumber[link.number] = link
        }
    }

    private func lose(_ node: NodeName) {
        guard let link = links[node] else { return }
        endSession(link, "\(node) was declared lost")
        for channel in outgoing.values { channel.waitingOpens[node] = nil }
        for channel in earlyOpens.keys { earlyOpens[channel]?[node] = nil }
        // Destinations there are removed one by one, by the channels' desired state; till then the link stays.
        if link.destinations.allSatisfy({ $0 == nil }), link.outbox.messagesInFlight == 0 {
            links[node] = nil
            linksByNumber[link.number] = nil
        }
    }

    // MARK: Outgoing

    private func addOutgoing(_ setup: OutgoingSetup) {
        guard outgoing[setup.channel] == nil else { return }
        let channel = OutgoingChannel(setup)
        outgoing[setup.channel] = channel
        for (node, open) in earlyOpens.removeValue(forKey: setup.channel) ?? [:] { want(channel, node, open) }
        watch(channel)
    }

    private func addDestination(_ id: ChannelID, _ node: NodeName, line: UInt32, gate: UInt32, first: UInt64) {
        guard let channel = outgoing[id], let link = links[node], channel.destinations[node] == nil else {
            report(.destinationRemoved(id, node))
            return
        }
        let cursor = DestinationCursor(channel.memory, process: segment, line: line, gate: gate, first: first)
        let index = link.outbox.add(channel: id, floor: first)
        let destination = Destination(channel, cursor, link, index)
        while link.destinations.count <= index { link.destinations.append(nil) }
        link.destinations[index] = destination
        channel.destinations[node] = destination
        link.outbox.published(index, upTo: channel.memory.published)
        if let open = channel.waitingOpens.removeValue(forKey: node) { self.open(destination, open) }
        checkDone(destination)
    }

    private func endOutgoing(_ id: ChannelID, _ end: ChannelEnd) {
        guard let channel = outgoing[id], channel.end == nil else { return }
        channel.end = end
        lookAt(channel)
        for destination in channel.destinations.values {
            tellEnd(destination)
            checkDone(destination)
        }
    }

    private func removeDestination(_ id: ChannelID, _ node: NodeName) {
        guard let channel = outgoing[id] else { return report(.destinationRemoved(id, node)) }
        channel.waitingOpens[node] = nil
        guard let destination = channel.destinations[node] else { return report(.destinationRemoved(id, node)) }
        destination.isRemoved = true
        if let number = destination.link.outbox.streamNumber(destination.index) { sending[number] = nil }
        destination.link.outbox.close(destination.index)
        finishRemoval(destination)
    }

    /// A destination that is going parks until libzmq holds none of its slots.
    func finishRemoval(_ destination: Destination) {
        let link = destination.link
        guard destination.isRemoved, !link.outbox.isReferenced(destination.index) else { return }
        link.outbox.remove(destination.index)
        link.destinations[destination.index] = nil
        destination.channel.destinations[link.node] = nil
        report(.destinationRemoved(destination.channel.id, link.node))
    }

    private func removeOutgoing(_ id: ChannelID) {
        guard let channel = outgoing.removeValue(forKey: id) else { return }
        unwatch(channel)
        precondition(channel.destinations.isEmpty, "channel \(id) goes while it has destinations")
    }

    // MARK: References

    private func addReference(
        _ spec: ChannelSpec, _ writerNode: NodeName, _ writer: RingWriter?, _ slotSize: Int
    ) {
        guard references[spec.id] == nil else { return }
        let reference = IncomingReference(spec, writerNode: writerNode, slotSize: slotSize, limits: limits)
        references[spec.id] = reference
        if let writer { reference.start(writer, slotSize: slotSize, limits: limits) }
        open(reference)
    }

    private func startReference(_ id: ChannelID, _ writer: RingWriter, _ slotSize: Int) {
        guard let reference = references[id] else { return }
        reference.start(writer, slotSize: slotSize, limits: limits)
        open(reference)
        checkEnd(reference)
    }

    private func endReference(_ id: ChannelID, _ end: ChannelEnd) {
        guard let reference = references[id] else { return }
        if end.final == ChannelEnd.whatLanded || end.reason == .nodeLost {
            // Nothing more can come: what is here is all there is.
            guard !reference.isEndReported else { return }
            reference.end = ChannelEnd(final: reference.inbox.next, reason: end.reason)
            closeStream(reference)
        } else if reference.end == nil {
            reference.end = end
        }
        checkEnd(reference)
    }

    private func removeReference(_ id: ChannelID) {
        guard let reference = references.removeValue(forKey: id) else { return report(.referenceRemoved(id)) }
        if let link = links[reference.writerNode], reference.opening != 0 {
            send(.close(id, stream: reference.opening), to: link)
        }
        closeStream(reference)
        unwatch(reference)
        touched.removeAll { $0 === reference }
        untold.removeAll { $0 === reference }
        retrying.removeAll { $0 === reference }
        reference.letGo()
        report(.referenceRemoved(id))
    }

    func closeStream(_ reference: IncomingReference) {
        if reference.inbox.stream != 0 { receiving[reference.inbox.stream] = nil }
        reference.interrupt()
        reference.reopenAt = nil
    }
}
