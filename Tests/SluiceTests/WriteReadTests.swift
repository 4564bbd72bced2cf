import SharedMemory
import Sluice
import SluiceModel
import Testing

@Suite("Write and read", .timeLimit(.minutes(1))) struct WriteReadTests {
    @Test(arguments: [0, 1, 1023, 1024])
    func carriesEverySizeThatFits(_ size: Int) throws {
        let fixture = try Fixture()
        let (worker, writer, readers) = try fixture.channel()
        defer { worker.close() }
        let value = pattern(size, count: size)
        try writer.write(value)
        try unsafe value.withUnsafeBytes { try unsafe writer.write($0) }
        try unsafe writer.write(value.span.bytes)
        for _ in 0..<3 { #expect(try readers[0].read() == value) }
        #expect(writer.published == 3)
        #expect(readers[0].next == 3)
        #expect(readers[0].first == 0)
        #expect(readers[0].channel == "c")
    }

    @Test func refusesWhatExceedsTheSlot() throws {
        let fixture = try Fixture()
        let (worker, writer, readers) = try fixture.channel()
        defer { worker.close() }
        let error = #expect(throws: SluiceError.self) { try writer.write([UInt8](repeating: 1, count: 1025)) }
        #expect(error?.code == .valueTooLarge)
        #expect(error?.needed == 1025)
        #expect(error?.available == 1024)
        #expect(error?.channel == "c")
        #expect(writer.published == 0)
        try writer.write([7])
        #expect(try readers[0].read() == [7])
    }

    @Test func timesOutNamingWhoHoldsTheChannelBack() throws {
        let fixture = try Fixture()
        let worker = try fixture.worker()
        defer { worker.close() }
        let writer = try worker.register(actor: "w").createChannel(
            "c", readers: ["fast", "slow"], slots: 2, slotSize: 8)
        for _ in 0..<2 { try writer.write([1]) }

        var error = #expect(throws: SluiceError.self) { try writer.write([1], timeout: .zero) }
        #expect(error?.code == .timedOut)
        #expect(error?.message.contains("has not opened it yet") == true)

        let fast = try worker.register(actor: "fast").openReader("c")
        let slow = try worker.register(actor: "slow").openReader("c")
        for _ in 0..<2 { _ = try fast.read() }
        error = #expect(throws: SluiceError.self) { try writer.write([1], timeout: .milliseconds(5)) }
        #expect(error?.actor == "slow")
        #expect(error?.pid == ProcessIdentity.current().pid)
        #expect(error?.sequence == 0)
        #expect(error?.message.contains("has not read value 0") == true)

        let held = try slow.lease()
        error = #expect(throws: SluiceError.self) { try writer.write([1], timeout: .milliseconds(1)) }
        #expect(error?.message.contains("has held value 0 for") == true)
        held?.release()
        try writer.write([1], timeout: .zero)
        #expect(writer.published == 3)
    }

    @Test func aReadersTimeoutNamesTheWriterAndChangesNothing() throws {
        let fixture = try Fixture()
        let (worker, writer, readers) = try fixture.channel()
        defer { worker.close() }
        for timeout in [Timeout.zero, .milliseconds(3)] {
            let error = #expect(throws: SluiceError.self) { _ = try readers[0].read(timeout: timeout) }
            #expect(error?.code == .timedOut)
            #expect(error?.actor == "w")
            #expect(error?.node == "n1")
            #expect(error?.sequence == 0)
        }
        try writer.write([5])
        #expect(try readers[0].read(timeout: .zero) == [5])
    }

    @Test func readsIntoMemoryOfTheCallers() async throws {
        let fixture = try Fixture()
        let (worker, writer, readers) = try fixture.channel()
        defer { worker.close() }
        for value: [UInt8] in [[1, 2, 3], [], [4, 5, 6, 7]] { try await writer.write(value) }
        var buffer = [UInt8](repeating: 9, count: 5)
        func read(_ room: Int) throws -> Int? {
            try unsafe buffer.withUnsafeMutableBytes { try unsafe readers[0].read(into: .init(rebasing: $0[..<room])) }
        }
        // As often as one likes: the value stays.
        for room in [0, 2, 2] {
            let tooSmall = #expect(throws: SluiceError.self) { _ = try read(room) }
            #expect(tooSmall?.code == .valueTooLarge)
            #expect(tooSmall?.channel == "c")
            #expect(tooSmall?.sequence == 0)
            #expect(tooSmall?.needed == 3)
            #expect(tooSmall?.available == UInt64(room))
            #expect(readers[0].next == 0)
        }
        // Exactly as large, larger than needed, and none where nothing is needed.
        #expect(try read(3) == 3)
        #expect(buffer == [1, 2, 3, 9, 9])
        #expect(try read(0) == 0)
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 5, alignment: 1)
        defer { unsafe room.deallocate() }
        let small = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<3])
        let tooSmall = await #expect(throws: SluiceError.self) { _ = try await unsafe readers[0].read(into: small) }
        #expect(tooSmall?.code == .valueTooLarge)
        #expect(try await unsafe readers[0].read(into: room) == 4)
        #expect(unsafe room[..<4].elementsEqual([4, 5, 6, 7]))
        writer.close()
        #expect(try read(0) == nil)
    }

    @Test func manyValuesInOrderWhileTheWriterWaits() throws {
        let fixture = try Fixture()
        let (worker, writer, readers) = try fixture.channel(slots: 3, slotSize: 64)
        defer { worker.close() }
        let count = 20_000
        let job = try Job {
            for number in 0..<count { try writer.write(pattern(number, count: number % 65)) }
            writer.close()
        }
        var number = 0
        while let value = try readers[0].read() {
            #expect(value == pattern(number, count: number % 65))
            number += 1
        }
        #expect(number == count)
        try job.value()
    }

    @Test func sixtyFourReadersEachGetEverything() throws {
        let fixture = try Fixture()
        let names = (0..<64).map { "r\($0)" }
        let (worker, writer, readers) = try fixture.channel(readers: names, slots: 8, slotSize: 64)
        defer { worker.close() }
        let jobs = try readers.map { reader in
            try Job {
                var count = 0
                while let value = try reader.read() {
                    guard value == pattern(count, count: 16) else { return -1 }
                    count += 1
                }
                return count
            }
        }
        for number in 0..<300 { try writer.write(pattern(number, count: 16)) }
        writer.close()
        for job in jobs { #expect(try job.value() == 300) }
    }
}

