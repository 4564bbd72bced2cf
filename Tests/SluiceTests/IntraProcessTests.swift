import SharedMemory
import Sluice
import SluiceModel
import Synchronization
import Testing

/// A value that is the same only if it is the same instance.
final class Parcel: Sendable {
    let number: Int
    private let onEnd: (@Sendable () -> Void)?

    init(_ number: Int, onEnd: (@Sendable () -> Void)? = nil) {
        self.number = number
        self.onEnd = onEnd
    }

    deinit { onEnd?() }
}

extension Transcoder<Parcel> {
    static var parcels: Transcoder {
        Transcoder(
            encode: { parcel in
                guard parcel.number >= 0 else { throw MissingValue() }
                return EncodedValue(
                    kind: ValueKind.firstOfUsers, bytes: unsafe withUnsafeBytes(of: parcel.number) { unsafe Array($0) })
            },
            decode: { encoded in
                guard encoded.kind == ValueKind.firstOfUsers, encoded.bytes.count == 8 else { throw MissingValue() }
                return Parcel(unsafe encoded.bytes.withUnsafeBytes { unsafe $0.loadUnaligned(as: Int.self) })
            })
    }
}

/// One actor that writes to itself.
struct Loop<Value: Sendable> {
    let fixture: Fixture
    let worker: Worker
    let actor: SluiceActor
    let writer: IntraProcessWriter<Value>
    let reader: IntraProcessReader<Value>

    init(of type: Value.Type = Value.self, slots: Int = 4, by transcoder: Transcoder<Value>? = nil) throws {
        fixture = try Fixture()
        worker = try fixture.worker()
        actor = try worker.register(actor: "me")
        writer = try actor.createIntraProcessChannel("c", of: type, slots: slots)
        reader = try actor.openIntraProcessReader("c", of: type, by: transcoder)
    }
}

func code(_ body: () throws -> Void) -> SluiceError.Code? {
    do { try body() } catch { return (error as? SluiceError)?.code }
    return nil
}

