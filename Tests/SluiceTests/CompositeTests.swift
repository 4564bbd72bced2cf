import SharedMemory
import Sluice
import SluiceModel
import Testing

/// One actor that writes to itself and to another, in a worker of its own.
private struct Pair {
    let fixture: Fixture
    let workers: [Worker]
    let writer: CompositeWriter<Parcel>
    let own: CompositeReader<Parcel>
    let other: CompositeReader<Parcel>

    init(slots: Int = 4, slotSize: Int = 1024) throws {
        fixture = try Fixture()
        workers = [try fixture.worker(), try fixture.worker()]
        let me = try workers[0].register(actor: "me")
        let you = try workers[1].register(actor: "you")
        let made = try me.createCompositeChannel(
            "c", readers: ["me", "you", "me"], by: .parcels, slots: slots, slotSize: slotSize)
        writer = try #require(made as? CompositeWriter<Parcel>)
        own = try me.openCompositeReader("c", by: .parcels)
        other = try you.openCompositeReader("c", by: .parcels)
    }

    func close() { for worker in workers { worker.close() } }
}

@Suite("Composite", .timeLimit(.minutes(2))) struct CompositeTests {
    @Test func c10OneWriteByReferenceAndEncoded() throws {
        let pair = try Pair()
        defer { pair.close() }
        let parcel = Parcel(3)
        try pair.writer.write(parcel)
        #expect(try pair.own.read() === parcel)
        let copy = try #require(try pair.other.read())
        #expect(copy !== parcel)
        #expect(copy.number == 3)
    }

    @Test func c10TheSameOrderOnBothPaths() throws {
        let pair = try Pair(slots: 3)
        defer { pair.close() }
        let encoded = try Transcoder.parcels.encode(Parcel(0))
        let writing = try Job {
            for number in 0..<3000 {
                switch number % 10 {
                case 4: try pair.writer.write(failure: ApplicationFailure(kind: "k", message: "\(number)"))
                case 7: try pair.writer.write(encoded: encoded)
                default: try pair.writer.write(Parcel(number))
                }
            }
            pair.writer.close()
        }
        let jobs = try [pair.own, pair.other].map { reader in
            try Job {
                var seen: [String] = []
                while true {
                    do {
                        guard let parcel = try reader.read() else { return seen }
                        seen.append("\(parcel.number)")
                    } catch let error as SluiceError where error.code == .application {
                        seen.append("failure \(error.message) of \(error.actor ?? "") at \(error.sequence ?? 0)")
                    }
                }
            }
        }
        let seen = try jobs.map { try $0.value() }
        #expect(seen[0].count == 3000)
        #expect(seen[0] == seen[1])
        #expect(seen[0][4] == "failure 4 of me at 4")
        #expect(seen[0][2999] == "2999")
        try writing.value()
    }

    @Test func c10FailedStagesChangeNeitherPath() throws {
        let pair = try Pair(slots: 1)
        defer { pair.close() }
        let ended = Collector<Int>()
        func parcel(_ number: Int) -> Parcel { Parcel(number) { ended.add(number) } }
        let error = #expect(throws: SluiceError.self) { try pair.writer.write(parcel(-1)) }
        #expect(error?.code == .cannotEncode)
        #expect(ended.all == [-1])
        #expect(code { _ = try pair.own.read(timeout: .zero) } == .timedOut)

        try pair.writer.write(parcel(0))
        // The other reader has room only once it has read.
        #expect(try pair.own.read()?.number == 0)
        let late = #expect(throws: SluiceError.self) { try pair.writer.write(parcel(1), timeout: .milliseconds(5)) }
        #expect(late?.code == .timedOut)
        #expect(late?.actor == "you")
        #expect(ended.all == [-1, 0, 1])
        #expect(code { _ = try pair.own.read(timeout: .zero) } == .timedOut)
        #expect(pair.writer.published == 1)
        #expect(try pair.other.read()?.number == 0)

        // The own reader holds the others back in just the same way.
        try pair.writer.write(parcel(2))
        #expect(try pair.other.read()?.number == 2)
        let own = #expect(throws: SluiceError.self) { try pair.writer.write(parcel(3), timeout: .zero) }
        #expect(own?.actor == "me")
        #expect(try pair.own.read()?.number == 2)

        try pair.writer.stage(.value(parcel(4)), timeout: .zero)
        for reader in [pair.own, pair.other] { #expect(code { _ = try reader.read(timeout: .zero) } == .timedOut) }
        pair.writer.rollBack()
        #expect(ended.all.sorted() == [-1, 0, 1, 2, 3, 4])
        try pair.writer.write(parcel(5))
        for reader in [pair.own, pair.other] { #expect(try reader.read(timeout: .zero)?.number == 5) }
    }

    @Test func c10AValueThatIsTooLargeForTheOthersIsForNobody() throws {
        let pair = try Pair(slotSize: 7)
        defer { pair.close() }
        #expect(code { try pair.writer.write(Parcel(1)) } == .valueTooLarge)
        for reader in [pair.own, pair.other] { #expect(code { _ = try reader.read(timeout: .zero) } == .timedOut) }
    }

    @Test func c10EncodedReadsAreTheSameOnBothPaths() throws {
        let pair = try Pair()
        defer { pair.close() }
        let ended = Flag()
        try pair.writer.write(Parcel(1) { ended.isSet = true })
        try pair.writer.write(failure: ApplicationFailure(kind: "k", message: "m"))
        let own = [try pair.own.readEncoded(), try pair.own.readEncoded()]
        let other = [try pair.other.readEncoded(), try pair.other.readEncoded()]
        #expect(own == other)
        #expect(own[0] == (try Transcoder.parcels.encode(Parcel(1))))
        #expect(own[1]?.kind == ValueKind.failure)
        #expect(ended.isSet)
    }

    @Test func c10OneReaderClosesAndTheOtherGoesOn() throws {
        let pair = try Pair(slots: 1)
        defer { pair.close() }
        let ended = Flag()
        try pair.writer.write(Parcel(0) { ended.isSet = true })
        pair.own.close()
        #expect(ended.isSet)
        #expect(try pair.other.read()?.number == 0)
        for number in 1..<50 {
            try pair.writer.write(Parcel(number))
            #expect(try pair.other.read()?.number == number)
        }
        pair.writer.close()
        #expect(try pair.other.read() == nil)
    }

    @Test func c10BytesByWayOfTheRingsOwnWriter() async throws {
        let fixture = try Fixture()
        let worker = try fixture.worker()
        defer { worker.close() }
        let me = try await worker.register(actor: "me")
        let you = try await worker.register(actor: "you")
        let ring = try await me.createChannel("c", readers: ["you", "me"], slots: 2, slotSize: 64)
        let writer = try CompositeWriter(over: ring, encoding: ring)
        let own = try await me.openCompositeReader("c", by: .bytes)
        // Another actor of the same worker: it gets the slot's bytes, and takes nothing of the own reader's.
        let other = try await you.openReader("c")
        for count in [0, 1, 63, 64] {
            try await writer.write(pattern(count, count: count))
            #expect(try await other.read() == pattern(count, count: count))
            #expect(try await own.read() == pattern(count, count: count))
        }
        let error = await #expect(throws: SluiceError.self) { try await writer.write(pattern(0, count: 65)) }
        #expect(error?.code == .valueTooLarge)
    }

    @Test func c10TheFormIsDecidedOnce() {
        #expect(ChannelForm(writer: "w", readers: ["w"], slots: 1) == .intraProcess)
        #expect(ChannelForm(writer: "w", readers: ["w", "w"], slots: 9) == .intraProcess)
        #expect(ChannelForm(writer: "w", readers: ["w", "r"], slots: 1) == .composite)
        #expect(ChannelForm(writer: "w", readers: ["r", "s", "w"], slots: 9) == .composite)
        #expect(ChannelForm(writer: "w", readers: ["r"], slots: 1) == .sharedMemory)
        #expect(ChannelForm(writer: "w", readers: ["r", "s"], slots: 2) == .bufferedSharedMemory)
        #expect(ReaderRoute(writer: "w", on: "n1", reader: "w", on: "n1") == .sameActor)
        #expect(ReaderRoute(writer: "w", on: "n1", reader: "r", on: "n1") == .sameNode)
        #expect(ReaderRoute(writer: "w", on: "n1", reader: "r", on: "n2") == .otherNode)
    }

    @Test func c10TheWriterIsWhatTheFormSays() throws {
        let fixture = try Fixture()
        let worker = try fixture.worker()
        defer { worker.close() }
        let me = try worker.register(actor: "me")
        let you = try worker.register(actor: "you")
        let alone = try me.createCompositeChannel("a", readers: ["me"], by: Transcoder.parcels)
        #expect(alone is IntraProcessWriter<Parcel>)
        let others = try me.createCompositeChannel("b", readers: ["you"], by: Transcoder.parcels)
        #expect(others is TranscodedWriter<Parcel>)
        for (writer, actor, channel) in [(alone, me, "a"), (others, you, "b")] {
            let reader = try actor.openCompositeReader(channel, by: Transcoder.parcels)
            try writer.write(Parcel(5))
            #expect(try reader.read()?.number == 5)
            writer.close()
            #expect(try reader.read() == nil)
        }
    }
}
