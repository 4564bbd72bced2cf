import Relay
import SluiceModel

// The writer's node, and what libzmq does there.
extension SimulatedRelay {
    func admit(_ lane: Int) {
        guard lanes[lane].state == .waiting else { return }
        let index = outbox.add(channel: lanes[lane].channel, floor: 0)
        lanes[lane].index = index
        lanes[lane].state = .present
        laneOf[index] = lane
        outbox.published(index, upTo: UInt64(lanes[lane].published))
        events += 1
    }

    func publish(_ lane: Int) {
        guard !lanes[lane].isAbandoned, lanes[lane].published < lanes[lane].lengths.count,
            lanes[lane].published - Int(lanes[lane].cursor) < lanes[lane].slots
        else { return }
        lanes[lane].slotContents[lanes[lane].published % lanes[lane].slots] = UInt64(lanes[lane].published)
        lanes[lane].published += 1
        if lanes[lane].state == .present {
            outbox.published(lanes[lane].index, upTo: UInt64(lanes[lane].published))
        }
        if lanes[lane].published == lanes[lane].lengths.count { tellEnd(lane) }
        events += 1
    }

    func tellEnd(_ lane: Int) {
        guard lanes[lane].state == .present, let stream = outbox.streamNumber(lanes[lane].index) else { return }
        toReceiver.append((lane, stream, UInt64(lanes[lane].lengths.count)))
    }

    // MARK: Sending

    /// Sends what the window takes, or a part of that; a batch goes when nothing more fits.
    func send() throws(BrokenRule) {
        guard isLive else { return }
        defer { wish() }
        for _ in 0..<64 {
            let room = batch.isEmpty ? nil : limits.batch - batchBytes
            guard let step = outbox.next(room: room, { lanes[laneOf[$0] ?? 0].lengths[Int($1)] }) else {
                guard !batch.isEmpty else { return }
                try hand(Message(parts: batch, bytes: batchBytes, isChunk: false))
                continue
            }
            switch step {
            case .small(let index, let stream, _, _):
                guard var run = outbox.run(from: step, room: limits.batch - batchBytes) else { return }
                let lane = laneOf[index] ?? 0
                while true {
                    let sequence = run.sequence
                    guard sequence < run.end else { break }
                    let length = lanes[lane].lengths[Int(sequence)]
                    guard run.take(length: length) else { break }
                    try take(index, stream, sequence, 0, length, length, isChunk: false)
                    batchBytes += Outbox.entryBytes(length)
                    try require(batchBytes <= limits.batch, "a batch of \(batchBytes) bytes")
                }
                outbox.sent(run)
            case .chunk(let index, let stream, let sequence, let offset, let length, let valueLength):
                try require(batch.isEmpty && length > 0 && length <= limits.chunk, "\(step) for a batch, or of no size")
                try take(index, stream, sequence, offset, length, valueLength, isChunk: true)
                outbox.sent(step)
            }
            events += 1
            try checkWindow()
        }
    }

    /// Asks for room where the next value is too large.
    private func wish() {
        for index in outbox.takeTooLarge() {
            guard let lane = laneOf[index], let stream = outbox.streamNumber(index), stream > 0 else { continue }
            wishes.append((lane, lanes[lane].lengths.max() ?? 0))
            events += 1
        }
    }

    private func take(
        _ index: Int, _ stream: UInt64, _ sequence: UInt64, _ offset: Int, _ length: Int, _ valueLength: Int,
        isChunk: Bool
    ) throws(BrokenRule) {
        guard let lane = laneOf[index] else { throw BrokenRule(description: "index \(index) was removed, and sends") }
        try require(lanes[lane].content(sequence) == sequence, "value \(sequence) is not in its slot: \(state)")
        try require(valueLength == lanes[lane].lengths[Int(sequence)], "value \(sequence) of another length")
        try require(valueLength <= lanes[lane].room, "value \(sequence) is sent to slots of \(lanes[lane].room) bytes")
        var part = Part(
            lane: lane, stream: stream, sequence: sequence, offset: offset, length: length, valueLength: valueLength)
        if isChunk {
            inside.append(Message(parts: [part], bytes: length, isChunk: true))
        } else {
            part.content = sequence
            batch.append(part)
        }
    }

    private func hand(_ message: Message) throws(BrokenRule) {
        inside.append(message)
        outbox.sentBatch(bytes: message.bytes)
        batch = []
        batchBytes = 0
        events += 1
        try checkWindow()
    }

    private func checkWindow() throws(BrokenRule) {
        try require(outbox.inFlight == inside.reduce(0) { $0 + $1.bytes }, "in flight is not what was handed: \(state)")
        try require(outbox.messagesInFlight == inside.count, "messages in flight are not what was handed: \(state)")
        let step = max(limits.chunk, limits.batch)
        try require(outbox.inFlight < limits.window + step, "more than the window and one step inside: \(state)")
    }

