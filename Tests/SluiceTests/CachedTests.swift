import SharedMemory
import Sluice
import SluiceModel
import Synchronization
import Testing

/// A reader that no ring is behind: its items are said one by one, and it counts who asks.
final class ScriptedReader: ChannelReader {
    private struct State {
        var items: [Result<Int?, SluiceError>] = []
        var asked = 0
        var waiting = 0
        var isClosed = false
    }

    private let state = Lock(State())
    let channel = "scripted"

    var asked: Int { state.withLock { $0.asked } }
    /// Calls that wait inside just now.
    var waiting: Int { state.withLock { $0.waiting } }
    var isClosed: Bool { state.withLock { $0.isClosed } }
    func say(_ item: Result<Int?, SluiceError>) { state.withLock { $0.items.append(item) } }

    private func next() -> Result<Int?, SluiceError>? {
        state.withLock { state in
            if state.isClosed { return .failure(SluiceError(.closed, "closed")) }
            guard !state.items.isEmpty else { return nil }
            state.asked += 1
            return state.items.removeFirst()
        }
    }

    private var late: SluiceError { SluiceError(.timedOut, "nothing came", channel: channel, actor: "w", sequence: 5) }

    func read(timeout: Timeout) throws(SluiceError) -> Int? {
        let end = Deadline(timeout, from: monotonicNow())
        state.withLock { $0.waiting += timeout == .zero ? 0 : 1 }
        defer { state.withLock { $0.waiting -= timeout == .zero ? 0 : 1 } }
        var item = next()
        eventually {
            item = item ?? next()
            return item != nil || end.hasPassed(at: monotonicNow())
        }
        guard let item else { throw late }
        return try item.get()
    }

    nonisolated(nonsending)
        func read(timeout: Timeout) async throws(SluiceError) -> Int?
    {
        let end = Deadline(timeout, from: monotonicNow())
        state.withLock { $0.waiting += 1 }
        defer { state.withLock { $0.waiting -= 1 } }
        var item = next()
        await suspendUntil {
            item = item ?? next()
            return item != nil || end.hasPassed(at: monotonicNow()) || Task.isCancelled
        }
        if item == nil, Task.isCancelled { throw SluiceError(.cancelled, "cancelled") }
        guard let item else { throw late }
        return try item.get()
    }

    func readEncoded(timeout: Timeout) throws(SluiceError) -> EncodedValue? { fatalError("is read as values") }
    nonisolated(nonsending)
        func readEncoded(timeout: Timeout) async throws(SluiceError) -> EncodedValue?
    { fatalError("is read as values") }
    func skip(timeout: Timeout) throws(SluiceError) -> Bool { fatalError("is read as values") }
    nonisolated(nonsending)
        func skip(timeout: Timeout) async throws(SluiceError) -> Bool
    { fatalError("is read as values") }
    func close() { state.withLock { $0.isClosed = true } }
}

/// Whether the consumer of that number reads the inner channel just now.
private func isReading<Value>(_ number: Int, asSeenBy other: CachedConsumer<Value>) -> Bool {
    do { _ = try other.read(timeout: .zero) } catch { return error.message.contains("consumer \(number) waits") }
    return false
}

