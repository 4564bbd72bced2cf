import Glibc
import SharedMemory
import Sluice
import SluiceModel
import Testing
import Wire

@Suite("Ends", .timeLimit(.minutes(1))) struct EndTests {
    @Test func readersDrainAndThenSeeTheEnd() throws {
        let fixture = try Fixture()
        let (worker, writer, readers) = try fixture.channel()
        defer { worker.close() }
        try writer.write([1])
        try writer.write([2])
        writer.close()
        writer.close()
        #expect(try readers[0].read() == [1])
        #expect(try readers[0].read() == [2])
        #expect(try readers[0].read() == nil)
        #expect(try readers[0].read() == nil)
        let error = #expect(throws: SluiceError.self) { try writer.write([3]) }
        #expect(error?.code == .closed)
    }

    @Test func droppingAWriterEndsItInOrder() throws {
        let fixture = try Fixture()
        let worker = try fixture.worker()
        defer { worker.close() }
        let reader: Reader
        do {
            let writer = try worker.register(actor: "w").createChannel("c", readers: ["r"])
            reader = try worker.register(actor: "r").openReader("c")
            try writer.write([1])
        }
        #expect(try reader.read() == [1])
        #expect(try reader.read() == nil)
    }

    /// The control thread looks up in the middle of the close, and must not take it for over.
    @Test func closingABusyWorkerEndsItsWritersInOrder() throws {
        let rounds = 50
        let fixture = try Fixture()
        let enough = Flag()
        let noise = try Job {
            while !enough.isSet {
                fixture.agent.shout(.lineFree(line: 7))
                sched_yield()
            }
        }
        for round in 0..<rounds {
            let worker = try fixture.worker()
            let actor = try worker.register(actor: "w")
            let writers = try (0..<4).map { try actor.createChannel("c\(round).\($0)", readers: ["r"]) }
            for writer in writers { try writer.write([1]) }
            worker.close()
            withExtendedLifetime(writers) {}
        }
        enough.isSet = true
        try noise.value()
        let closes = fixture.agent.state.withLock { state in
            state.heard.count { if case .closeWriter(_, 1) = $0.body { true } else { false } }
        }
        #expect(closes == 4 * rounds)
    }

    @Test func aReaderThatComesAfterTheEndGetsEverything() throws {
        let fixture = try Fixture()
        let worker = try fixture.worker()
        defer { worker.close() }
        let writer = try worker.register(actor: "w").createChannel("c", readers: ["r"])
        try writer.write([1])
        writer.close()
        let reader = try worker.register(actor: "r").openReader("c")
        #expect(try reader.read() == [1])
        #expect(try reader.read() == nil)
    }

    @Test func closingWakesWhoWaits() throws {
        let fixture = try Fixture()
        let (worker, writer, readers) = try fixture.channel(slots: 1)
        defer { worker.close() }
        let reader = readers[0]
        try writer.write([1])
        let held = try reader.lease()
        let writing = try Job { try writer.write([2]) }
        let reading = try Job { _ = try reader.read() }
        for (close, job) in [(reader.close, reading), (writer.close, writing)] {
            close()
            let error = #expect(throws: SluiceError.self) { try job.value() }
            #expect(error?.code == .closed)
        }
        _ = consume held
    }

    @Test(arguments: 0..<20)
    func closeRacesWithWriting(_ round: Int) throws {
        let fixture = try Fixture()
        let (worker, writer, readers) = try fixture.channel(slots: 4, slotSize: 8)
        defer { worker.close() }
        let writing = try Job { () -> UInt64 in
            var count: UInt64 = 0
            do {
                while true {
                    try writer.write([UInt8(truncatingIfNeeded: count)])
                    count += 1
                }
            } catch let error as SluiceError where error.code == .closed { return count }
        }
        let reader = readers[0]
        let reading = try Job { () -> UInt64 in
            var count: UInt64 = 0
            while try reader.read() != nil { count += 1 }
            return count
        }
        eventually { writer.published > UInt64(round * 50) }
        writer.close()
        let written = try writing.value()
        #expect(try reading.value() == written)
        #expect(writer.published == written)
    }

    @Test(arguments: 0..<20)
    func closingAReaderLetsTheOthersGoOn(_ round: Int) throws {
        let fixture = try Fixture()
        let (worker, writer, readers) = try fixture.channel(readers: ["a", "b"], slots: 2, slotSize: 8)
        defer { worker.close() }
        let (closing, staying) = (readers[0], readers[1])
        let leaving = try Job { () -> Bool in
            do {
                while try closing.read() != nil {}
                return false
            } catch let error as SluiceError { return error.code == .closed }
        }
        let reading = try Job { () -> Int in
            var count = 0
            while try staying.read() != nil { count += 1 }
            return count
        }
        for number in 0..<500 {
            try writer.write([1])
            if number == round * 10 { closing.close() }
        }
        writer.close()
        #expect(try reading.value() == 500)
        #expect(try leaving.value())
    }

    @Test func closingTheWorkerEndsEverything() throws {
        let fixture = try Fixture()
        let other = try fixture.worker()
        defer { other.close() }
        let (worker, writer, readers) = try fixture.channel(readers: ["r", "s"], slots: 1)
        let outside = try other.register(actor: "s2")
        let reader = readers[0]
        let waiting = try Job { try reader.read() }
        let writing = try Job { while true { try writer.write([1]) } }
        worker.close()
        worker.close()
        for error in [
            #expect(throws: SluiceError.self, performing: { _ = try readers[1].read() }),
            #expect(throws: SluiceError.self, performing: { try writing.value() }),
            #expect(throws: SluiceError.self, performing: { _ = try worker.register(actor: "x") }),
        ] { #expect(error?.code == .closed) }
        // It may have had the first value before the close.
        do { _ = try waiting.value() } catch let error as SluiceError { #expect(error.code == .closed) }
        #expect(throws: SluiceError.self) { _ = try outside.openReader("nothing", timeout: .zero) }
    }

    @Test func aNameCanBeUsedAgain() throws {
        let fixture = try Fixture()
        let worker = try fixture.worker()
        defer { worker.close() }
        let actor = try worker.register(actor: "w")
        let first = try actor.createChannel("c", readers: ["r"])
        let error = #expect(throws: SluiceError.self) { _ = try actor.createChannel("c", readers: ["r"]) }
        #expect(error?.code == .nameTaken)
        first.close()
        let second = try actor.createChannel("c", readers: ["r"])
        let reader = try worker.register(actor: "r").openReader("c")
        try second.write([2])
        #expect(try reader.read() == [2])
    }
}