@Suite("Loans and leases", .timeLimit(.minutes(1))) struct LoanLeaseTests {
    @Test func aLoanIsPublishedOrGivenBack() throws {
        let fixture = try Fixture()
        let (worker, writer, readers) = try fixture.channel(slots: 1, slotSize: 16)
        defer { worker.close() }
        do {
            var loan = try writer.loan()
            unsafe loan.withUnsafeMutableBytes { unsafe $0.storeBytes(of: 0xdead, as: UInt32.self) }
            // Dropped: nothing is published, and the only slot is free again.
        }
        #expect(writer.published == 0)
        var loan = try writer.loan(timeout: .zero)
        #expect(loan.capacity == 16)
        #expect(loan.sequence == 0)
        var bytes = loan.bytes
        bytes.storeBytes(of: 42, as: UInt64.self)
        let busy = #expect(throws: SluiceError.self) { try writer.write([1]) }
        #expect(busy?.code == .invalidArgument)
        try loan.publish(count: 8)
        let lease = try value(readers[0].lease())
        #expect(lease.count == 8)
        #expect(lease.sequence == 0)
        #expect(lease.kind == 0)
        #expect(unsafe lease.bytes.unsafeLoad(as: UInt64.self) == 42)
    }

    @Test func aLoanOfTooManyBytesIsGivenBack() throws {
        let fixture = try Fixture()
        let (worker, writer, _) = try fixture.channel(slots: 1, slotSize: 16)
        defer { worker.close() }
        for (count, code) in [(17, SluiceError.Code.valueTooLarge), (-1, .invalidArgument)] {
            let loan = try writer.loan(timeout: .zero)
            do throws(SluiceError) {
                try loan.publish(count: count)
                Issue.record("\(count) bytes were published")
            } catch { #expect(error.code == code) }
        }
        try writer.write([], timeout: .zero)
    }

    @Test func leasesGoBackInAnyOrder() throws {
        let fixture = try Fixture()
        let (worker, writer, readers) = try fixture.channel(slots: 3, slotSize: 8)
        defer { worker.close() }
        for number in 0..<3 { try writer.write([UInt8(number)]) }
        let first = try value(readers[0].lease())
        let second = try value(readers[0].lease())
        let third = try value(readers[0].lease())
        third.release()
        second.release()
        #expect(throws: SluiceError.self) { try writer.write([9], timeout: .zero) }
        #expect(unsafe first.withUnsafeBytes { unsafe $0[0] } == 0)
        first.release()
        for number in 3..<6 { try writer.write([UInt8(number)], timeout: .zero) }
        #expect(throws: SluiceError.self) { try writer.write([9], timeout: .zero) }
        // A reader that is dropped no longer holds the writer up.
        withExtendedLifetime(readers) {}
    }

    @Test func aLeaseOutlivesItsReaderAndItsWorker() throws {
        let fixture = try Fixture()
        let readers = try fixture.worker()
        let worker = try fixture.worker()
        defer { worker.close() }
        let writer = try worker.register(actor: "w").createChannel("c", readers: ["r"], slots: 1, slotSize: 8)
        var lease: ReadLease?
        do {
            let reader = try readers.register(actor: "r").openReader("c")
            try writer.write([4])
            lease = try reader.lease()
            reader.close()
        }
        readers.close()
        // Still held: the writer must not get the slot.
        #expect(throws: SluiceError.self) { try writer.write([5], timeout: .milliseconds(20)) }
        #expect(unsafe lease?.withUnsafeBytes { unsafe $0[0] } == 4)
        lease = nil
        try writer.write([5])
    }

    @Test func aLoanOutlivesItsWriterAndEndsTheStream() throws {
        let fixture = try Fixture()
        let worker = try fixture.worker()
        defer { worker.close() }
        var writer: Writer? = try worker.register(actor: "w").createChannel("c", readers: ["r"], slots: 2, slotSize: 8)
        let reader = try worker.register(actor: "r").openReader("c")
        let loan = try unsafe writer.unsafelyUnwrapped.loan()
        writer = nil
        try loan.publish(count: 3)
        #expect(try reader.read()?.count == 3)
        #expect(try reader.read() == nil)
    }
}
