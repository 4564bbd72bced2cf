import Relay
import SluiceModel
import Testing

@Suite struct OutboxTests {
    var outbox = Outbox(limits: .tiny)

    /// An open stream of `count` published values with credit for all of them.
    mutating func addOpen(_ number: UInt64, count: UInt64, floor: UInt64 = 0, mayReach: UInt64? = nil) -> Int {
        let index = outbox.add(channel: ChannelID(rawValue: number), floor: floor)
        outbox.published(index, upTo: floor + count)
        #expect(
            outbox.open(index, stream: number, next: floor, mayReach: mayReach ?? floor + count, room: .max) == true)
        return index
    }

    /// Sends until nothing comes, every value being of this length; small values become messages without a batch.
    mutating func drain(length: Int) -> [Outbox.Step] {
        var steps: [Outbox.Step] = []
        while let step = outbox.next({ _, _ in length }) {
            outbox.sent(step)
            steps.append(step)
        }
        return steps
    }

    mutating func free(_ count: Int) -> [Int] {
        var moved: [Int] = []
        outbox.freed(count) { moved.append($0) }
        return moved
    }

    // MARK: What may be sent

    @Test mutating func `Nothing is sent before the receiver opens`() {
        let index = outbox.add(channel: ChannelID(rawValue: 1), floor: 0)
        outbox.published(index, upTo: 3)
        #expect(outbox.next { _, _ in 1 } == nil)
        #expect(outbox.streamNumber(index) == nil)
        #expect(outbox.open(index, stream: 7, next: 0, mayReach: 3, room: .max) == true)
        #expect(outbox.streamNumber(index) == 7)
        #expect(outbox.next { _, _ in 1 } == .small(stream: index, number: 7, sequence: 0, length: 1))
    }

    @Test mutating func `Credit bounds what is sent, and more of it resumes`() {
        let index = addOpen(1, count: 5, mayReach: 2)
        #expect(drain(length: 4).count == 2)
        #expect(outbox.progress(index, landed: 1, mayReach: 3) == true)
        #expect(drain(length: 4) == [.small(stream: index, number: 1, sequence: 2, length: 4)])
        #expect(outbox.progress(index, landed: 3, mayReach: 9) == true)
        #expect(drain(length: 4).count == 2)
        outbox.published(index, upTo: 6)
        #expect(drain(length: 4) == [.small(stream: index, number: 1, sequence: 5, length: 4)])
    }

    @Test mutating func `Without credit at the opening nothing is sent`() {
        let index = addOpen(1, count: 2, mayReach: 0)
        #expect(outbox.next { _, _ in 1 } == nil)
        #expect(outbox.progress(index, landed: 0, mayReach: 1) == true)
        #expect(drain(length: 1).count == 1)
    }

    @Test(arguments: [(0, false), (1, false), (10, false), (11, true), (100, true)])
    mutating func `Up to the bound a value goes in a batch, above it from its slot`(length: Int, isChunk: Bool) {
        let index = addOpen(1, count: 1)
        let expected: Outbox.Step =
            isChunk
            ? .chunk(stream: index, number: 1, sequence: 0, offset: 0, length: length, valueLength: length)
            : .small(stream: index, number: 1, sequence: 0, length: length)
        #expect(outbox.next { _, _ in length } == expected)
    }

    @Test(arguments: [(200, [100, 100]), (201, [100, 100, 1]), (199, [100, 99])])
    mutating func `A large value is cut into chunks`(length: Int, parts: [Int]) {
        let index = addOpen(1, count: 1)
        var offset = 0
        for part in parts {
            let step = outbox.next { _, _ in length }
            #expect(
                step
                    == .chunk(
                        stream: index, number: 1, sequence: 0, offset: offset, length: part, valueLength: length))
            guard let step else { return }
            outbox.sent(step)
            offset += part
        }
        #expect(offset == length)
        #expect(outbox.next { _, _ in length } == nil)
    }

    @Test mutating func `The window closes at its bound and opens when libzmq lets go`() {
        _ = addOpen(1, count: 9)
        #expect(drain(length: 100).count == 3)
        #expect(outbox.inFlight == 300)
        #expect(outbox.messagesInFlight == 3)
        _ = free(1)
        #expect(outbox.inFlight == 200)
        #expect(drain(length: 100).count == 1)
        _ = free(3)
        #expect(outbox.inFlight == 0)
    }

    @Test mutating func `It awaits what libzmq holds only where that holds something back`() {
        let index = addOpen(1, count: 2)
        #expect(drain(length: 100).count == 2)
        #expect(!outbox.awaitsFreed)
        // Landed, but its slot is not free before libzmq lets go of it.
        let isTaken = outbox.progress(index, landed: 1, mayReach: 9)
        #expect(isTaken)
        #expect(outbox.awaitsFreed)
        _ = free(1)
        _ = outbox.takeCursor(index)
        #expect(!outbox.awaitsFreed)
        // A full window.
        outbox.published(index, upTo: 9)
        _ = drain(length: 100)
        #expect(outbox.awaitsFreed)
        _ = free(outbox.messagesInFlight)
        _ = drain(length: 100)
        _ = free(1)
        // A destination that goes.
        outbox.close(index)
        #expect(outbox.awaitsFreed)
        _ = free(outbox.messagesInFlight)
        #expect(!outbox.awaitsFreed)
    }

    @Test mutating func `Batches count for the window, and hold no slot`() {
        let index = addOpen(1, count: 20)
        guard let first = outbox.next({ _, _ in 8 }) else {
            Issue.record("nothing to send")
            return
        }
        outbox.sent(first)
        #expect(outbox.inFlight == 0)
        outbox.sentBatch(bytes: 250)
        #expect(!outbox.isReferenced(index))
        #expect(outbox.next { _, _ in 8 } == nil)
        #expect(free(1).isEmpty)
        #expect(outbox.next { _, _ in 8 } != nil)
    }

    @Test mutating func `A batch takes only small values that fit`() {
        let index = addOpen(1, count: 3)
        #expect(Outbox.entryBytes(0) == 24)
        #expect(Outbox.entryBytes(1) == 32)
        #expect(Outbox.entryBytes(8) == 32)
        #expect(Outbox.entryBytes(9) == 40)
        #expect(outbox.next(room: 31) { _, _ in 8 } == nil)
        #expect(outbox.next(room: 32) { _, _ in 8 } == .small(stream: index, number: 1, sequence: 0, length: 8))
        #expect(outbox.next(room: 1_000) { _, _ in 11 } == nil)
    }

    // MARK: Turns

    @Test mutating func `Large values take turns by the chunk`() {
        let one = addOpen(1, count: 1)
        let two = addOpen(2, count: 1)
        var order: [Int] = []
        while let step = outbox.next({ _, _ in 300 }), case .chunk(let stream, _, _, _, _, _) = step {
            outbox.sent(step)
            order.append(stream)
            _ = free(1)
        }
        #expect(order == [one, two, one, two, one, two])
    }

    @Test mutating func `A small value waits for one chunk of another stream at most`() {
        let large = addOpen(1, count: 1)
        let chunk = outbox.next { _, _ in 1_000 }
        #expect(chunk == .chunk(stream: large, number: 1, sequence: 0, offset: 0, length: 100, valueLength: 1_000))
        let small = addOpen(2, count: 1)
        if let chunk { outbox.sent(chunk) }
        #expect(
            outbox.next { stream, _ in stream == large ? 1_000 : 5 }
                == .small(stream: small, number: 2, sequence: 0, length: 5))
    }

    @Test mutating func `A stream of small values yields after a chunk's worth`() {
        let one = addOpen(1, count: 9)
        let two = addOpen(2, count: 9)
        let order = drain(length: 8).compactMap { step -> Int? in
            guard case .small(let stream, _, _, _) = step else { return nil }
            return stream
        }
        let turns = [one, one, one, one, two, two, two, two]
        #expect(order == turns + turns + [one, two])
    }

    // MARK: Opening

    @Test mutating func `An opening in the middle of a value starts it over`() {
        let index = addOpen(1, count: 2)
        guard let step = outbox.next({ _, _ in 150 }) else {
            Issue.record("nothing to send")
            return
        }
        outbox.sent(step)
        outbox.connectionEnded()
        #expect(outbox.streamNumber(index) == nil)
        #expect(outbox.next { _, _ in 150 } == nil)
        #expect(outbox.isReferenced(index))
        #expect(free(1) == [index])
        #expect(outbox.open(index, stream: 9, next: 0, mayReach: 2, room: .max) == true)
        #expect(
            outbox.next { _, _ in 150 }
                == .chunk(stream: index, number: 9, sequence: 0, offset: 0, length: 100, valueLength: 150))
    }

    @Test mutating func `An opening resumes at the value the receiver names`() {
        let index = addOpen(1, count: 5)
        #expect(drain(length: 3).count == 5)
        outbox.connectionEnded()
        #expect(outbox.open(index, stream: 2, next: 3, mayReach: 8, room: .max) == true)
        #expect(outbox.takeCursor(index) == 3)
        #expect(drain(length: 3).first == .small(stream: index, number: 2, sequence: 3, length: 3))
    }

    @Test mutating func `An opening out of bounds is refused and changes nothing`() {
        let index = addOpen(1, count: 3, floor: 10)
        #expect(drain(length: 3).count == 3)
        #expect(outbox.progress(index, landed: 12, mayReach: 13) == true)
        #expect(outbox.takeCursor(index) == 12)
        outbox.connectionEnded()
        #expect(outbox.open(index, stream: 2, next: 11, mayReach: 20, room: .max) == false, "below the cursor")
        #expect(outbox.open(index, stream: 2, next: 14, mayReach: 20, room: .max) == false, "beyond what was published")
        #expect(
            outbox.open(index, stream: 2, next: 12, mayReach: 11, room: .max) == false, "credit before the beginning")
        #expect(outbox.streamNumber(index) == nil)
        #expect(outbox.open(index, stream: 2, next: 13, mayReach: 13, room: .max) == true)
    }

    @Test mutating func `A closed stream is silent until it is opened again`() {
        let index = addOpen(1, count: 3)
        outbox.close(index)
        #expect(drain(length: 3).isEmpty)
        outbox.published(index, upTo: 4)
        #expect(drain(length: 3).isEmpty)
        #expect(outbox.open(index, stream: 2, next: 0, mayReach: 4, room: .max) == true)
        #expect(drain(length: 3).count == 4)
    }

    // MARK: Progress and cursors

    @Test mutating func `Impossible progress is refused and changes nothing`() {
        let index = addOpen(1, count: 4, mayReach: 3)
        #expect(drain(length: 3).count == 3)
        #expect(outbox.progress(index, landed: 2, mayReach: 3) == true)
        #expect(outbox.progress(index, landed: 4, mayReach: 9) == false, "landed beyond what was sent")
        #expect(outbox.progress(index, landed: 1, mayReach: 9) == false, "landed taken back")
        #expect(outbox.progress(index, landed: 3, mayReach: 2) == false, "credit taken back")
        #expect(outbox.landed(index) == 2)
        #expect(drain(length: 3).isEmpty)
        #expect(outbox.takeCursor(index) == 2)
    }

    @Test mutating func `Progress of a stream that is not open changes nothing`() {
        let index = addOpen(1, count: 2)
        #expect(drain(length: 3).count == 2)
        outbox.connectionEnded()
        #expect(outbox.progress(index, landed: 2, mayReach: 9) == true)
        #expect(outbox.takeCursor(index) == nil)
    }

    @Test mutating func `The cursor moves once a value has landed and libzmq has let go`() {
        let index = addOpen(1, count: 2)
        guard let step = outbox.next({ _, _ in 200 }) else {
            Issue.record("nothing to send")
            return
        }
        outbox.sent(step)
        if let step = outbox.next({ _, _ in 200 }) { outbox.sent(step) }
        #expect(outbox.progress(index, landed: 1, mayReach: 2) == true)
        #expect(outbox.takeCursor(index) == nil, "both chunks are inside libzmq")
        #expect(free(1) == [index])
        #expect(outbox.takeCursor(index) == nil, "one chunk is inside libzmq")
        #expect(free(1) == [index])
        #expect(outbox.takeCursor(index) == 1)
        #expect(outbox.takeCursor(index) == nil, "it was taken")
    }

    @Test mutating func `libzmq lets go before the value lands`() {
        let index = addOpen(1, count: 1)
        _ = drain(length: 50)
        #expect(free(1) == [index])
        #expect(outbox.takeCursor(index) == nil)
        #expect(outbox.progress(index, landed: 1, mayReach: 1) == true)
        #expect(outbox.takeCursor(index) == 1)
    }

    @Test mutating func `Freed messages are told in the order of sending`() {
        let one = addOpen(1, count: 1)
        let two = addOpen(2, count: 1)
        _ = drain(length: 50)
        outbox.sentBatch(bytes: 10)
        #expect(outbox.inFlight == 110)
        #expect(free(1) == [one])
        #expect(outbox.isReferenced(two) && !outbox.isReferenced(one))
        #expect(free(2) == [two])
        #expect(outbox.messagesInFlight == 0)
    }

    @Test mutating func `More messages than the first buffer holds keep their order`() {
        let indices = (1...40).map { addOpen($0, count: 2) }
        #expect(outbox.limits.window >= 2 * 11)
        var sent: [Int] = []
        var seen: [Int] = []
        // The head of the buffer has moved when it grows.
        for round in 0..<40 {
            guard let step = outbox.next({ _, _ in 11 }), case .chunk(let stream, _, _, _, _, _) = step else { break }
            outbox.sent(step)
            sent.append(stream)
            if round.isMultiple(of: 3) { seen += free(1) }
            while outbox.inFlight >= outbox.limits.window { seen += free(1) }
        }
        seen += free(outbox.messagesInFlight)
        #expect(sent == indices)
        #expect(seen == sent)
    }

    @Test mutating func `A second opening within a session keeps slots that its own chunks hold`() {
        let index = addOpen(1, count: 2)
        #expect(drain(length: 100).count == 2)
        // The receiver starts over at 0: behind the old chunk of value 1 there will be a new one of value 0.
        #expect(outbox.open(index, stream: 2, next: 0, mayReach: 2, room: .max) == true)
        guard let again = outbox.next({ _, _ in 100 }) else {
            Issue.record("nothing to send")
            return
        }
        outbox.sent(again)
        #expect(again == .chunk(stream: index, number: 2, sequence: 0, offset: 0, length: 100, valueLength: 100))
        _ = free(1)
        #expect(outbox.progress(index, landed: 1, mayReach: 2) == true)
        #expect(outbox.takeCursor(index) == nil, "value 0 is referenced by the chunk of the second opening")
        _ = free(1)
        #expect(outbox.takeCursor(index) == nil, "value 0 is referenced by the chunk of the second opening")
        _ = free(1)
        #expect(outbox.takeCursor(index) == 1)
    }

    // MARK: Indices

    @Test mutating func `An index is reused, and nothing of its former stream is left`() {
        let one = addOpen(1, count: 1)
        _ = drain(length: 3)
        #expect(outbox.next { _, _ in 3 } == nil)
        outbox.remove(one)
        let two = outbox.add(channel: ChannelID(rawValue: 2), floor: 5)
        #expect(two == one)
        #expect(outbox.channel(two) == ChannelID(rawValue: 2))
        #expect(outbox.streamNumber(two) == nil)
        #expect(outbox.landed(two) == 5)
        #expect(outbox.takeCursor(two) == nil)
    }

    @Test mutating func `An index that stands in the turns is reused after its turn`() {
        let one = addOpen(1, count: 4)
        outbox.remove(one)
        let two = addOpen(2, count: 1)
        #expect(two != one)
        #expect(drain(length: 3) == [.small(stream: two, number: 2, sequence: 0, length: 3)])
        #expect(addOpen(3, count: 1) == one)
        #expect(drain(length: 3) == [.small(stream: one, number: 3, sequence: 0, length: 3)])
    }

    @Test func `Removing a stream that lies inside libzmq is a mistake`() async {
        await #expect(processExitsWith: .failure) {
            var outbox = Outbox()
            let index = outbox.add(channel: ChannelID(rawValue: 1), floor: 0)
            outbox.published(index, upTo: 1)
            guard outbox.open(index, stream: 1, next: 0, mayReach: 1, room: .max),
                let step = outbox.next({ _, _ in 100_000 })
            else {
                return
            }
            outbox.sent(step)
            outbox.remove(index)
        }
    }
}