@Suite("IntraProcess", .timeLimit(.minutes(2))) struct IntraProcessTests {
    @Test func c6ValuesArriveAsThemselves() throws {
        let loop = try Loop(of: Parcel.self)
        defer { loop.worker.close() }
        let parcels = (0..<4).map { Parcel($0) }
        for parcel in parcels { try loop.writer.write(parcel) }
        for parcel in parcels { #expect(try loop.reader.read() === parcel) }
        #expect(loop.writer.published == 4)
        #expect(loop.reader.next == 4)
    }

    @Test func c6ValuesOfAnySizeAndType() throws {
        let loop = try Loop(of: [UInt8]?.self, slots: 1)
        defer { loop.worker.close() }
        // The slot has 4096 bytes, none of which is used.
        for value in [nil, [], [1], pattern(3, count: 4096), pattern(4, count: 4097), pattern(5, count: 1 << 20)] {
            try loop.writer.write(.value(value))
            let got = try #require(try loop.reader.read())
            #expect(got == value)
        }
    }

    @Test func c6NothingIsKeptOnceRead() throws {
        let loop = try Loop(of: Parcel.self)
        defer { loop.worker.close() }
        let ended = Flag()
        try loop.writer.write(Parcel(1) { ended.isSet = true })
        #expect(!ended.isSet)
        #expect(try loop.reader.read()?.number == 1)
        #expect(ended.isSet)

        let skipped = Flag()
        try loop.writer.write(Parcel(2) { skipped.isSet = true })
        #expect(try loop.reader.skip())
        #expect(skipped.isSet)
    }

    @Test func c6TheBoundNamesTheReaderAndLosesNothing() throws {
        let loop = try Loop(of: Parcel.self, slots: 2)
        defer { loop.worker.close() }
        let parcels = (0..<3).map { Parcel($0) }
        try loop.writer.write(parcels[0])
        try loop.writer.write(parcels[1])
        for timeout in [Timeout.zero, .milliseconds(5)] {
            let error = #expect(throws: SluiceError.self) { try loop.writer.write(parcels[2], timeout: timeout) }
            #expect(error?.code == .timedOut)
            #expect(error?.actor == "me")
            #expect(error?.channel == "c")
        }
        #expect(loop.writer.published == 2)
        #expect(try loop.reader.read() === parcels[0])
        try loop.writer.write(parcels[2])
        #expect(try loop.reader.read() === parcels[1])
        #expect(try loop.reader.read() === parcels[2])
        for timeout in [Timeout.zero, .milliseconds(5)] {
            let error = #expect(throws: SluiceError.self) { _ = try loop.reader.read(timeout: timeout) }
            #expect(error?.code == .timedOut)
            #expect(error?.actor == "me")
        }
        try loop.writer.write(parcels[0])
        #expect(try loop.reader.read(timeout: .zero) === parcels[0])
    }

    @Test func c6TenThousandInOrderAcrossThreads() throws {
        let loop = try Loop(of: Parcel.self, slots: 3)
        defer { loop.worker.close() }
        let job = try Job {
            for number in 0..<10_000 { try loop.writer.write(Parcel(number)) }
            loop.writer.close()
        }
        var count = 0
        while let parcel = try loop.reader.read() {
            guard parcel.number == count else { break }
            count += 1
        }
        #expect(count == 10_000)
        try job.value()
    }

    @Test func c6SuspendedCallsAndCancellation() async throws {
        let loop = try Loop(of: Parcel.self, slots: 1)
        defer { loop.worker.close() }
        let reading = Task { try await loop.reader.read() }
        let parcel = Parcel(7)
        try await loop.writer.write(parcel)
        #expect(try await reading.value === parcel)

        let cancelled = Task { try await loop.reader.read() }
        cancelled.cancel()
        let error = await #expect(throws: SluiceError.self) { _ = try await cancelled.value }
        #expect(error?.code == .cancelled)
        try await loop.writer.write(parcel)
        let full = Task { try await loop.writer.write(Parcel(8)) }
        full.cancel()
        let writing = await #expect(throws: SluiceError.self) { try await full.value }
        #expect(writing?.code == .cancelled)
        #expect(try await loop.reader.read() === parcel)
        #expect(loop.writer.published == 2)
    }

    @Test func c6ErrorsInAValuesPlace() throws {
        let loop = try Loop(of: Parcel.self)
        defer { loop.worker.close() }
        try loop.writer.write(Parcel(0))
        try loop.writer.write(failure: ApplicationFailure(kind: "Bad", message: "it went wrong"))
        try loop.writer.write(Parcel(2))
        #expect(try loop.reader.read()?.number == 0)
        let error = #expect(throws: SluiceError.self) { _ = try loop.reader.read() }
        #expect(error?.code == .application)
        #expect(error?.kind == "Bad")
        #expect(error?.message == "it went wrong")
        #expect(error?.actor == "me")
        #expect(error?.sequence == 1)
        #expect(try loop.reader.read()?.number == 2)
    }

    @Test func c6ClosedWriterIsDrainedThenEnds() throws {
        let loop = try Loop(of: Parcel.self)
        defer { loop.worker.close() }
        try loop.writer.write(Parcel(0))
        try loop.writer.write(Parcel(1))
        loop.writer.close()
        loop.writer.close()
        #expect(code { try loop.writer.write(Parcel(2)) } == .closed)
        #expect(try loop.reader.read()?.number == 0)
        #expect(try loop.reader.read()?.number == 1)
        #expect(try loop.reader.read() == nil)
        #expect(try loop.reader.readEncoded() == nil)
        #expect(try !loop.reader.skip())
        loop.reader.close()
        #expect(code { _ = try loop.reader.read() } == .closed)
    }

    @Test func c6AWriterThatIsDroppedLeavesItsValues() throws {
        let fixture = try Fixture()
        let worker = try fixture.worker()
        defer { worker.close() }
        let actor = try worker.register(actor: "me")
        let ended = Flag()
        do {
            let writer = try actor.createIntraProcessChannel("c", of: Parcel.self)
            try writer.write(Parcel(0))
            try writer.write(Parcel(1) { ended.isSet = true })
        }
        // Opened only now, with the writer gone.
        let reader = try actor.openIntraProcessReader("c", of: Parcel.self)
        #expect(try reader.read()?.number == 0)
        #expect(!ended.isSet)
        #expect(try reader.read()?.number == 1)
        #expect(ended.isSet)
        #expect(try reader.read() == nil)
    }

    @Test func c6AReaderMayBeOpenedFirst() throws {
        let fixture = try Fixture()
        let worker = try fixture.worker()
        defer { worker.close() }
        let actor = try worker.register(actor: "me")
        let opening = try Job { try actor.openIntraProcessReader("c", of: Parcel.self) }
        let writer = try actor.createIntraProcessChannel("c", of: Parcel.self)
        let parcel = Parcel(1)
        try writer.write(parcel)
        #expect(try opening.value().read() === parcel)
    }

    @Test func c6WhatAClosedReaderLeavesIsLetGo() throws {
        let loop = try Loop(of: Parcel.self, slots: 4)
        defer { loop.worker.close() }
        let ended = Collector<Int>()
        for number in 0..<3 { try loop.writer.write(Parcel(number) { ended.add(number) }) }
        loop.reader.close()
        #expect(ended.all.sorted() == [0, 1, 2])
        // Written to nobody: once the ring knows that there is no reader nothing waits, and nothing is kept.
        for number in 3..<20 { try loop.writer.write(Parcel(number) { ended.add(number) }) }
        #expect(ended.all.sorted() == Array(0..<20))
        var reader: IntraProcessReader<Parcel>?
        eventually {
            reader = try? loop.actor.openIntraProcessReader("c", of: Parcel.self)
            return reader != nil
        }
        // The first one's second close is none of the second's business.
        let parcel = Parcel(20)
        try loop.writer.write(parcel)
        loop.reader.close()
        let next = try #require(reader)
        #expect(next.next == 20)
        #expect(try next.read() === parcel)
    }

    @Test func c6RolledBackStagesLeaveNothing() throws {
        let loop = try Loop(of: Parcel.self, slots: 1)
        defer { loop.worker.close() }
        let ended = Flag()
        try loop.writer.stage(.value(Parcel(0) { ended.isSet = true }), timeout: .zero)
        #expect(code { _ = try loop.reader.read(timeout: .zero) } == .timedOut)
        #expect(!ended.isSet)
        loop.writer.rollBack()
        #expect(ended.isSet)
        try loop.writer.stage(.failure(ApplicationFailure(kind: "k", message: "m")), timeout: .zero)
        loop.writer.rollBack()
        let parcel = Parcel(1)
        try loop.writer.stage(.value(parcel), timeout: .zero)
        loop.writer.commit()
        #expect(try loop.reader.read(timeout: .zero) === parcel)
    }

    @Test func c6AWriterDroppedWithAStageEndsInOrder() throws {
        let fixture = try Fixture()
        let worker = try fixture.worker()
        defer { worker.close() }
        let actor = try worker.register(actor: "me")
        let ended = Flag()
        do {
            let writer = try actor.createIntraProcessChannel("c", of: Parcel.self)
            try writer.write(Parcel(0))
            try writer.stage(.value(Parcel(1) { ended.isSet = true }), timeout: .zero)
        }
        #expect(ended.isSet)
        let reader = try actor.openIntraProcessReader("c", of: Parcel.self)
        #expect(try reader.read()?.number == 0)
        #expect(try reader.read(timeout: .seconds(20)) == nil)
        do {
            let writer = try actor.createIntraProcessChannel("d", of: Parcel.self)
            try writer.stage(.failure(ApplicationFailure(kind: "k", message: "m")), timeout: .zero)
        }
        #expect(try actor.openIntraProcessReader("d", of: Parcel.self).read(timeout: .seconds(20)) == nil)
    }

    @Test func c6EncodedItems() throws {
        let encoded = try Transcoder.parcels.encode(Parcel(5))
        let without = try Loop(of: Parcel.self)
        defer { without.worker.close() }
        try without.writer.write(encoded: encoded)
        try without.writer.write(encoded: encoded)
        try without.writer.write(Parcel(6))
        try without.writer.write(Parcel(7))
        #expect(code { _ = try without.reader.read() } == .cannotDecode)
        #expect(try without.reader.readEncoded() == encoded)
        // Consumed, and the channel goes on.
        #expect(code { _ = try without.reader.readEncoded() } == .cannotEncode)
        #expect(try without.reader.read()?.number == 7)
        let forged = EncodedValue(kind: ValueKind.handedOver, bytes: [])
        #expect(code { try without.writer.write(encoded: forged) } == .invalidArgument)
        let large = EncodedValue(bytes: pattern(0, count: 4097))
        #expect(code { try without.writer.write(encoded: large) } == .valueTooLarge)

        let with = try Loop(of: Parcel.self, by: .parcels)
        defer { with.worker.close() }
        try with.writer.write(encoded: encoded)
        try with.writer.write(encoded: EncodedValue(kind: 9, bytes: [1]))
        try with.writer.write(Parcel(5))
        #expect(try with.reader.read()?.number == 5)
        let error = #expect(throws: SluiceError.self) { _ = try with.reader.read() }
        #expect(error?.code == .cannotDecode)
        #expect(error?.sequence == 1)
        #expect(error?.cause?.contains("MissingValue") == true)
        #expect(try with.reader.readEncoded() == encoded)
    }

    @Test func c6BothEndsNameOneType() throws {
        let fixture = try Fixture()
        let worker = try fixture.worker()
        defer { worker.close() }
        let actor = try worker.register(actor: "me")
        let writer = try actor.createIntraProcessChannel("c", of: Int.self)
        let error = #expect(throws: SluiceError.self) { _ = try actor.openIntraProcessReader("c", of: String.self) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("Int") == true)
        #expect(error?.message.contains("String") == true)
        try writer.write(1)
    }

    @Test func c6OnlyForOneActor() throws {
        let fixture = try Fixture()
        let (worker, writer, readers) = try fixture.channel()
        defer { worker.close() }
        #expect(code { _ = try IntraProcessWriter<Int>(writer) } == .invalidArgument)
        #expect(code { _ = try IntraProcessReader<Int>(readers[0]) } == .invalidArgument)
        let actor = try worker.register(actor: "me")
        let own = try actor.createChannel("own", readers: ["me", "me"])
        let first = try IntraProcessWriter<Int>(own)
        #expect(code { _ = try IntraProcessWriter<Int>(own) } == .invalidArgument)
        _ = first
    }

    @Test func c6ALaterLifeOfTheActorIsToldWhatIsLost() throws {
        let fixture = try Fixture()
        let former = try fixture.worker()
        let later = try fixture.worker()
        defer { later.close() }
        let writer = try former.register(actor: "me").createIntraProcessChannel("c", of: Parcel.self)
        try writer.write(Parcel(0))
        former.close()
        let actor = try later.register(actor: "me")
        let reader = try actor.openIntraProcessReader("c", of: Parcel.self)
        let error = #expect(throws: SluiceError.self) { _ = try reader.read() }
        #expect(error?.code == .cannotDecode)
        #expect(error?.sequence == 0)
        #expect(try reader.read() == nil)
    }

    @Test func c6ClosingWakesWhoWaits() throws {
        let loop = try Loop(of: Parcel.self)
        defer { loop.worker.close() }
        let reading = try Job { try loop.reader.read() }
        loop.writer.close()
        #expect(try reading.value() == nil)
        let other = try loop.actor.createIntraProcessChannel("d", of: Parcel.self, slots: 1)
        let reader = try loop.actor.openIntraProcessReader("d", of: Parcel.self)
        let waiting = try Job { code { _ = try reader.read() } }
        reader.close()
        #expect(try waiting.value() == .closed)
        _ = other
    }
}
