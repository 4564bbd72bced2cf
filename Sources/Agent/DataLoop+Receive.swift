import Relay
import Ring
import SluiceModel
import Wire
import ZeroMQ

// Everything that arrives. Nothing of it is trusted: what does not fit is counted, named and dropped.
extension DataLoop {
    /// True if anything arrived.
    func receive() throws(ZeroMQError) -> Bool {
        var messages = 0
        if mayReceiveControl {
            // Before: an answer that is sent on the way takes note of arrivals, and asks for another look.
            mayReceiveControl = false
            messages += try receiveControl()
        }
        if mayReceiveData { messages += try receiveData() }
        return messages > 0 || mayReceiveControl || mayReceiveData
    }

    /// A burst of messages, and how many. Only if there was nothing more libzmq's descriptor may be waited on.
    private func receiveControl() throws(ZeroMQError) -> Int {
        var part = Message()
        for round in 0..<AgentLimits.burst {
            guard try controlRouter.receive(into: &part, dontWait: true) else { return round }
            let route = part.array()
            guard part.more, try controlRouter.receive(into: &part) else { continue }
            guard !part.more else {
                drop(part.property(.peerAddress) ?? "an unknown address", "a control message of more than one part")
                try controlRouter.skipRest(of: &part)
                continue
            }
            heard(part, route)
        }
        mayReceiveControl = true
        return AgentLimits.burst
    }

    private func heard(_ part: borrowing Message, _ route: [UInt8]) {
        let bytes = unsafe UnsafeRawBufferPointer(part.bytes)
        if let session = Self.session(route, prefix: 1), let node = callers[session] {
            if unsafe bytes.count >= FrameHeader.bytes && bytes[0] == 0x53 && bytes[1] == 0x4c {
                unsafe progressed(bytes, from: node)
                return
            }
            do throws(WireError) {
                try heard(unsafe PeerMessage(decoding: bytes), from: node, part, route)
            } catch {
                drop("node \(node)", error.description)
            }
            return
        }
        do throws(WireError) {
            switch try unsafe PeerMessage(decoding: bytes) {
            case .hello(let hello):
                guard Self.session(route, prefix: 1) == hello.session else {
                    return drop(part.property(.peerAddress) ?? "an unknown address", "a hello for another session")
                }
                greeted(hello, route, user: part.property(.userID))
            case .locate(let nonce): answer(.located(nonce: nonce, location), route)
            default: drop(part.property(.peerAddress) ?? "an unknown address", "a message before its hello")
            }
        } catch {
            drop(part.property(.peerAddress) ?? "an unknown address", error.description)
            answerVersion(part, route)
        }
    }

    /// Whoever cannot be understood is told so, once for each message: it may be newer.
    private func answerVersion(_ part: borrowing Message, _ route: [UInt8]) {
        let error = SluiceError(
            .protocolViolation, "node \(node) cannot read the first message of this connection", node: node.rawValue)
        answer(.refused(error, .current), route)
    }

    private func heard(_ message: PeerMessage, from node: NodeName, _ part: borrowing Message, _ route: [UInt8]) {
        switch message {
        case .hello(let hello) where hello.node == node: greeted(hello, route, user: part.property(.userID))
        case .open(let open): wanted(open, by: node)
        case .opened(let channel, let stream, let next): openedAt(channel, stream, next: next)
        case .openRefused(let channel, let stream, let error): openRefused(channel, stream, error)
        case .ended(let channel, let stream, let end): ended(channel, stream, end)
        case .close(let channel, let stream): closed(channel, stream, by: node)
        case .reserve(let channel, let slotSize): reserveWanted(channel, slotSize, by: node)
        case .unreserve(let channel, let slotSize): unreserveWanted(channel, slotSize, by: node)
        case .reserved(let channel, let slotSize): reserved(channel, slotSize, by: node)
        case .reserveRefused(let channel, let slotSize, let error): reserveRefused(channel, slotSize, error, by: node)
        case .locate(let nonce): answer(.located(nonce: nonce, location), route)
        case .hello, .welcome, .refused, .located: drop("node \(node)", "a message out of turn")
        }
    }

    private func progressed(_ frame: UnsafeRawBufferPointer, from node: NodeName) {
        do throws(FrameError) {
            let header = try unsafe FrameHeader(decoding: frame)
            guard header.kind == .progress else { return drop("node \(node)", "a frame that is not progress") }
            var reader = unsafe ProgressReader(header, frame: frame)
            while let entry = try reader.next() { progressed(entry, from: node) }
        } catch {
            drop("node \(node)", "\(error)")
        }
    }

    // MARK: Values

    private func receiveData() throws(ZeroMQError) -> Int {
        var route = Message()
        var head = Message()
        var payload = Message()
        for round in 0..<AgentLimits.burst {
            guard try dataRouter.receive(into: &route, dontWait: true) else {
                mayReceiveData = false
                return round
            }
            guard route.more, try dataRouter.receive(into: &head) else { continue }
            var hasPayload = false
            if head.more { hasPayload = try dataRouter.receive(into: &payload) }
            if hasPayload, payload.more {
                drop(payload.property(.peerAddress) ?? "an unknown address", "a frame of more than two parts")
                try dataRouter.skipRest(of: &payload)
                continue
            }
            guard let session = unsafe Self.session(UnsafeRawBufferPointer(route.bytes), prefix: 2) else {
                drop(head.property(.peerAddress) ?? "an unknown address", "a data connection without a session")
                continue
            }
            unsafe take(head, hasPayload ? payload.bytes : nil, session)
        }
        return AgentLimits.burst
    }