    // MARK: libzmq

    /// Puts the next message on the wire: now its bytes are read.
    func transmit() throws(BrokenRule) {
        guard isLive, transmitted < inside.count else { return }
        var message = inside[transmitted]
        if message.isChunk {
            message.parts[0].content = lanes[message.parts[0].lane].content(message.parts[0].sequence)
        }
        wire.append(message)
        transmitted += 1
        events += 1
    }

    /// Lets go of the oldest messages: on a live session of transmitted ones only.
    func free(_ most: Int) throws(BrokenRule) {
        let count = min(most, isLive ? transmitted : inside.count)
        guard count > 0 else { return }
        for message in inside.prefix(count) where message.isChunk {
            let part = message.parts[0]
            try require(
                lanes[part.lane].content(part.sequence) == part.sequence, "a slot inside libzmq was reused: \(state)")
        }
        var moved: [Int] = []
        outbox.freed(count) { moved.append($0) }
        let expected = inside.prefix(count).filter(\.isChunk).map { lanes[$0.parts[0].lane].index }
        try require(moved == expected, "freed told of streams \(moved), not of \(expected)")
        inside.removeFirst(count)
        transmitted = max(0, transmitted - count)
        for index in moved { if let lane = laneOf[index] { try advance(lane) } }
        events += 1
        try checkWindow()
    }

    // MARK: The receiver's words

    func deliverWord() throws(BrokenRule) {
        guard isLive, !toSender.isEmpty else { return }
        events += 1
        switch toSender.removeFirst() {
        case .reserved(let lane, let room):
            guard lanes[lane].state == .present, !lanes[lane].isAbandoned else { return }
            outbox.reserved(lanes[lane].index, room: room)
        case .open(let lane, let numbers, let room):
            guard lanes[lane].state == .present, !lanes[lane].isAbandoned else { return }
            let isOpen = outbox.open(
                lanes[lane].index, stream: numbers.stream, next: numbers.next, mayReach: numbers.mayReach,
                room: room)
            try require(isOpen, "a true opening of lane \(lane) at \(numbers.next) was refused: \(state)")
            try hear(lane, landed: numbers.next)
            if lanes[lane].published == lanes[lane].lengths.count { tellEnd(lane) }
        case .progress(let lane, let numbers):
            guard lanes[lane].state == .present, outbox.streamNumber(lanes[lane].index) == numbers.stream else {
                return
            }
            let isTaken = outbox.progress(lanes[lane].index, landed: numbers.landed, mayReach: numbers.mayReach)
            try require(isTaken, "true progress of lane \(lane) to \(numbers.landed) was refused: \(state)")
            try hear(lane, landed: numbers.landed)
        }
    }

    private func hear(_ lane: Int, landed: UInt64) throws(BrokenRule) {
        lanes[lane].told = max(lanes[lane].told, landed)
        try advance(lane)
    }

    /// Moves the ring's cursor as far as the outbox allows, which must be no further than the rules do.
    private func advance(_ lane: Int) throws(BrokenRule) {
        guard lanes[lane].state == .present, let cursor = outbox.takeCursor(lanes[lane].index) else { return }
        try require(cursor > lanes[lane].cursor, "the cursor of lane \(lane) moves to \(cursor): \(state)")
        try require(cursor <= lanes[lane].told, "the cursor of lane \(lane) moves beyond landed to \(cursor): \(state)")
        for message in inside where message.isChunk && message.parts[0].lane == lane {
            try require(message.parts[0].sequence >= cursor, "cursor \(cursor) moves past a referenced chunk: \(state)")
        }
        for sequence in lanes[lane].cursor..<cursor {
            lanes[lane].slotContents[Int(sequence) % lanes[lane].slots] = nil
        }
        lanes[lane].cursor = cursor
        events += 1
    }

    // MARK: The end of a lane

    /// The destination goes before it has everything.
    func abandon(_ lane: Int) {
        guard lanes[lane].state == .present else { return }
        lanes[lane].isAbandoned = true
        lanes[lane].inbox.close()
        lanes[lane].filled = 0
        outbox.close(lanes[lane].index)
        events += 1
    }

    func retire(_ lane: Int) {
        guard lanes[lane].state == .present, !outbox.isReferenced(lanes[lane].index) else { return }
        let isDone = lanes[lane].inbox.isComplete && lanes[lane].cursor == UInt64(lanes[lane].lengths.count)
        // A batch that is being filled counts as inside libzmq for its own session only: it holds on to no slot.
        guard isDone || lanes[lane].isAbandoned else { return }
        outbox.remove(lanes[lane].index)
        laneOf[lanes[lane].index] = nil
        lanes[lane].state = .gone
        lanes[lane].inbox.close()
        events += 1
    }
}
