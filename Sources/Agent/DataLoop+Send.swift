import Logging
import Relay
import Ring
import SluiceModel
import Wire
import ZeroMQ

// Everything that leaves: values as the outbox orders them, and progress.
extension DataLoop {
    // MARK: What libzmq has let go of

    func awaitFreed(_ wanted: Bool) {
        for link in allLinks where link.outbox.messagesInFlight > 0 && link.awaitsFreed { link.freed.await(wanted) }
    }

    func freedHasNew() -> Bool {
        for link in allLinks where link.outbox.messagesInFlight > 0 && link.freed.hasNew && link.awaitsFreed {
            return true
        }
        return false
    }

    private func takeFreed(_ link: PeerLink) -> Bool {
        let count = link.freed.take()
        guard count > 0 else { return false }
        link.outbox.freed(count) { index in
            guard let destination = link.destinations[index] else { return }
            if destination.isRemoved {
                moved.append(destination)
            } else if destination.link === link {
                moved.append(destination)
            }
        }
        for destination in moved {
            if destination.isRemoved { finishRemoval(destination) } else { advance(destination) }
        }
        moved.removeAll(keepingCapacity: true)
        link.mayHaveWork = true
        return true
    }

    // MARK: Values

    /// Hands libzmq what fits its window, for every peer in turn. True if anything moved.
    func pump() -> Bool {
        var isBusy = false
        for link in allLinks {
            if link.outbox.messagesInFlight > 0, takeFreed(link) { isBusy = true }
            guard link.mayHaveWork, case .live(let session) = link.state else { continue }
            do throws(ZeroMQError) {
                if try send(link, session) { isBusy = true } else { link.mayHaveWork = false }
                for index in link.outbox.takeTooLarge() { needsRoom(link, index) }
            } catch {
                endSession(link, "\(error)")
            }
        }
        return isBusy
    }

    /// True if something was sent, so that there may be more.
    private func send(_ link: PeerLink, _ session: PeerSession) throws(ZeroMQError) -> Bool {
        var hasSent = false
        for _ in 0..<AgentLimits.burst {
            guard let step = nextStep(link) else { return hasSent }
            let isSent =
                switch step {
                case .small: try sendBatch(link, session, step)
                case .chunk: try sendChunk(link, session, step)
                }
            guard isSent else { return hasSent }
            hasSent = true
        }
        return true
    }

    private func nextStep(_ link: PeerLink, room: Int? = nil) -> Outbox.Step? {
        link.outbox.next(room: room) { index, sequence in
            guard let value = value(link, index, sequence) else { return 0 }
            return unsafe value.bytes.count
        }
    }

    /// A value in its ring. A ring that breaks an invariant sends empty values no further: its stream fails.
    private func value(_ link: PeerLink, _ index: Int, _ sequence: UInt64) -> RingValue? {
        guard let destination = link.destinations[index] else { return nil }
        do throws(RingViolation) { return try destination.cursor.value(sequence) } catch {
            logBroken(destination, error)
            return nil
        }
    }

    private func logBroken(_ destination: Destination, _ violation: RingViolation) {
        logger.error(
            "channel \(destination.channel.id) is not sent to \(destination.link.node) any further: \(violation)")
    }

    private func sendChunk(_ link: PeerLink, _ session: PeerSession, _ step: Outbox.Step) throws(ZeroMQError) -> Bool {
        guard case .chunk(let index, let number, let sequence, let offset, let length, let valueLength) = step,
            let value = value(link, index, sequence)
        else { return true }
        var header = FrameHeader(kind: .chunk, session: session.number)
        header.stream = number
        header.sequence = sequence
        header.valueLength = UInt64(valueLength)
        header.offset = UInt64(offset)
        header.chunkLength = UInt32(length)
        header.valueKind = value.kind
        let isHeaderSent = try unsafe withUnsafeTemporaryAllocation(byteCount: FrameHeader.bytes, alignment: 8) {
            buffer throws(ZeroMQError) in
            unsafe header.encode(into: buffer)
            return try unsafe session.data.send(UnsafeRawBufferPointer(buffer), more: true, dontWait: true) == .sent
        }
        guard isHeaderSent else {
            endSession(link, "the connection takes nothing")
            return false
        }
        let part = unsafe UnsafeMutableRawBufferPointer(
            mutating: UnsafeRawBufferPointer(rebasing: value.bytes[offset..<(offset + length)]))
        guard let base = part.baseAddress else { preconditionFailure("a chunk of no bytes") }
        // From the slot, without a copy: it stays as it is until `freed` has counted this message.
        let message = try unsafe Message(
            noCopy: base, size: length, hint: link.freed.hint, free: FreedMessages.slotFreed)
        link.outbox.sent(step)
        let sent = try session.data.send(message, dontWait: true)
        precondition(sent == .sent, "libzmq takes all parts of a message or none")
        figures.bytesSent.add(UInt64(length))
        return true
    }

