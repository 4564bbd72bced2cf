import Sluice
import SluiceModel
import Testing

@Suite("Multi async", .timeLimit(.minutes(1))) struct MultiAsyncTests {
    @Test func c20ValuesOfAnyReader() async throws {
        let (_, bench) = try Bench.make(channels: 1)
        defer { bench.close() }
        let reader: any ChannelReader<[UInt8]> = bench.readers[0]
        let task = Task {
            for number in 0..<200 { try await bench.writers[0].write(pattern(number, count: 8)) }
            try await bench.writers[0].write(failure: ApplicationFailure(kind: "Bad", message: "m"))
            try await bench.writers[0].write([1])
            bench.writers[0].close()
        }
        var count = 0
        do {
            for try await value in reader.values {
                #expect(value == pattern(count, count: 8))
                count += 1
            }
            Issue.record("the error was no error")
        } catch { #expect(error.code == .application) }
        #expect(count == 200)
        // Another loop goes on behind the error.
        for try await value in reader.values { #expect(value == [1]) }
        try await task.value
    }

    @Test func c20RoundsAsTheyCome() async throws {
        let (_, bench) = try Bench.make(channels: 3, slots: 2)
        defer { bench.close() }
        let writer = try MultiWriter(bench.writers)
        let reader = try MultiReader(bench.readers)
        let task = Task {
            for number in 0..<300 { try await writer.write((0..<3).map { pattern(3 * number + $0, count: 8) }) }
            writer.close()
        }
        var count = 0
        for try await round in reader.rounds {
            #expect(round == (0..<3).map { pattern(3 * count + $0, count: 8) })
            count += 1
        }
        #expect(count == 300)
        try await task.value
    }

    @Test func c20CancellingAReadKeepsTheRound() async throws {
        let (_, bench) = try Bench.make(channels: 3)
        defer { bench.close() }
        let reader = try MultiReader(bench.readers)
        try await bench.writers[1].write([1])
        for round in 0..<20 {
            // Not for ever, so that a cancellation that nobody hears is seen.
            let task = Task { try await reader.read(timeout: .seconds(5)) }
            if round % 2 == 0 { await suspendUntil { bench.readers[0].isInUse } }
            task.cancel()
            let error = await #expect(throws: SluiceError.self) { _ = try await task.value }
            #expect(error?.code == .cancelled)
        }
        #expect(reader.unfinished == [nil, [1], nil])
        for index in [0, 2] { try await bench.writers[index].write([UInt8(index)]) }
        #expect(try await reader.read() == [[0], [1], [2]])
    }

    @Test func c20TheQueueIsBoundedAndInOrder() async throws {
        let (_, bench) = try Bench.make(channels: 1, slots: 1)
        defer { bench.close() }
        let reader = bench.readers[0]
        let queue = try WriteQueue(bench.writers[0], depth: 3)
        #expect(throws: SluiceError.self) { try WriteQueue(bench.writers[0], depth: 0) }
        // The channel's slot, and three that wait.
        for number in UInt8(0)..<4 { try await queue.write([number]) }
        await suspendUntil { bench.writers[0].published == 1 && queue.unwritten.count == 3 }
        let finished = Flag()
        let full = Task {
            try await queue.write([4])
            finished.isSet = true
        }
        let cancelled = Task { try await queue.write([99]) }
        cancelled.cancel()
        let error = await #expect(throws: SluiceError.self) { try await cancelled.value }
        #expect(error?.code == .cancelled)
        #expect(!finished.isSet)
        #expect(queue.unwritten.count == 3)
        #expect(try await reader.read() == [0])
        try await full.value
        let ending = Task { try await queue.finish() }
        for number in UInt8(1)..<5 { #expect(try await reader.read() == [number]) }
        try await ending.value
        #expect(queue.unwritten.isEmpty)
        let late = await #expect(throws: SluiceError.self) { try await queue.write([5]) }
        #expect(late?.code == .closed)
        try await queue.finish()
        // The writer is its owner's again.
        try await bench.writers[0].write([6])
        #expect(try await reader.read() == [6])
    }

    @Test func c20AFailureEndsTheQueueAndIsThrownLater() async throws {
        let (_, bench) = try Bench.make(channels: 2, slots: 8)
        defer { bench.close() }
        let queue = try WriteQueue(try MultiWriter(bench.writers), depth: 8)
        try await queue.write([[0], [1]])
        try await queue.write(failure: ApplicationFailure(kind: "Bad", message: "m"))
        try await queue.write([[0], [UInt8](repeating: 1, count: Bench.slotSize + 1)])
        // Taken or refused, depending on how far the queue is; never written.
        _ = try? await queue.write([[2], [2]])
        let error = await #expect(throws: SluiceError.self) { try await queue.finish() }
        #expect(error?.code == .valueTooLarge)
        #expect(error?.channel == "c1")
        let again = await #expect(throws: SluiceError.self) { try await queue.write([[3], [3]]) }
        #expect(again?.code == .valueTooLarge)
        #expect(bench.writers.map(\.published) == [2, 2])
        guard case .value(let first)? = queue.unwritten.first else {
            Issue.record("the value that failed is lost")
            return
        }
        #expect(first[0] == [0])
    }

    @Test func c20GivingUpAQueue() async throws {
        let (_, bench) = try Bench.make(channels: 1, slots: 1)
        defer { bench.close() }
        let queue = try WriteQueue(bench.writers[0], depth: 2)
        for number in UInt8(0)..<3 { try await queue.write([number]) }
        await suspendUntil { queue.unwritten.count == 2 }
        let waiting = Task { try await queue.write([3]) }
        let finishing = Task { try await queue.finish() }
        queue.cancel()
        for task in [waiting, finishing] {
            let error = await #expect(throws: SluiceError.self) { try await task.value }
            #expect(error?.code == .cancelled || error?.code == .closed)
        }
        #expect(queue.unwritten.count == 2)
        #expect(bench.writers[0].published == 1)
    }

    /// Values queued by several tasks while another reads: each task's own stay in order, none is lost.
    @Test func c20ManyTasksOneQueue() async throws {
        let (_, bench) = try Bench.make(channels: 1, slots: 2)
        defer { bench.close() }
        let queue = try WriteQueue(bench.writers[0], depth: 3)
        let tasks = (UInt8(0)..<8).map { task in
            Task { for number in UInt8(0)..<50 { try await queue.write([task, number]) } }
        }
        var next = [UInt8](repeating: 0, count: 8)
        for _ in 0..<400 {
            let value = try #require(try await bench.readers[0].read())
            #expect(value[1] == next[Int(value[0])])
            next[Int(value[0])] += 1
        }
        for task in tasks { try await task.value }
        try await queue.finish()
        #expect(next == [UInt8](repeating: 50, count: 8))
    }
}
