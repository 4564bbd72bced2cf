import Logging
import Relay
import Ring
import SluiceModel
import Wire

// The receiver opens a stream; the writer's node sends in it and tells its end.
extension DataLoop {
    // MARK: As the receiver

    /// Asks for the stream, from what the reference has; a new reference asks first where it begins.
    func open(_ reference: IncomingReference) {
        closeStream(reference)
        guard !reference.isEndReported, let link = links[reference.writerNode], link.isLive else { return }
        let number = UInt64.random(in: 1 ... .max)
        reference.opening = number
        guard let writer = reference.writer else {
            let open = OpenStream(
                channel: reference.spec.id, stream: number, next: nil, mayReach: 0,
                slotSize: Int(reference.inbox.slotSize))
            if !send(.open(open), to: link) { reopenLater(reference) }
            return
        }
        let numbers = reference.inbox.open(stream: number, mayReach: writer.mayReach())
        receiving[number] = reference
        let open = OpenStream(
            channel: reference.spec.id, stream: number, next: numbers.next, mayReach: numbers.mayReach,
            slotSize: Int(reference.inbox.slotSize))
        if send(.open(open), to: link) { touch(reference) } else { reopenLater(reference) }
    }

    func reopenLater(_ reference: IncomingReference) {
        closeStream(reference)
        reference.reopenAt = now + AgentLimits.reopen
        retrying.append(reference)
    }

    func openedAt(_ id: ChannelID, _ stream: UInt64, next: UInt64) {
        guard let reference = references[id], reference.opening == stream, reference.writer == nil else { return }
        report(.referenceBegins(id, next: next))
    }

    func openRefused(_ id: ChannelID, _ stream: UInt64, _ error: SluiceError) {
        guard let reference = references[id], reference.opening == stream else { return }
        logger.debug("stream of channel \(reference.spec.name) is refused: \(error)")
        reopenLater(reference)
    }

    func ended(_ id: ChannelID, _ stream: UInt64, _ end: ChannelEnd) {
        guard let reference = references[id], reference.inbox.stream == stream else { return }
        guard reference.inbox.ended(stream: stream, final: end.final) else {
            return violated(reference, "its end lies before what has arrived")
        }
        reference.end = end
        checkEnd(reference)
    }

    func checkEnd(_ reference: IncomingReference) {
        guard let end = reference.end, !reference.isEndReported, reference.inbox.next >= end.final else { return }
        // Only where a ring exists can readers be told.
        guard reference.writer != nil || end.final == 0 || end.reason == .nodeLost else { return }
        reference.isEndReported = true
        report(.referenceEnded(reference.spec.id, ChannelEnd(final: reference.inbox.next, reason: end.reason)))
    }

    func violated(_ reference: IncomingReference, _ why: String) {
        drop("node \(reference.writerNode)", "channel \(reference.spec.name): \(why)")
        reopenLater(reference)
    }

    // MARK: As the writer's node

    /// A node wants what this node writes.
    func wanted(_ open: OpenStream, by node: NodeName) {
        // All that there is to answer goes over this node's own session with it, whose welcome may come after the open.
        if let link = links[node], !link.isLive { return link.keep(open, most: Self.mostEarlyOpens) }
        guard let channel = outgoing[open.channel] else {
            // Its agent may be told of the channel before this one is; bounded by one for each channel and node.
            if earlyOpens.count < Self.mostEarlyOpens { earlyOpens[open.channel, default: [:]][node] = open }
            return
        }
        want(channel, node, open)
    }

    private static let mostEarlyOpens = 65536

    func want(_ channel: OutgoingChannel, _ node: NodeName, _ open: OpenStream) {
        if let destination = channel.destinations[node], !destination.isRemoved {
            self.open(destination, open)
        } else {
            channel.waitingOpens[node] = open
            report(.destinationWanted(channel.id, node, next: open.next))
        }
    }

    func open(_ destination: Destination, _ open: OpenStream) {
        let link = destination.link
        let id = open.channel
        if let former = link.outbox.streamNumber(destination.index) { sending[former] = nil }
        guard let next = open.next else {
            send(.opened(id, stream: open.stream, next: destination.cursor.released), to: link)
            return
        }
        link.outbox.published(destination.index, upTo: destination.channel.memory.published)
        guard
            link.outbox.open(
                destination.index, stream: open.stream, next: next, mayReach: open.mayReach, room: open.slotSize)
        else {
            let error = SluiceError(
                .protocolViolation,
                "channel \(id) has values \(destination.cursor.released) to \(destination.channel.memory.published) "
                    + "for node \(link.node), which asks for \(next)", node: node.rawValue, sequence: next)
            send(.openRefused(id, stream: open.stream, error), to: link)
            return
        }
        sending[open.stream] = destination
        hasRoom(destination, open.slotSize)
        destination.isEndTold = false
        link.mayHaveWork = true
        // What it has it has: `next` is the landed mark of everything sent before.
        advance(destination)
        tellEnd(destination)
    }

    func tellEnd(_ destination: Destination) {
        guard let end = destination.channel.end, !destination.isEndTold,
            let number = destination.link.outbox.streamNumber(destination.index)
        else { return }
        destination.isEndTold = send(.ended(destination.channel.id, stream: number, end), to: destination.link)
    }

    func progressed(_ entry: ProgressEntry, from node: NodeName) {
        guard let destination = sending[entry.stream], destination.link.node == node else { return }
        guard destination.link.outbox.progress(destination.index, landed: entry.landed, mayReach: entry.mayReach) else {
            drop("node \(node)", "progress to \(entry.landed), reach \(entry.mayReach), is impossible")
            return
        }
        destination.link.mayHaveWork = true
        advance(destination)
    }

    /// Moves the ring's cursor to what has landed and is no longer referenced.
    func advance(_ destination: Destination) {
        if let cursor = destination.link.outbox.takeCursor(destination.index) {
            destination.cursor.release(to: cursor)
            if destination.cursor.hasLeftGeneration() { report(.destinationLeftGeneration(destination.channel.id)) }
        }
        checkDone(destination)
    }

    func checkDone(_ destination: Destination) {
        guard let end = destination.channel.end, !destination.isDone, destination.cursor.released >= end.final else {
            return
        }
        destination.isDone = true
        report(.destinationDone(destination.channel.id, destination.link.node))
    }

    func closed(_ id: ChannelID, _ stream: UInt64, by node: NodeName) {
        guard let channel = outgoing[id], let destination = channel.destinations[node] else { return }
        let number = destination.link.outbox.streamNumber(destination.index)
        guard number == nil || number == stream else { return }
        report(.destinationClosed(id, node))
    }
}