    /// Copies what small values there are, up to a batch's worth, into one message. A lone one goes at once.
    private func sendBatch(_ link: PeerLink, _ session: PeerSession, _ first: Outbox.Step) throws(ZeroMQError) -> Bool {
        let capacity = FrameHeader.bytes + limits.batch
        let buffer = unsafe batchBuffer
        var writer = unsafe BatchWriter(into: buffer, session: session.number)
        var payload = 0
        var step: Outbox.Step? = first
        while let next = step, var run = link.run(from: next, room: capacity - writer.bytes) {
            let isWhole = fill(&writer, &run, link, &payload)
            link.outbox.sent(run)
            if !isWhole { link.outbox.close(run.stream) }
            step = isWhole ? nextStep(link, room: capacity - writer.bytes) : nil
        }
        guard writer.count > 0 else { return true }
        let count = writer.finish()
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 64)
        unsafe bytes.copyMemory(from: UnsafeRawPointer(buffer.baseAddress.unsafelyUnwrapped), byteCount: count)
        let message = try unsafe Message(
            noCopy: bytes, size: count, hint: link.freed.hint, free: FreedMessages.batchFreed)
        link.outbox.sentBatch(bytes: count)
        // Without a high-water mark there is room for as long as there is a connection; without one the session ends,
        // the batch is freed, and its values are asked for again.
        guard try session.data.send(message, dontWait: true) == .sent else {
            endSession(link, "the connection takes nothing")
            return false
        }
        figures.bytesSent.add(UInt64(payload))
        return true
    }

    /// Copies a run's values. False if the ring breaks an invariant: then its stream is not sent any further.
    private func fill(
        _ writer: inout BatchWriter, _ run: inout SmallRun, _ link: PeerLink, _ payload: inout Int
    ) -> Bool {
        guard let destination = link.destinations[run.stream] else { return false }
        do throws(RingViolation) {
            try destination.cursor.forEach(from: run.sequence, upTo: run.end) { value in
                let bytes = unsafe value.bytes
                guard run.take(length: bytes.count) else { return false }
                let isIn = unsafe writer.append(
                    stream: run.number, sequence: value.sequence, valueKind: value.kind, bytes)
                precondition(isIn, "a batch has room for what its run has taken")
                payload += bytes.count
                return true
            }
            return true
        } catch {
            logBroken(destination, error)
            return false
        }
    }

    // MARK: Progress

    /// Tells senders what they must hear now. True if anything was told.
    func tellProgress() -> Bool {
        reopenDue()
        if let due = untoldDue, now >= due {
            for reference in untold {
                reference.isUntold = false
                touch(reference)
            }
            untold.removeAll(keepingCapacity: true)
            untoldDue = nil
        }
        guard !touched.isEmpty else { return false }
        // By index: who has more to tell than one look finds is looked at again.
        var index = 0
        while index < touched.count {
            tellProgress(of: touched[index])
            index += 1
        }
        touched.removeAll(keepingCapacity: true)
        guard !told.isEmpty else { return false }
        for link in told {
            send(link.progress, to: link)
            link.progress.removeAll(keepingCapacity: true)
        }
        told.removeAll(keepingCapacity: true)
        return true
    }

    private func tellProgress(of reference: IncomingReference) {
        reference.isTouched = false
        guard let writer = reference.writer else { return }
        var mayReach = writer.mayReach()
        if reference.isDoorbellWanted != reference.inbox.wantsReleases {
            reference.isDoorbellWanted.toggle()
            writer.awaitDoorbell(reference.isDoorbellWanted)
            // What was released just before the ring heard that we listen.
            mayReach = writer.mayReach()
        }
        if let numbers = reference.inbox.progress(mayReach: mayReach, now: now) {
            if let link = links[reference.writerNode] {
                if link.progress.isEmpty { told.append(link) }
                link.progress.append(
                    ProgressEntry(stream: numbers.stream, landed: numbers.landed, mayReach: numbers.mayReach))
            }
            if reference.inbox.wantsReleases != reference.isDoorbellWanted { touch(reference) }
        }
        if let due = reference.inbox.progressDue {
            untoldDue = min(untoldDue ?? .max, due)
            if !reference.isUntold { untold.append(reference) }
            reference.isUntold = true
        }
    }

    private func send(_ entries: [ProgressEntry], to link: PeerLink) {
        guard case .live(let session) = link.state else { return }
        let buffer = unsafe batchBuffer
        var rest = entries[...]
        do throws(ZeroMQError) {
            while !rest.isEmpty {
                var writer = unsafe ProgressWriter(into: buffer, session: session.number)
                while let entry = rest.first, writer.append(entry) { rest.removeFirst() }
                let count = writer.finish()
                _ = try unsafe session.control.send(
                    UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count]), dontWait: true)
            }
            link.news.insert(.control)
        } catch {
            endSession(link, "\(error)")
        }
    }

    private func reopenDue() {
        guard !retrying.isEmpty else { return }
        let due = retrying.filter { $0.reopenAt.map { $0 <= now } ?? true }
        guard !due.isEmpty else { return }
        retrying.removeAll { $0.reopenAt.map { $0 <= now } ?? true }
        for reference in due where reference.reopenAt != nil { open(reference) }
    }
}
