import Sluice
import SluiceModel
import Testing

@Suite("Async", .timeLimit(.minutes(1))) struct AsyncTests {
    @Test func connectsRegistersWritesAndReads() async throws {
        let fixture = try Fixture()
        let worker = try await Worker.connect(to: fixture.agent.address)
        defer { worker.close() }
        let actor = try await worker.register(actor: "w")
        let writer = try await actor.createChannel("c", readers: ["r"], slots: 2, slotSize: 64)
        let reader = try await worker.register(actor: "r").openReader("c")
        let task = Task {
            for number in 0..<500 { try await writer.write(pattern(number, count: 32)) }
            writer.close()
        }
        var count = 0
        for try await value in reader.values {
            #expect(value == pattern(count, count: 32))
            count += 1
        }
        #expect(count == 500)
        try await task.value
    }

    @Test func loansAndLeases() async throws {
        let fixture = try Fixture()
        let (worker, writer, readers) = try fixture.channel(slots: 1, slotSize: 8)
        defer { worker.close() }
        var loan = try await writer.loan()
        unsafe loan.withUnsafeMutableBytes { unsafe $0.storeBytes(of: 7, as: UInt64.self) }
        try loan.publish()
        let lease = try await value(readers[0].lease())
        let waiting = Task { try await writer.loan().publish(count: 1) }
        lease.release()
        try await waiting.value
        #expect(try await readers[0].read()?.count == 1)
    }

    @Test func zeroAndShortTimeouts() async throws {
        let fixture = try Fixture()
        let (worker, writer, readers) = try fixture.channel(slots: 1, slotSize: 8)
        defer { worker.close() }
        for timeout in [Timeout.zero, .milliseconds(2)] {
            let error = await #expect(throws: SluiceError.self) { _ = try await readers[0].read(timeout: timeout) }
            #expect(error?.code == .timedOut)
        }
        try await writer.write([1])
        for timeout in [Timeout.zero, .milliseconds(2)] {
            let error = await #expect(throws: SluiceError.self) { try await writer.write([2], timeout: timeout) }
            #expect(error?.code == .timedOut)
            #expect(error?.actor == "r")
        }
        #expect(try await readers[0].read(timeout: .zero) == [1])
    }

    @Test func cancellationEndsAWaitAndChangesNothing() async throws {
        let fixture = try Fixture()
        let (worker, writer, readers) = try fixture.channel(slots: 1, slotSize: 8)
        defer { worker.close() }
        let reader = readers[0]
        for round in 0..<50 {
            let reading = Task { try await reader.read() }
            if round % 2 == 0 { await Task.yield() }
            reading.cancel()
            let error = await #expect(throws: SluiceError.self) { _ = try await reading.value }
            #expect(error?.code == .cancelled)
        }
        try await writer.write([1])
        let writing = Task { try await writer.write([2]) }
        writing.cancel()
        let error = await #expect(throws: SluiceError.self) { try await writing.value }
        #expect(error?.code == .cancelled)
        #expect(try await reader.read() == [1])
        #expect(writer.published == 1)
    }

    @Test func closingWakesSuspendedCalls() async throws {
        let fixture = try Fixture()
        let (worker, writer, readers) = try fixture.channel(slots: 1, slotSize: 8)
        defer { worker.close() }
        let reader = readers[0]
        let reading = Task { try await reader.read() }
        reader.close()
        let error = await #expect(throws: SluiceError.self) { _ = try await reading.value }
        #expect(error?.code == .closed)
        let writing = Task { while true { try await writer.write([1]) } }
        writer.close()
        let other = await #expect(throws: SluiceError.self) { try await writing.value }
        #expect(other?.code == .closed)
    }

    /// More waits at once than one waiter thread parks, and than the cooperative pool has threads.
    @Test func threeHundredReadersWaitAtOnce() async throws {
        let fixture = try Fixture()
        let worker = try fixture.worker()
        defer { worker.close() }
        let writing = try await worker.register(actor: "w")
        var writers: [Writer] = []
        let total = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<100 {
                let names = (0..<3).map { "r\(number)-\($0)" }
                writers.append(try await writing.createChannel("c\(number)", readers: names, slots: 2, slotSize: 8))
                for name in names {
                    let reader = try await worker.register(actor: name).openReader("c\(number)")
                    group.addTask {
                        var count = 0
                        for try await _ in reader.values { count += 1 }
                        return count
                    }
                }
            }
            for _ in 0..<5 {
                for writer in writers { try await writer.write([1, 2, 3]) }
            }
            for writer in writers { writer.close() }
            return try await group.reduce(0, +)
        }
        #expect(total == 1500)
    }

    @Test func blockingAndSuspendedCallsMeet() async throws {
        let fixture = try Fixture()
        let (worker, writer, readers) = try fixture.channel(readers: ["a", "b"], slots: 2, slotSize: 16)
        defer { worker.close() }
        let (blocking, suspended) = (readers[0], readers[1])
        let job = try Job {
            var count = 0
            while try blocking.read() != nil { count += 1 }
            return count
        }
        async let other = {
            var count = 0
            for try await _ in suspended.values { count += 1 }
            return count
        }()
        for number in 0..<1000 { try await writer.write(pattern(number, count: 16)) }
        writer.close()
        #expect(try await other == 1000)
        #expect(try job.value() == 1000)
    }
}