    private func take(_ head: borrowing Message, _ payload: UnsafeMutableRawBufferPointer?, _ session: UInt64) {
        let frame = unsafe UnsafeRawBufferPointer(head.bytes)
        do throws(FrameError) {
            let header = try unsafe FrameHeader(decoding: frame)
            guard header.session == session else {
                return drop(head.property(.peerAddress) ?? "session \(session)", "a frame of another session")
            }
            switch header.kind {
            case .hello: break
            case .chunk:
                let bytes =
                    unsafe payload.map { UnsafeRawBufferPointer($0) }
                    ?? UnsafeRawBufferPointer(rebasing: frame[FrameHeader.bytes...])
                guard bytes.count == Int(header.chunkLength) else {
                    return drop(head.property(.peerAddress) ?? "session \(session)", "a chunk of another length")
                }
                unsafe arrived(
                    header.stream, header.sequence, bytes, header.offset, header.valueLength, header.valueKind, session)
            case .batch:
                guard unsafe payload == nil else {
                    return drop(head.property(.peerAddress) ?? "session \(session)", "a batch of two parts")
                }
                var reader = unsafe BatchReader(header, frame: frame)
                try take(&reader, session)
            case .progress: drop(head.property(.peerAddress) ?? "session \(session)", "progress on a data connection")
            }
        } catch {
            drop(head.property(.peerAddress) ?? "session \(session)", "\(error)")
        }
    }

    /// A batch: runs of values, each run one stream's.
    private func take(_ reader: inout BatchReader, _ session: UInt64) throws(FrameError) {
        guard var value = unsafe try reader.next() else { return }
        while true {
            var run = BatchRun(stream: unsafe value.entry.stream)
            if let reference = sought(run.stream, session) {
                // What came whole counts, also if the rest of the frame cannot be read.
                defer { arrived(run, of: reference) }
                try unsafe reference.store(&value, &reader, &run)
                if run.isOver { return }
                if run.violation == nil { continue }
            }
            guard try unsafe skip(&value, &reader, run.stream) else { return }
        }
    }

    /// Passes over values of a stream that is not received; false at the frame's end.
    private func skip(
        _ value: inout (entry: BatchEntry, payload: UnsafeRawBufferPointer), _ reader: inout BatchReader,
        _ stream: UInt64
    ) throws(FrameError) -> Bool {
        while let next = unsafe try reader.next() {
            unsafe value = next
            if unsafe next.entry.stream != stream { return true }
        }
        return false
    }

    private func arrived(_ run: BatchRun, of reference: IncomingReference) {
        figures.bytesReceived.add(run.bytes)
        if run.count > 0 { completed(reference) }
        if let why = run.violation { violated(reference, why) }
    }

    /// The reference has one more value, or several.
    private func completed(_ reference: IncomingReference) {
        touch(reference)
        checkEnd(reference)
    }

    /// Who receives this stream, if the session may send it. Nil for one that is closed here: what was under way for it.
    private func sought(_ stream: UInt64, _ session: UInt64) -> IncomingReference? {
        guard let reference = receiving[stream] else { return nil }
        // The stream's number was told to its writer's node alone, but whoever guesses it must speak for that node. The
        // session's hello comes on another connection, and may be overtaken: all will be sent again.
        return callers[session] == reference.writerNode ? reference : nil
    }

    private func arrived(
        _ stream: UInt64, _ sequence: UInt64, _ bytes: UnsafeRawBufferPointer, _ offset: UInt64, _ length: UInt64,
        _ kind: UInt32, _ session: UInt64
    ) {
        guard let reference = sought(stream, session) else { return }
        let verdict = reference.inbox.arrived(
            stream: stream, sequence: sequence, offset: offset, length: UInt64(bytes.count), valueLength: length)
        switch verdict {
        case .store(let offset, let completes):
            do throws(LoanError) {
                try unsafe reference.store(sequence, bytes, at: offset, of: length, kind: kind, completes: completes)
            } catch {
                return violated(reference, "value \(sequence) cannot be stored: \(error)")
            }
            figures.bytesReceived.add(UInt64(bytes.count))
            if completes { completed(reference) }
        case .stale: break
        case .violation(let violation): violated(reference, violation.rawValue)
        }
    }

    /// The number in a routing id: a byte that says which socket, then the session, little-endian.
    static func session(_ route: [UInt8], prefix: UInt8) -> UInt64? {
        unsafe route.withUnsafeBytes { unsafe session($0, prefix: prefix) }
    }

    static func session(_ route: UnsafeRawBufferPointer, prefix: UInt8) -> UInt64? {
        guard unsafe route.count == 9 && route[0] == prefix else { return nil }
        return unsafe UInt64(littleEndian: route.loadUnaligned(fromByteOffset: 1, as: UInt64.self))
    }
}
