import Sluice
import SluiceModel
import Testing

@Suite("Multi writer", .timeLimit(.minutes(1))) struct MultiWriterTests {
    @Test func c19OneElementForEach() throws {
        let (_, bench) = try Bench.make(channels: 3)
        defer { bench.close() }
        let writer = try MultiWriter(bench.writers)
        try writer.write([[0], [1], [2]])
        for index in 0..<3 { #expect(try bench.readers[index].read() == [UInt8(index)]) }
        for count in [0, 2, 4] {
            let error = #expect(throws: SluiceError.self) { try writer.write(Array(repeating: [1], count: count)) }
            #expect(error?.code == .invalidArgument)
            #expect(error?.needed == 3)
            #expect(error?.available == UInt64(count))
        }
        #expect(bench.writers.map(\.published) == [1, 1, 1])
        #expect(throws: SluiceError.self) { try MultiWriter<[UInt8]>([]) }
        let twice = #expect(throws: SluiceError.self) { try MultiWriter([bench.writers[1], bench.writers[1]]) }
        #expect(twice?.channel == "c1")
    }

    @Test func c19AnErrorGoesToAll() throws {
        let (_, bench) = try Bench.make(channels: 3)
        defer { bench.close() }
        let writer = try MultiWriter(bench.writers)
        try writer.write(failure: ApplicationFailure(kind: "Bad", message: "m"))
        try writer.write(encoded: EncodedValue(kind: ValueKind.firstOfUsers, bytes: [9]))
        // Or to one of them alone.
        try writer.write(items: [
            .value([1]), .failure(ApplicationFailure(kind: "One", message: "m")), .encoded(EncodedValue(bytes: [3])),
        ])
        for (index, reader) in bench.readers.enumerated() {
            let error = #expect(throws: SluiceError.self) { try reader.read() }
            #expect(error?.kind == "Bad")
            #expect(error?.channel == "c\(index)")
            #expect(try reader.readEncoded() == EncodedValue(kind: ValueKind.firstOfUsers, bytes: [9]))
        }
        #expect(try bench.readers[0].read() == [1])
        #expect(#expect(throws: SluiceError.self) { try bench.readers[1].read() }?.kind == "One")
        #expect(try bench.readers[2].read() == [3])
    }

    /// Whichever channel is full: nothing is published anywhere, and the same call may be made again.
    @Test(arguments: 0..<3) func c19ATimeoutChangesNothing(full: Int) async throws {
        let (_, bench) = try Bench.make(channels: 3, slots: 1)
        defer { bench.close() }
        let writer = try MultiWriter(bench.writers)
        try await bench.writers[full].write([9])
        let before = bench.writers.map(\.published)
        for timeout in [Timeout.zero, .milliseconds(2)] {
            let error = #expect(throws: SluiceError.self) { try writer.write([[0], [1], [2]], timeout: timeout) }
            #expect(error?.code == .timedOut)
            #expect(error?.channel == "c\(full)")
            #expect(error?.actor == "r")
            let other = await #expect(throws: SluiceError.self) {
                try await writer.write([[0], [1], [2]], timeout: timeout)
            }
            #expect(other?.code == .timedOut)
        }
        let task = Task { try await writer.write([[0], [1], [2]]) }
        // The others are staged, and it waits; or, before that, it is cancelled at once.
        task.cancel()
        let cancelled = await #expect(throws: SluiceError.self) { try await task.value }
        #expect(cancelled?.code == .cancelled)
        #expect(bench.writers.map(\.published) == before)
        for index in 0..<3 where index != full {
            let error = await #expect(throws: SluiceError.self) { try await bench.readers[index].read(timeout: .zero) }
            #expect(error?.code == .timedOut)
        }
        // Each writer is free again, and so is the room.
        #expect(try await bench.readers[full].read() == [9])
        try await writer.write([[0], [1], [2]], timeout: .zero)
        for index in 0..<3 { #expect(try await bench.readers[index].read(timeout: .zero) == [UInt8(index)]) }
    }

    @Test(arguments: 0..<3) func c19WhatOneRefusesNobodyGets(culprit: Int) throws {
        let (_, bench) = try Bench.make(channels: 3)
        defer { bench.close() }
        let writer = try MultiWriter(bench.writers)
        var values: [[UInt8]] = [[0], [1], [2]]
        values[culprit] = [UInt8](repeating: 1, count: Bench.slotSize + 1)
        let large = #expect(throws: SluiceError.self) { try writer.write(values) }
        #expect(large?.code == .valueTooLarge)
        #expect(large?.channel == "c\(culprit)")
        bench.writers[culprit].close()
        let closed = #expect(throws: SluiceError.self) { try writer.write([[0], [1], [2]]) }
        #expect(closed?.code == .closed)
        #expect(closed?.channel == "c\(culprit)")
        #expect(bench.writers.map(\.published) == [0, 0, 0])
        for index in 0..<3 where index != culprit { try bench.writers[index].write([1], timeout: .zero) }
        writer.close()
    }

    /// A round waits in the last channel while the first is closed: what is staged there is committed with the others.
    @Test func c19ClosingWhileARoundIsStaged() throws {
        let (_, bench) = try Bench.make(channels: 2, slots: 1)
        defer { bench.close() }
        let writer = try MultiWriter(bench.writers)
        try bench.writers[1].write([9])
        let job = try Job { try writer.write([[0], [1]]) }
        // A staged writer refuses other calls.
        eventually { bench.writers[0].isInUse }
        bench.writers[0].close()
        #expect(try bench.readers[1].read() == [9])
        try job.value()
        #expect(try bench.readers[0].read() == [0])
        #expect(try bench.readers[0].read() == nil)
        #expect(try bench.readers[1].read() == [1])
    }
}
