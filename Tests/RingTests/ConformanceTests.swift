import Ring
import RingTestKit
import SharedMemory
import SluiceModel
import Synchronization
import Testing

/// What every ring must do, over memory of one process and over memfds alike.
@Suite struct ConformanceTests {
    @Test(.timeLimit(.minutes(1)), arguments: Backing.allCases)
    func valuesArriveInOrderOnceAndWhole(_ backing: Backing) throws {
        for slots in [1, 2, 3, 7, 64] {
            let pattern = Pattern(mostBytes: 100)
            let rig = try Rig(backing, slots: slots, slotSize: 100)
            let readers = try (0..<3).map { _ in try rig.addReader() }
            let counts = try drainAll(rig.writer, readers, pattern) {
                for _ in 0..<2_000 { try rig.write(pattern) }
                let final = rig.writer.finish()
                for reader in readers { reader.reader.recordEnd(final: final, reason: .closed) }
            }
            #expect(counts == [2_000, 2_000, 2_000], "slots \(slots)")
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: Backing.allCases)
    func hundredThousandValues(_ backing: Backing) throws {
        let pattern = Pattern(mostBytes: 16)
        let rig = try Rig(backing, slots: 256, slotSize: 16)
        let readers = try (0..<2).map { _ in try rig.addReader() }
        let counts = try drainAll(rig.writer, readers, pattern) {
            for _ in 0..<100_000 { try rig.write(pattern) }
            for reader in readers { reader.reader.recordEnd(final: rig.writer.published, reason: .closed) }
        }
        #expect(counts == [100_000, 100_000])
    }

    @Test(.timeLimit(.minutes(1)), arguments: Backing.allCases)
    func sixtyFourReaders(_ backing: Backing) throws {
        let pattern = Pattern(mostBytes: 40)
        let rig = try Rig(backing, slots: 16, slotSize: 40)
        let readers = try (0..<64).map { _ in try rig.addReader() }
        let counts = try drainAll(rig.writer, readers, pattern) {
            for _ in 0..<300 { try rig.write(pattern) }
            for reader in readers { reader.reader.recordEnd(final: rig.writer.published, reason: .closed) }
        }
        #expect(counts == Array(repeating: 300, count: 64))
    }

    @Test(arguments: Backing.allCases)
    func aMillionSlots(_ backing: Backing) throws {
        let slots = Limits.mostSlots
        let rig = try Rig(backing, slots: slots, slotSize: 1)
        let reader = try rig.addReader()
        let pattern = Pattern(mostBytes: 1)
        // More than once round in steps, without filling each slot by hand in a debug build.
        for _ in 0..<3 { try rig.write(pattern) }
        #expect(rig.writer.mayReach() == UInt64(slots))
        for sequence in 0..<3 {
            let lease = try reader.reader.mustLease()
            #expect(unsafe pattern.matches(lease.bytes, UInt64(sequence)))
            lease.release()
        }
        #expect(rig.writer.mayReach() == UInt64(slots + 3))
    }

    /// Wherever in the ring it lies, whatever else is held, and as the first value of a generation.
    @Test(arguments: Backing.allCases, [1, 2, 3])
    func aLeaseThatIsPutBackIsTakenAgain(_ backing: Backing, slots: Int) throws {
        let pattern = Pattern(mostBytes: 8)
        let rig = try Rig(backing, slots: slots, slotSize: 8)
        let reader = try rig.addReader()
        for sequence in 0..<UInt64(7) {
            try rig.write(pattern)
            for _ in 0..<2 {
                let lease = try reader.reader.mustLease()
                #expect(lease.sequence == sequence)
                #expect(reader.reader.status.acquired == sequence + 1)
                reader.reader.putBack(lease)
                #expect(reader.reader.next == sequence)
                #expect(reader.reader.status.acquired == sequence)
                #expect(reader.reader.status.released == sequence)
                #expect(reader.reader.isReadable)
                #expect(try rig.writer.hasRoom() == (slots > 1))
            }
            let lease = try reader.reader.mustLease()
            #expect(unsafe pattern.matches(lease.bytes, sequence))
            lease.release()
            #expect(reader.reader.status.released == sequence + 1)
        }
        #expect(try reader.reader.isEmpty())
    }

    @Test func oneOfTwoLeasesIsPutBack() throws {
        let pattern = Pattern(mostBytes: 8)
        let rig = try Rig(.local, slots: 2, slotSize: 8)
        let reader = try rig.addReader()
        for _ in 0..<2 { try rig.write(pattern) }
        let first = try reader.reader.mustLease()
        reader.reader.putBack(try reader.reader.mustLease())
        #expect(reader.reader.status.released == 0)
        first.release()
        #expect(reader.reader.status.released == 1)
        let again = try reader.reader.mustLease()
        #expect(again.sequence == 1)
        #expect(unsafe pattern.matches(again.bytes, 1))
        again.release()
        #expect(reader.reader.status.released == 2)
        // The reader still knows when it is idle.
        let isIdle = Atomic<Bool>(false)
        reader.reader.close { isIdle.store(true, ordering: .relaxed) }
        let wasTold = isIdle.load(ordering: .relaxed)
        #expect(wasTold)
    }

    @Test(arguments: Backing.allCases)
    func aFullRingHasNoLoanUntilEveryReaderHasReleased(_ backing: Backing) throws {
        let rig = try Rig(backing, slots: 2, slotSize: 8)
        let first = try rig.addReader()
        let second = try rig.addReader()
        for _ in 0..<2 { try rig.write(Pattern(mostBytes: 8)) }
        #expect(try !rig.writer.hasRoom())
        #expect(throws: LoanError.timedOut) { _ = try rig.writer.loan(8, until: Deadline(nanoseconds: 0)) }
        let lease = try first.reader.mustLease()
        lease.release()
        #expect(try !rig.writer.hasRoom())
        let held = try second.reader.mustLease()
        #expect(try !rig.writer.hasRoom())
        held.release()
        let loan = try rig.writer.mustLoan(8)
        #expect(loan.sequence == 2)
        loan.publish()
        #expect(rig.writer.published == 3)
    }

    @Test(arguments: Backing.allCases)
    func leasesComeBackInAnyOrder(_ backing: Backing) throws {
        let rig = try Rig(backing, slots: 4, slotSize: 8)
        let reader = try rig.addReader()
        for _ in 0..<4 { try rig.write(Pattern(mostBytes: 8)) }
        let a = try reader.reader.mustLease()
        let b = try reader.reader.mustLease()
        let c = try reader.reader.mustLease()
        let d = try reader.reader.mustLease()
        c.release()
        b.release()
        #expect(reader.reader.status.released == 0)
        #expect(try !rig.writer.hasRoom())
        a.release()
        #expect(reader.reader.status.released == 3)
        #expect(rig.writer.mayReach() == 7)
        d.release()
        let status = reader.reader.status
        #expect(status.released == 4 && status.acquired == 4 && status.heldSince == nil)
    }

    @Test(arguments: Backing.allCases)
    func aDroppedLoanGivesItsSlotBack(_ backing: Backing) throws {
        let rig = try Rig(backing, slots: 2, slotSize: 8)
        let reader = try rig.addReader()
        do {
            let loan = try rig.writer.mustLoan(8)
            #expect(loan.sequence == 0 && rig.writer.loaned == 1)
        }
        #expect(rig.writer.loaned == 0 && rig.writer.published == 0)
        #expect(try reader.reader.isEmpty())
        try rig.write(Pattern(mostBytes: 8))
        let lease = try reader.reader.mustLease()
        #expect(lease.sequence == 0)
    }

    @Test(arguments: Backing.allCases)
    func whoeverAttachesLaterStartsAfterTheOpenLoan(_ backing: Backing) throws {
        let rig = try Rig(backing, slots: 2, slotSize: 8)
        let early = try rig.addReader()
        try rig.write(Pattern(mostBytes: 8))
        let loan = try rig.writer.mustLoan(0)
        let late = try rig.addReader()
        #expect(early.first == 0 && late.first == 2)
        // Its cursor lies one beyond what is published, which is no violation.
        #expect(rig.writer.mayReach() == 2)
        loan.publish(kind: 9)
        #expect(try late.reader.isEmpty())
        for _ in 0..<2 { try early.reader.mustLease().release() }
        try rig.write(Pattern(mostBytes: 8))
        let lease = try late.reader.mustLease()
        #expect(lease.sequence == 2)
        #expect(rig.writer.gates().count == 2)
    }

    @Test(.timeLimit(.minutes(1)), arguments: Backing.allCases)
    func detachLetsASleepingWriterGoOn(_ backing: Backing) throws {
        let rig = try Rig(backing, slots: 1, slotSize: 8)
        let reader = try rig.addReader()
        try rig.write(Pattern(mostBytes: 8))
        let writer = try NamedThread("writer") { try? rig.write(Pattern(mostBytes: 8)) }
        // Until it has announced its sleep: then the event word has to end it.
        while rig.isWriterAwaiting(reader.gate) == false { sched() }
        #expect(rig.writer.detach(reader.gate))
        writer.join()
        #expect(rig.writer.published == 2)
        #expect(!rig.writer.detach(reader.gate))
        #expect(rig.writer.gates().isEmpty)
    }

    @Test(.timeLimit(.minutes(1)), arguments: Backing.allCases)
    func theEndWakesASleepingReaderAfterItsLastValue(_ backing: Backing) throws {
        let rig = try Rig(backing, slots: 4, slotSize: 8)
        let reader = try rig.addReader()
        for _ in 0..<2 { try rig.write(Pattern(mostBytes: 8)) }
        let outcome = Lock<LeaseError?>(nil)
        let thread = try NamedThread("reader") {
            do {
                while true { try reader.reader.lease().release() }
            } catch {
                outcome.withLock { $0 = error as? LeaseError }
            }
        }
        while reader.isWaiting == false { sched() }
        reader.reader.recordEnd(final: 2, reason: .writerDied)
        thread.join()
        #expect(outcome.withLock { $0 } == .ended(final: 2, .writerDied))
        #expect(throws: LeaseError.ended(final: 2, .writerDied)) { _ = try reader.reader.tryLease() }
    }

    @Test(arguments: Backing.allCases)
    func anEndBeforeTheLastPublishedValueIsKept(_ backing: Backing) throws {
        let rig = try Rig(backing, slots: 4, slotSize: 8)
        let reader = try rig.addReader()
        for _ in 0..<3 { try rig.write(Pattern(mostBytes: 8)) }
        reader.reader.recordEnd(final: 2, reason: .nodeLost)
        for _ in 0..<2 { try reader.reader.mustLease().release() }
        #expect(throws: LeaseError.ended(final: 2, .nodeLost)) { _ = try reader.reader.tryLease() }
    }

    @Test(arguments: Backing.allCases)
    func sizesUpToTheSlotAndNoMore(_ backing: Backing) throws {
        let rig = try Rig(backing, slots: 2, slotSize: 100)
        #expect(throws: LoanError.tooLarge(needed: 101, available: 100)) { _ = try rig.writer.tryLoan(101) }
        let loan = try rig.writer.loan(100)
        #expect(throws: LoanError.alreadyLoaned) { _ = try rig.writer.tryLoan(1) }
        loan.publish(length: 99)
        rig.writer.finish()
        #expect(rig.ring.memory.final == 1)
        #expect(throws: LoanError.finished) { _ = try rig.writer.tryLoan(1) }
    }

    @Test(.timeLimit(.minutes(1)), arguments: Backing.allCases)
    func waitsEndAtTheirDeadline(_ backing: Backing) throws {
        let rig = try Rig(backing, slots: 1, slotSize: 8)
        let reader = try rig.addReader()
        #expect(throws: LeaseError.timedOut) { _ = try reader.reader.lease(until: .seconds(0.02)) }
        try rig.write(Pattern(mostBytes: 8))
        #expect(throws: LoanError.timedOut) { _ = try rig.writer.loan(8, until: .seconds(0.02)) }
        #expect(!reader.isWaiting && !rig.isWriterAwaiting(reader.gate))
        try reader.reader.mustLease().release()
    }

    @Test(.timeLimit(.minutes(1)), arguments: Backing.allCases)
    func interruptedWaitsEndAndChangeNothing(_ backing: Backing) throws {
        let rig = try Rig(backing, slots: 1, slotSize: 8)
        let reader = try rig.addReader()
        let cancelled = Atomic(false)
        let result = Lock<LeaseError?>(nil)
        let thread = try NamedThread("reader") {
            do throws(LeaseError) {
                _ = try reader.reader.lease(interrupted: { cancelled.load(ordering: .relaxed) })
            } catch { result.withLock { $0 = error } }
        }
        while reader.isWaiting == false { sched() }
        reader.process.bumpEvent()
        cancelled.store(true, ordering: .relaxed)
        reader.process.bumpEvent()
        thread.join()
        #expect(result.withLock { $0 } == .interrupted)
        try rig.write(Pattern(mostBytes: 8))
        let stopping = try NamedThread("stop") {
            while rig.isWriterAwaiting(reader.gate) == false { sched() }
            rig.writer.stop()
        }
        #expect(throws: LoanError.stopped) { _ = try rig.writer.loan(8) }
        stopping.join()
        try reader.reader.mustLease().release()
        #expect(throws: LoanError.stopped) { _ = try rig.writer.tryLoan(8) }
    }

    @Test(arguments: Backing.allCases)
    func closingIsOverWithTheLastLease(_ backing: Backing) throws {
        let rig = try Rig(backing, slots: 4, slotSize: 8)
        let pattern = Pattern(mostBytes: 8)
        let idle = Atomic(0)
        var late: ReadLease?
        do {
            let reader = try rig.addReader()
            for _ in 0..<3 { try rig.write(pattern) }
            let first = try reader.reader.mustLease()
            late = try reader.reader.tryLease()
            reader.reader.close { idle.add(1, ordering: .relaxed) }
            #expect(throws: LeaseError.closed) { _ = try reader.reader.tryLease() }
            first.release()
            #expect(idle.load(ordering: .relaxed) == 0)
        }
        // The reader object is gone; what is on lease is still mapped.
        guard let lease = late.take() else { throw Fault.missing }
        #expect(unsafe pattern.matches(lease.bytes, 1))
        lease.release()
        #expect(idle.load(ordering: .relaxed) == 1)
        let unused = try rig.addReader()
        unused.reader.close { idle.add(1, ordering: .relaxed) }
        #expect(idle.load(ordering: .relaxed) == 2)
    }

    @Test(arguments: Backing.allCases)
    func whoHoldsAndSinceWhenIsToldToOthers(_ backing: Backing) throws {
        let rig = try Rig(backing, slots: 4, slotSize: 8)
        let reader = try rig.addReader()
        for _ in 0..<2 { try rig.write(Pattern(mostBytes: 8)) }
        let before = monotonicNow()
        let lease = try reader.reader.mustLease()
        let status = try #require(rig.writer.gates().first?.cursor)
        #expect(status.released == 0 && status.acquired == 1)
        let since = try #require(status.heldSince)
        // The clock that it is taken from ticks at most every 10 ms.
        #expect(since + 10_000_000 >= before && since <= monotonicNow())
        lease.release()
        #expect(rig.writer.gates().first?.cursor?.heldSince == nil)
    }

    /// Runs one thread for each reader and the writer's `body` here; how many values each reader got.
    private func drainAll(_ writer: RingWriter, _ readers: [RigReader], _ pattern: Pattern, _ body: () throws -> Void)
        throws -> [UInt64]
    {
        let counts = Lock<[Int: Result<UInt64, any Error>]>([:])
        let threads = try readers.enumerated().map { index, reader in
            try NamedThread("reader-\(index)") {
                let count = Result { try reader.drain(pattern) }
                // A reader that has failed must not hold the writer up: then there is a message instead of a hang.
                if case .failure = count { writer.detach(reader.gate) }
                counts.withLock { $0[index] = count }
            }
        }
        try body()
        for thread in threads { thread.join() }
        return try counts.withLock { counts in try readers.indices.map { try #require(counts[$0]).get() } }
    }
}
