import Glibc
import Ring
import SharedMemory
import Sluice
import SluiceModel
import Testing

@Suite("Select", .timeLimit(.minutes(1))) struct SelectTests {
    @Test func c21WhatIsReadable() throws {
        let (fixture, bench) = try Bench.make(channels: 6)
        defer { bench.close() }
        let readers = bench.readers
        for timeout in [Timeout.zero, .milliseconds(3)] {
            let error = #expect(throws: SluiceError.self) { try select(among: readers, timeout: timeout) }
            #expect(error?.code == .timedOut)
            #expect(error?.message.contains("c0, c1, c2, c3, c4, c5") == true)
        }
        // A value, an application's error, the end, a reader that is closed, a writer that has died.
        try bench.writers[1].write([1])
        #expect(try select(among: readers) == [1])
        try bench.writers[2].write(failure: ApplicationFailure(kind: "k", message: "m"))
        bench.writers[3].close()
        readers[4].close()
        fixture.kill(channel: "dying")
        let dying = bench.dying
        let all = readers + [dying]
        try eventually { try select(among: all) == [1, 2, 3, 4, 6] }
        #expect(try select(among: all, timeout: .zero) == [1, 2, 3, 4, 6])
        // Just what a read does not time out for; and nothing was taken.
        var codes: [SluiceError.Code?] = []
        for reader in all {
            do throws(SluiceError) {
                _ = try reader.read(timeout: .zero)
                codes.append(nil)
            } catch { codes.append(error.code) }
        }
        #expect(codes == [.timedOut, nil, .application, nil, .closed, .timedOut, .writerDied])
        #expect(try select(among: all) == [3, 4, 6])
    }

    @Test func c21RefusesWhatCannotBeWaitedFor() async throws {
        let (_, bench) = try Bench.make(channels: 3)
        defer { bench.close() }
        let (a, b) = (bench.readers[0], bench.readers[1])
        #expect(#expect(throws: SluiceError.self) { try select(among: []) }?.code == .invalidArgument)
        let twice = #expect(throws: SluiceError.self) { try select(among: [a, b, AnyChannelReader(a)]) }
        #expect(twice?.code == .invalidArgument)
        #expect(twice?.channel == "c0")
        #expect(twice?.message.contains("listed twice, at 0 and at 2") == true)
        let foreign = #expect(throws: SluiceError.self) { try select(among: [a, ForeignReader()]) }
        #expect(foreign?.code == .invalidArgument)
        #expect(foreign?.channel == "foreign")

        // In use: a read is under way, and then a selection is.
        let reading = Task { try await a.read() }
        await suspendUntil { a.isInUse }
        let busy = #expect(throws: SluiceError.self) { try select(among: [b, a], timeout: .zero) }
        #expect(busy?.code == .invalidArgument)
        #expect(busy?.channel == "c0")
        // The refused selection has let go of the other one.
        let free = #expect(throws: SluiceError.self) { _ = try b.read(timeout: .zero) }
        #expect(free?.code == .timedOut)
        reading.cancel()
        _ = try? await reading.value

        let selector = try Selector([a, b])
        let waiting = Task { try await selector.next() }
        await suspendUntil { a.isInUse }
        let read = #expect(throws: SluiceError.self) { _ = try b.read(timeout: .zero) }
        #expect(read?.code == .invalidArgument)
        let second = #expect(throws: SluiceError.self) { _ = try selector.next(timeout: .zero) }
        #expect(second?.code == .invalidArgument)
        try await bench.writers[1].write([1])
        #expect(try await waiting.value == 1)
        #expect(try await b.read(timeout: .zero) == [1])
    }

    @Test func c21ServesInTurn() async throws {
        let (_, bench) = try Bench.make(channels: 4)
        defer { bench.close() }
        for writer in bench.writers { for _ in 0..<4 { try await writer.write([1]) } }
        let selector = try Selector(bench.readers)
        var order: [Int] = []
        for round in 0..<12 {
            let index = round % 2 == 0 ? try blocking { try selector.next() } : try await selector.next()
            order.append(index)
            _ = try await bench.readers[index].read(timeout: .zero)
        }
        #expect(order == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3])
        // One that has much does not keep the others waiting.
        #expect(try blocking { try selector.readable() } == [0, 1, 2, 3])
        #expect(try await selector.readable() == [1, 2, 3, 0])
        #expect(try blocking { try selector.next() } == 2)
        #expect(try await selector.readable() == [3, 0, 1, 2])
    }

    /// Readers of two workers have two event words: the waiter threads of both sleep.
    @Test func c21OverTwoWorkers() throws {
        let fixture = try Fixture()
        let writing = try fixture.worker()
        let workers = [try fixture.worker(), try fixture.worker()]
        defer { for worker in workers + [writing] { worker.close() } }
        let actor = try writing.register(actor: "w")
        let writers = try (0..<2).map { try actor.createChannel("c\($0)", readers: ["r\($0)"], slots: 2, slotSize: 8) }
        let readers = try (0..<2).map { try workers[$0].register(actor: "r\($0)").openReader("c\($0)") }
        let selector = try Selector(readers)
        for round in 0..<20 {
            let index = round % 3 == 0 ? 0 : 1
            let job = try Job { try selector.next() }
            try writers[index].write([UInt8(round)])
            #expect(try job.value() == index)
            #expect(try readers[index].read(timeout: .zero) == [UInt8(round)])
        }
        let error = #expect(throws: SluiceError.self) { try selector.next(timeout: .milliseconds(3)) }
        #expect(error?.code == .timedOut)
        workers[0].close()
        #expect(try selector.next() == 0)
        // A writer that is dropped has closed its stream.
        withExtendedLifetime((writers, readers)) {}
    }

    @Test func c21ClosingAndCancellingEndAWait() async throws {
        let (_, bench) = try Bench.make(channels: 130)
        defer { bench.close() }
        for count in [1, 2, 127, 128, 130] {
            let selector = try Selector(Array(bench.readers.prefix(count)))
            for round in 0..<20 {
                let waiting = Task { try await selector.next() }
                if round % 2 == 0 { await Task.yield() }
                if round % 4 == 0 { await suspendUntil { bench.readers[0].isInUse } }
                waiting.cancel()
                let error = await #expect(throws: SluiceError.self) { _ = try await waiting.value }
                #expect(error?.code == .cancelled)
            }
            try await bench.writers[count - 1].write([7])
            #expect(try await selector.next() == count - 1)
            #expect(try await bench.readers[count - 1].read(timeout: .zero) == [7])
        }
        // From the last to the first, so that the one that is closed is always another.
        for count in [130, 127, 2, 1] {
            let selector = try Selector(Array(bench.readers.prefix(count)))
            let job = try Job { try selector.next() }
            await suspendUntil { bench.readers[0].isInUse }
            bench.readers[count - 1].close()
            #expect(try job.value() == count - 1)
        }
    }

    /// In a process of its own: how all of its threads wait is chosen for it.
    @Test(arguments: [true, false]) func c21WakesAtAnyWidth(usesWaitv: Bool) async throws {
        let fixture = try Fixture()
        let address = fixture.agent.address
        for count in [2, 129, 1000] {
            await #expect(processExitsWith: .success) {
                [address = address as String, count = count as Int, usesWaitv = usesWaitv as Bool] in
                WaitSettings.usesWaitv = usesWaitv
                let bench = try Bench(address, channels: count)
                defer { bench.close() }
                let selector = try Selector(bench.readers)
                for (number, index) in [count - 1, 0, count / 2, 1].enumerated() {
                    let began = ContinuousClock.now
                    let job = try Job { try selector.readable(timeout: .seconds(6)) }
                    // Without futex_waitv nobody sleeps for long: then it is enough that the wait has begun.
                    try await suspendUntil { try bench.readers[0].isInUse && (!usesWaitv || othersSleep()) }
                    try await bench.writers[index].write([UInt8(number)])
                    #expect(try job.value() == [index])
                    #expect(try await bench.readers[index].read(timeout: .zero) == [UInt8(number)])

                    let task = Task { try await selector.next(timeout: .seconds(6)) }
                    try await suspendUntil { try bench.readers[0].isInUse && (!usesWaitv || othersSleep()) }
                    try await bench.writers[index].write([UInt8(number), 1])
                    #expect(try await task.value == index)
                    // By the value: threads that nobody wakes end the wait too, at its deadline.
                    #expect(ContinuousClock.now - began < .seconds(5))
                    #expect(try await bench.readers[index].read(timeout: .zero) == [UInt8(number), 1])
                }
                let error = #expect(throws: SluiceError.self) { try selector.next(timeout: .milliseconds(5)) }
                #expect(error?.code == .timedOut)
            }
        }
    }

    @Test func c21WhoWaitsSleeps() async throws {
        let fixture = try Fixture()
        let address = fixture.agent.address
        await #expect(processExitsWith: .success) { [address = address as String] in
            let bench = try Bench(address, channels: 300)
            defer { bench.close() }
            let narrow = try Selector(Array(bench.readers.prefix(100)))
            let wide = try Selector(Array(bench.readers.suffix(200)))
            let job = try Job { try narrow.next() }
            let task = Task { try await wide.next() }
            try await suspendUntil {
                try bench.readers[0].isInUse && bench.readers[299].isInUse && othersSleep()
            }
            // A window to see nothing in: a thread that sleeps is never switched to.
            let before = try switches()
            usleep(300_000)
            #expect(try switches() == before)
            #expect(before.keys.count { $0.hasPrefix("sluice-waiter") } == 2)
            try await bench.writers[99].write([1])
            try await bench.writers[299].write([1])
            #expect(try job.value() == 99)
            #expect(try await task.value == 199)
        }
    }
}