@Suite("Cached", .timeLimit(.minutes(2))) struct CachedTests {
    @Test(arguments: [1, 2, 5]) func c7EveryConsumerGetsEachValueOfOneRead(_ count: Int) throws {
        let loop = try Loop(of: Parcel.self)
        defer { loop.worker.close() }
        let cached = try CachedReader(loop.reader, consumers: count)
        #expect(cached.consumers.count == count)
        for number in 0..<20 {
            let ended = Flag()
            try loop.writer.write(Parcel(number) { ended.isSet = true })
            for (place, consumer) in cached.consumers.enumerated() {
                #expect(!ended.isSet)
                #expect(try consumer.read(timeout: .zero)?.number == number)
                #expect(loop.reader.next == UInt64(number + 1))
                #expect(ended.isSet == (place == count - 1))
            }
        }
    }

    @Test func c7OneCannotTakeAnothersShare() throws {
        let loop = try Loop(of: Parcel.self)
        defer { loop.worker.close() }
        let cached = try CachedReader(loop.reader, consumers: 3)
        try loop.writer.write(Parcel(0))
        try loop.writer.write(Parcel(1))
        #expect(try cached.consumers[1].read()?.number == 0)
        for timeout in [Timeout.zero, .milliseconds(5)] {
            let error = #expect(throws: SluiceError.self) { _ = try cached.consumers[1].read(timeout: timeout) }
            #expect(error?.code == .timedOut)
            #expect(error?.message.contains("consumer 0, consumer 2") == true)
        }
        #expect(try cached.consumers[0].read()?.number == 0)
        // One value at a time: the next is not read before the last has taken this one.
        #expect(loop.reader.next == 1)
        #expect(try cached.consumers[2].read()?.number == 0)
        for consumer in cached.consumers { #expect(try consumer.read(timeout: .zero)?.number == 1) }
    }

    @Test func c7CountsOutOfBounds() throws {
        for count in [-1, 0, Limits.mostEndpoints + 1] {
            #expect(code { _ = try CachedReader(ScriptedReader(), consumers: count) } == .invalidArgument)
            #expect(code { _ = try CachedSlot<Int>(reads: count) } == .invalidArgument)
        }
        #expect(try CachedReader(ScriptedReader(), consumers: Limits.mostEndpoints).consumers.count == 1024)
    }

    @Test func c7ConsumersOnThreadsAndTasks() async throws {
        let loop = try Loop(of: Parcel.self, slots: 2)
        defer { loop.worker.close() }
        let cached = try CachedReader(loop.reader, consumers: 5)
        let writing = try Job {
            for number in 0..<1500 { try loop.writer.write(Parcel(number)) }
            loop.writer.close()
        }
        let threads = try cached.consumers.prefix(3).map { consumer in
            try Job {
                var seen: [Int] = []
                while let parcel = try consumer.read(timeout: .seconds(20)) { seen.append(parcel.number) }
                return seen
            }
        }
        let tasks = cached.consumers.suffix(2).map { consumer in
            Task {
                var seen: [Int] = []
                while let parcel = try await consumer.read(timeout: .seconds(20)) { seen.append(parcel.number) }
                return seen
            }
        }
        for task in tasks { #expect(try await task.value == Array(0..<1500)) }
        for thread in threads { #expect(try thread.value() == Array(0..<1500)) }
        try writing.value()
    }

    @Test func c7TheSlowestSetsThePaceAndFillsTheInnerChannel() throws {
        let loop = try Loop(of: Parcel.self, slots: 1)
        defer { loop.worker.close() }
        let cached = try CachedReader(loop.reader, consumers: 2)
        try loop.writer.write(Parcel(0))
        #expect(try cached.consumers[0].read()?.number == 0)
        let ahead = try Job { try cached.consumers[0].read(timeout: .seconds(20))?.number }
        try loop.writer.write(Parcel(1))
        #expect(code { try loop.writer.write(Parcel(2), timeout: .milliseconds(20)) } == .timedOut)
        #expect(!ahead.isOver)
        #expect(try cached.consumers[1].read()?.number == 0)
        #expect(try ahead.value() == 1)
    }

    @Test func c7ErrorsAndTheEndAreServedToEach() throws {
        let loop = try Loop(of: Parcel.self)
        defer { loop.worker.close() }
        let cached = try CachedReader(loop.reader, consumers: 2, by: .parcels)
        try loop.writer.write(failure: ApplicationFailure(kind: "Bad", message: "m"))
        try loop.writer.write(encoded: EncodedValue(bytes: [1]))
        try loop.writer.write(Parcel(2))
        loop.writer.close()
        for place in 0..<3 {
            for consumer in cached.consumers {
                switch place {
                case 0:
                    let error = #expect(throws: SluiceError.self) { _ = try consumer.read() }
                    #expect(error?.code == .application)
                    #expect(error?.kind == "Bad")
                case 1: #expect(code { _ = try consumer.read() } == .cannotDecode)
                default: #expect(try consumer.read()?.number == 2)
                }
            }
        }
        for _ in 0..<2 { for consumer in cached.consumers { #expect(try consumer.read() == nil) } }
        #expect(try !cached.consumers[0].skip())
        #expect(try cached.consumers[1].readEncoded() == nil)
    }

    @Test func c7AWriterThatIsGoneIsToldToEach() throws {
        let inner = ScriptedReader()
        let cached = try CachedReader(inner, consumers: 2)
        inner.say(.success(1))
        inner.say(.failure(SluiceError(.writerDied, "died")))
        inner.say(.failure(SluiceError(.writerDied, "died")))
        #expect(try cached.consumers[0].read() == 1)
        // Ahead of the other, which gets the value first.
        #expect(code { _ = try cached.consumers[0].read(timeout: .zero) } == .timedOut)
        #expect(try cached.consumers[1].read() == 1)
        for consumer in cached.consumers { #expect(code { _ = try consumer.read() } == .writerDied) }
    }

    @Test func c7EncodedReadsAndSkips() throws {
        let loop = try Loop(of: Parcel.self)
        defer { loop.worker.close() }
        let cached = try CachedReader(loop.reader, consumers: 3, by: .parcels)
        try loop.writer.write(Parcel(4))
        try loop.writer.write(failure: ApplicationFailure(kind: "Bad", message: "m"))
        try loop.writer.write(Parcel(5))
        #expect(try cached.consumers[0].skip())
        #expect(try cached.consumers[1].readEncoded() == (try Transcoder.parcels.encode(Parcel(4))))
        #expect(try cached.consumers[2].read()?.number == 4)
        #expect(try cached.consumers[0].skip())
        let failure = try #require(try cached.consumers[1].readEncoded())
        #expect(failure.kind == ValueKind.failure)
        #expect(String(decoding: failure.bytes, as: UTF8.self).contains("\"Bad\""))
        #expect(code { _ = try cached.consumers[2].read() } == .application)

        let inner = ScriptedReader()
        inner.say(.success(1))
        inner.say(.success(2))
        let plain = try CachedReader(inner, consumers: 1)
        #expect(code { _ = try plain.consumers[0].readEncoded() } == .cannotEncode)
        #expect(try plain.consumers[0].read() == 2)
    }

    @Test func c7TimeoutsAreEachConsumersOwn() throws {
        let inner = ScriptedReader()
        let cached = try CachedReader(inner, consumers: 3)
        let reading = try Job { try cached.consumers[0].read(timeout: .seconds(20)) }
        eventually { inner.waiting == 1 }
        // While one reads, the others wait for it, as long as they like.
        for timeout in [Timeout.zero, .milliseconds(20)] {
            let error = #expect(throws: SluiceError.self) { _ = try cached.consumers[1].read(timeout: timeout) }
            #expect(error?.code == .timedOut)
            #expect(error?.message.contains("consumer 0 waits") == true)
        }
        #expect(inner.waiting == 1)
        inner.say(.success(8))
        #expect(try reading.value() == 8)
        #expect(try cached.consumers[1].read(timeout: .zero) == 8)
        #expect(try cached.consumers[2].read(timeout: .zero) == 8)
        #expect(inner.asked == 1)
        let error = #expect(throws: SluiceError.self) {
            _ = try cached.consumers[2].read(timeout: .milliseconds(5))
        }
        #expect(error?.actor == "w")
        #expect(error?.message.contains("consumer 2") == true)
        #expect(error?.message.contains("5.0 ms") == true)
    }

    @Test func c7WhenTheOneWhoReadsGivesUpAnotherReadsOn() throws {
        let inner = ScriptedReader()
        let cached = try CachedReader(inner, consumers: 3)
        let impatient = try Job { code { _ = try cached.consumers[0].read(timeout: .milliseconds(50)) } }
        eventually { inner.waiting == 1 }
        let patient = try [1, 2].map { number in
            try Job { try cached.consumers[number].read(timeout: .seconds(20)) }
        }
        #expect(try impatient.value() == .timedOut)
        eventually { inner.waiting == 1 }
        inner.say(.success(3))
        for job in patient { #expect(try job.value() == 3) }
        #expect(try cached.consumers[0].read(timeout: .zero) == 3)
        #expect(inner.asked == 1)
    }

    @Test func c7CancellingTheOneWhoReadsLosesNothing() async throws {
        let loop = try Loop(of: Parcel.self)
        defer { loop.worker.close() }
        let cached = try CachedReader(loop.reader, consumers: 3)
        let first = Task { try await cached.consumers[0].read() }
        await suspendUntil { isReading(0, asSeenBy: cached.consumers[1]) }
        let second = Task { try await cached.consumers[1].read() }
        let third = try Job { try cached.consumers[2].read(timeout: .seconds(20))?.number }
        first.cancel()
        let error = await #expect(throws: SluiceError.self) { _ = try await first.value }
        #expect(error?.code == .cancelled)
        let parcel = Parcel(6)
        try await loop.writer.write(parcel)
        #expect(try await second.value === parcel)
        #expect(try third.value() == 6)
        #expect(try await cached.consumers[0].read() === parcel)
    }

    @Test func c7CancellingOneWhoWaitsForTheOthers() async throws {
        let loop = try Loop(of: Parcel.self)
        defer { loop.worker.close() }
        let cached = try CachedReader(loop.reader, consumers: 2)
        try await loop.writer.write(Parcel(0))
        try await loop.writer.write(Parcel(1))
        #expect(try await cached.consumers[0].read()?.number == 0)
        let late = await #expect(throws: SluiceError.self) {
            _ = try await cached.consumers[0].read(timeout: .milliseconds(5))
        }
        #expect(late?.code == .timedOut)
        let ahead = Task { try await cached.consumers[0].read() }
        ahead.cancel()
        let error = await #expect(throws: SluiceError.self) { _ = try await ahead.value }
        #expect(error?.code == .cancelled)
        #expect(try await cached.consumers[1].read()?.number == 0)
        for consumer in cached.consumers { #expect(try await consumer.read()?.number == 1) }
    }

    @Test func c7ClosingOneCountsItOut() throws {
        let loop = try Loop(of: Parcel.self)
        defer { loop.worker.close() }
        let cached = try CachedReader(loop.reader, consumers: 3)
        let ended = Flag()
        try loop.writer.write(Parcel(0) { ended.isSet = true })
        try loop.writer.write(Parcel(1))
        #expect(try cached.consumers[0].read()?.number == 0)
        #expect(try cached.consumers[1].read()?.number == 0)
        let ahead = try Job { try cached.consumers[0].read(timeout: .seconds(20))?.number }
        #expect(!ended.isSet)
        cached.consumers[2].close()
        cached.consumers[2].close()
        #expect(ended.isSet)
        #expect(try ahead.value() == 1)
        #expect(code { _ = try cached.consumers[2].read() } == .closed)
        #expect(try cached.consumers[1].read()?.number == 1)
        cached.consumers[0].close()
        try loop.writer.write(Parcel(2))
        #expect(try cached.consumers[1].read()?.number == 2)
        cached.consumers[1].close()
        #expect(code { _ = try loop.reader.read() } == .closed)
    }

    @Test func c7ClosingTheOneWhoReadsWakesIt() async throws {
        let loop = try Loop(of: Parcel.self)
        defer { loop.worker.close() }
        let cached = try CachedReader(loop.reader, consumers: 3)
        // Blocked, and suspended.
        let blocked = try Job { code { _ = try cached.consumers[0].read() } }
        await suspendUntil { isReading(0, asSeenBy: cached.consumers[2]) }
        cached.consumers[0].close()
        #expect(try blocked.value() == .closed)
        let suspended = Task { try await cached.consumers[1].read() }
        await suspendUntil { isReading(1, asSeenBy: cached.consumers[2]) }
        cached.consumers[1].close()
        let error = await #expect(throws: SluiceError.self) { _ = try await suspended.value }
        #expect(error?.code == .closed)
        try await loop.writer.write(Parcel(3))
        #expect(try await cached.consumers[2].read()?.number == 3)
        // The last one, while it reads.
        let last = try Job { code { _ = try cached.consumers[2].read() } }
        cached.close()
        #expect(try last.value() == .closed)
    }

    @Test func c7AnInnerReaderWithoutARingKeepsItsValueForTheOthers() throws {
        let inner = ScriptedReader()
        let cached = try CachedReader(inner, consumers: 2)
        let blocked = try Job { code { _ = try cached.consumers[0].read() } }
        eventually { inner.waiting == 1 }
        cached.consumers[0].close()
        inner.say(.success(4))
        #expect(try blocked.value() == .closed)
        #expect(try cached.consumers[1].read() == 4)
        #expect(!inner.isClosed)
        cached.consumers[1].close()
        #expect(inner.isClosed)
    }

    @Test func c7DroppedConsumersAreCountedOut() throws {
        let inner = ScriptedReader()
        for number in 0..<3 { inner.say(.success(number)) }
        do {
            let kept = try CachedReader(inner, consumers: 3).consumers[1]
            for number in 0..<3 { #expect(try kept.read(timeout: .zero) == number) }
            #expect(!inner.isClosed)
        }
        #expect(inner.isClosed)
    }

    @Test func c7OneCallOfAConsumerAtATime() throws {
        let inner = ScriptedReader()
        let cached = try CachedReader(inner, consumers: 1)
        let reading = try Job { try cached.consumers[0].read() }
        eventually { inner.waiting == 1 }
        #expect(code { _ = try cached.consumers[0].read(timeout: .zero) } == .invalidArgument)
        inner.say(.success(1))
        #expect(try reading.value() == 1)
    }

    @Test(arguments: [1, 3]) func c7ALocalSlotIsPutAndReadSoManyTimes(_ reads: Int) throws {
        let slot = try CachedSlot<Parcel>(reads: reads)
        for round in 0..<3 {
            #expect(code { _ = try slot.read() } == .empty)
            let ended = Flag()
            try slot.put(Parcel(round) { ended.isSet = true })
            for left in (0..<reads).reversed() {
                let error = #expect(throws: SluiceError.self) { try slot.put(Parcel(-1)) }
                #expect(error?.code == .unread)
                #expect(error?.available == UInt64(left + 1))
                #expect(error?.message.contains("\(left + 1) times of \(reads)") == true)
                #expect(slot.remaining == left + 1)
                #expect(!ended.isSet)
                #expect(try slot.read().number == round)
            }
            #expect(ended.isSet)
        }
        #expect(slot.remaining == 0)
    }
}
