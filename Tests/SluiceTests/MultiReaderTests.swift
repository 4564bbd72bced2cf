import Sluice
import SluiceModel
import Testing

@Suite("Multi reader", .timeLimit(.minutes(1))) struct MultiReaderTests {
    @Test func c18ReadsOneFromEachInOrder() throws {
        let (_, bench) = try Bench.make(channels: 3)
        defer { bench.close() }
        let reader = try MultiReader(bench.readers)
        for round in UInt8(0)..<3 {
            for index in [2, 0, 1] { try bench.writers[index].write([round, UInt8(index)]) }
        }
        for round in UInt8(0)..<3 { #expect(try reader.read() == [[round, 0], [round, 1], [round, 2]]) }
        #expect(throws: SluiceError.self) { try MultiReader<[UInt8]>([]) }
        #expect(throws: SluiceError.self) { try MultiReader([bench.readers[0], bench.readers[0]]) }
    }

    @Test func c18ATimeoutKeepsWhatWasRead() throws {
        let (_, bench) = try Bench.make(channels: 3)
        defer { bench.close() }
        let reader = try MultiReader(bench.readers)
        for timeout in [Timeout.zero, .milliseconds(2)] {
            let error = #expect(throws: SluiceError.self) { try reader.read(timeout: timeout) }
            #expect(error?.code == .timedOut)
        }
        try bench.writers[2].write([2])
        try bench.writers[2].write([12])
        var error = #expect(throws: SluiceError.self) { try reader.read(timeout: .zero) }
        #expect(error?.message.contains("c0, c1") == true)
        #expect(error?.message.contains("c2") == false)
        #expect(reader.unfinished == [nil, nil, [2]])
        try bench.writers[0].write([0])
        error = #expect(throws: SluiceError.self) { try reader.read(timeout: .milliseconds(2)) }
        #expect(error?.code == .timedOut)
        #expect(error?.channel == "c1")
        try bench.writers[1].write([1])
        #expect(try reader.read(timeout: .zero) == [[0], [1], [2]])
        // The next round has begun with what was there.
        #expect(throws: SluiceError.self) { try reader.read(timeout: .zero) }
        #expect(reader.unfinished == [nil, nil, [12]])
    }

    /// Wherever the error is, and whatever the others have.
    @Test(arguments: 0..<3) func c18AnErrorIsThrownAtOnceAndItsRoundDrained(culprit: Int) throws {
        let (_, bench) = try Bench.make(channels: 3)
        defer { bench.close() }
        let reader = try MultiReader(bench.readers)
        let (early, late) = ((culprit + 1) % 3, (culprit + 2) % 3)
        // One has its value, one its error, and the third nothing.
        try bench.writers[early].write([1])
        try bench.writers[culprit].write(failure: ApplicationFailure(kind: "Bad", message: "round 0"))
        let error = #expect(throws: SluiceError.self) { try reader.read() }
        #expect(error?.code == .application)
        #expect(error?.kind == "Bad")
        #expect(error?.channel == "c\(culprit)")
        // Two more rounds of the others, the second an error again, before the third brings its first item.
        for index in [early, culprit] { try bench.writers[index].write([10]) }
        #expect(throws: SluiceError.self) { try reader.read(timeout: .zero) }
        try bench.writers[early].write(failure: ApplicationFailure(kind: "Bad", message: "round 2"))
        let timedOut = #expect(throws: SluiceError.self) { try reader.read(timeout: .zero) }
        #expect(timedOut?.code == .timedOut)
        try bench.writers[late].write([0])
        try bench.writers[late].write([10])
        #expect(try reader.read(timeout: .zero) == [[10], [10], [10]])
        #expect(
            try #require(#expect(throws: SluiceError.self) { try reader.read(timeout: .zero) }).message == "round 2")
        // Round 2 is owed by two; what they bring for it is dropped, an error of theirs too.
        try bench.writers[culprit].write(failure: ApplicationFailure(kind: "Bad", message: "dropped"))
        try bench.writers[late].write([20])
        for index in 0..<3 { try bench.writers[index].write([30]) }
        #expect(try reader.read(timeout: .zero) == [[30], [30], [30]])
    }

    @Test func c18TheEndOfTheStreams() throws {
        let (fixture, bench) = try Bench.make(channels: 3)
        defer { bench.close() }
        let even = try MultiReader(Array(bench.readers.prefix(2)))
        for index in 0..<2 {
            try bench.writers[index].write([UInt8(index)])
            bench.writers[index].close()
        }
        #expect(try even.read() == [[0], [1]])
        for _ in 0..<2 { #expect(try even.read() == nil) }

        // One has ended, another goes on.
        let uneven = try MultiReader([bench.readers[0], bench.readers[2]])
        #expect(throws: SluiceError.self) { try uneven.read(timeout: .zero) }
        try bench.writers[2].write([2])
        for _ in 0..<2 {
            let error = #expect(throws: SluiceError.self) { try uneven.read() }
            #expect(error?.code == .closed)
            #expect(error?.channel == "c0")
            #expect(error?.message.contains("channel c2 goes on") == true)
            #expect(uneven.unfinished == [nil, [2]])
        }

        // A failure stays, and takes nothing from the others.
        let dying = try MultiReader([bench.readers[2], bench.dying])
        try bench.writers[2].write([3])
        try bench.dyingWriter.write([4])
        #expect(try dying.read() == [[3], [4]])
        try bench.writers[2].write([5])
        fixture.kill(channel: "dying")
        for _ in 0..<2 {
            let error = #expect(throws: SluiceError.self) { try dying.read() }
            #expect(error?.code == .writerDied)
            #expect(error?.channel == "dying")
        }
        #expect(dying.unfinished == [[5], nil])
    }

    /// An end in place of an item that is owed: no round can be completed any more, so nobody waits for one.
    @Test func c18AnEndInARoundThatHasFailed() throws {
        let (_, bench) = try Bench.make(channels: 2)
        defer { bench.close() }
        let reader = try MultiReader(bench.readers)
        try bench.writers[0].write(failure: ApplicationFailure(kind: "Bad", message: "m"))
        #expect(throws: SluiceError.self) { try reader.read() }
        bench.writers[1].close()
        let error = #expect(throws: SluiceError.self) { try reader.read() }
        #expect(error?.code == .closed)
        #expect(error?.channel == "c1")
    }

    @Test func c18OneCallAtATimeAndCloseEndsIt() async throws {
        let (_, bench) = try Bench.make(channels: 2)
        defer { bench.close() }
        let reader = try MultiReader(bench.readers)
        let job = try Job { try reader.read() }
        await suspendUntil { bench.readers[0].isInUse }
        let busy = await #expect(throws: SluiceError.self) { try await reader.read(timeout: .zero) }
        #expect(busy?.code == .invalidArgument)
        reader.close()
        let error = #expect(throws: SluiceError.self) { try job.value() }
        #expect(error?.code == .closed)
    }

    @Test func c18ChannelsOfSeveralTypes() async throws {
        let (_, bench) = try Bench.make(channels: 2)
        defer { bench.close() }
        let counts = CountReader(bench.readers[1])
        let reader = try TupleReader(bench.readers[0], counts)
        let writer = try MultiWriter([AnyChannelWriter(bench.writers[0]), AnyChannelWriter(bench.writers[1])])
        try await writer.write([[1, 2] as [UInt8], [7, 7, 7] as [UInt8]])
        let round = try #require(try await reader.read())
        #expect(round.0 == [1, 2])
        #expect(round.1 == 3)
        let wrong = await #expect(throws: SluiceError.self) { try await writer.write([[1] as [UInt8], "text"]) }
        #expect(wrong?.code == .cannotEncode)
        #expect(wrong?.channel == "c1")
        #expect(bench.writers.map(\.published) == [1, 1])
        try await writer.write(failure: ApplicationFailure(kind: "Bad", message: "m"))
        let error = await #expect(throws: SluiceError.self) { try await reader.read() }
        #expect(error?.code == .application)
        writer.close()
        #expect(try await reader.read() == nil)
    }
}

/// Another type of value over a channel of bytes: how many there are.
private final class CountReader: ReaderWrapper {
    private let reader: Reader
    var base: any ChannelReader { reader }

    init(_ reader: Reader) { self.reader = reader }

    var channel: String { reader.channel }
    func read(timeout: Timeout) throws(SluiceError) -> Int? { try reader.read(timeout: timeout)?.count }
    nonisolated(nonsending) func read(timeout: Timeout) async throws(SluiceError) -> Int? {
        try await reader.read(timeout: timeout)?.count
    }
    func readEncoded(timeout: Timeout) throws(SluiceError) -> EncodedValue? { try reader.readEncoded(timeout: timeout) }
    nonisolated(nonsending) func readEncoded(timeout: Timeout) async throws(SluiceError) -> EncodedValue? {
        try await reader.readEncoded(timeout: timeout)
    }
    func skip(timeout: Timeout) throws(SluiceError) -> Bool { try reader.skip(timeout: timeout) }
    nonisolated(nonsending) func skip(timeout: Timeout) async throws(SluiceError) -> Bool {
        try await reader.skip(timeout: timeout)
    }
    func close() { reader.close() }
}