/// A call in its blocking form, in an async test.
func blocking<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result { try body() }

/// Channels with a reader each, in one worker.
final class Bench: Sendable {
    static let slotSize = 512

    let worker: Worker
    let writers: [Writer]
    let readers: [Reader]
    /// The agent, if it is this process's: without it nobody learns that a stream has ended.
    private let fixture: Fixture?
    private let doomed: (worker: Worker, writer: Writer, reader: Reader)?

    init(_ address: String, channels count: Int, slots: Int = 4, with fixture: Fixture? = nil) throws {
        self.fixture = fixture
        let worker = try Worker.connect(to: address)
        self.worker = worker
        let (w, r) = (try worker.register(actor: "w"), try worker.register(actor: "r"))
        writers = try (0..<count).map {
            try w.createChannel("c\($0)", readers: ["r"], slots: slots, slotSize: Self.slotSize)
        }
        readers = try (0..<count).map { try r.openReader("c\($0)") }
        guard fixture != nil else {
            doomed = nil
            return
        }
        let other = try Worker.connect(to: address)
        let writer = try other.register(actor: "w2").createChannel(
            "dying", readers: ["r"], slots: slots, slotSize: Self.slotSize)
        doomed = (other, writer, try r.openReader("dying"))
    }

    static func make(channels count: Int, slots: Int = 4) throws -> (Fixture, Bench) {
        let fixture = try Fixture()
        return (fixture, try Bench(fixture.agent.address, channels: count, slots: slots, with: fixture))
    }

    /// The reader of channel `dying`, whose writer is another worker's.
    var dying: Reader { doomed!.reader }
    var dyingWriter: Writer { doomed!.writer }

    func close() {
        doomed?.worker.close()
        worker.close()
    }
}

extension Fixture {
    /// Tells everyone that the process of that channel's writer has died.
    func kill(channel: String) {
        agent.state.withLock { state in
            guard let life = state.channels.values.first(where: { $0.spec.name.rawValue == channel })?.writer else {
                return
            }
            state.gone(life)
        }
    }
}

/// A reader of the user's own making.
private final class ForeignReader: ChannelReader {
    var channel: String { "foreign" }
    func read(timeout: Timeout) throws(SluiceError) -> Int? { nil }
    nonisolated(nonsending) func read(timeout: Timeout) async throws(SluiceError) -> Int? { nil }
    func readEncoded(timeout: Timeout) throws(SluiceError) -> EncodedValue? { nil }
    nonisolated(nonsending) func readEncoded(timeout: Timeout) async throws(SluiceError) -> EncodedValue? { nil }
    func skip(timeout: Timeout) throws(SluiceError) -> Bool { false }
    nonisolated(nonsending) func skip(timeout: Timeout) async throws(SluiceError) -> Bool { false }
    func close() {}
}
