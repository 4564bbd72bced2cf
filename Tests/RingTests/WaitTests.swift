import Ring
import RingTestKit
import SharedMemory
import SluiceModel
import Synchronization
import Testing

/// Every way of waiting: spinning or not, with futex_waitv or in slices; and leases that other threads give back.
@Suite(.serialized) struct WaitTests {
    @Test(.timeLimit(.minutes(1)), arguments: [true, false], [true, false])
    func streamsHoldHoweverTheyWait(_ spins: Bool, _ usesWaitv: Bool) throws {
        (WaitSettings.spins, WaitSettings.usesWaitv) = (spins, usesWaitv)
        defer { (WaitSettings.spins, WaitSettings.usesWaitv) = (true, true) }
        let pattern = Pattern(mostBytes: 24)
        for slots in [1, 5] {
            let rig = try Rig(.memfd, slots: slots, slotSize: 24)
            let readers = try (0..<3).map { _ in try rig.addReader() }
            let threads = try readers.map { try DrainThread($0, pattern) }
            for _ in 0..<3_000 { try rig.write(pattern) }
            for reader in readers { reader.reader.recordEnd(final: 3_000, reason: .closed) }
            for thread in threads { #expect(try thread.result() == 3_000) }
        }
    }

    /// Fences waived and taken back all the time, and not at all.
    @Test(.timeLimit(.minutes(1)), arguments: [0, 1, 3, UInt64.max], [true, false])
    func streamsHoldHoweverTheyFence(_ waivesAfter: UInt64, _ spins: Bool) throws {
        HeavyFence.takePart()
        let usual = WaitSettings.waivesAfter
        (WaitSettings.waivesAfter, WaitSettings.omitsFences) = (waivesAfter, waivesAfter != .max)
        WaitSettings.spins = spins
        defer {
            (WaitSettings.waivesAfter, WaitSettings.omitsFences) = (usual, true)
            WaitSettings.spins = true
        }
        let pattern = Pattern(mostBytes: 24)
        for slots in [1, 2, 16] {
            let rig = try Rig(.memfd, slots: slots, slotSize: 24)
            let readers = try (0..<2).map { _ in try rig.addReader() }
            let threads = try readers.map { try DrainThread($0, pattern) }
            for _ in 0..<5_000 { try rig.write(pattern) }
            for reader in readers { reader.reader.recordEnd(final: 5_000, reason: .closed) }
            for thread in threads { #expect(try thread.result() == 5_000) }
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: [true, false])
    func aChangeEndsASleepHoweverItIsSlept(_ usesWaitv: Bool) throws {
        WaitSettings.usesWaitv = usesWaitv
        defer { WaitSettings.usesWaitv = true }
        let rig = try Rig(.memfd, slots: 1, slotSize: 8)
        let reader = try rig.addReader()
        let thread = try DrainThread(reader, Pattern(mostBytes: 8))
        while !reader.isWaiting { sched() }
        reader.reader.recordEnd(final: 0, reason: .closed)
        #expect(try thread.result() == 0)
        try rig.write(Pattern(mostBytes: 8))
        let detacher = try NamedThread("detach") {
            while !rig.isWriterAwaiting(reader.gate) { sched() }
            rig.writer.detach(reader.gate)
        }
        try rig.write(Pattern(mostBytes: 8))
        detacher.join()
        #expect(throws: LeaseError.timedOut) { _ = try rig.addReader().reader.lease(until: .seconds(0.03)) }
    }

    @Test(.timeLimit(.minutes(1)), arguments: Backing.allCases)
    func otherThreadsGiveLeasesBack(_ backing: Backing) throws {
        let rig = try Rig(backing, slots: 16, slotSize: 32)
        let pattern = Pattern(mostBytes: 32)
        let reader = try rig.addReader()
        let count = 5_000
        let pool = LeasePool()
        let broken = Atomic(0)
        let failure = Lock<LeaseError?>(nil)
        let threads = try (0..<3).map { _ in
            try NamedThread("releaser") {
                while let lease = pool.next() {
                    if unsafe !pattern.matches(lease.bytes, lease.sequence) { broken.add(1, ordering: .relaxed) }
                    lease.release()
                }
            }
        }
        let taker = try NamedThread("taker") {
            defer { pool.close() }
            do {
                for _ in 0..<count { pool.add(try reader.reader.lease()) }
            } catch {
                failure.withLock { $0 = error as? LeaseError }
                // The writer below would wait for ever.
                rig.writer.detach(reader.gate)
            }
        }
        for _ in 0..<count { try rig.write(pattern) }
        taker.join()
        for thread in threads { thread.join() }
        #expect(failure.withLock { $0 } == nil)
        #expect(broken.load(ordering: .relaxed) == 0)
        #expect(reader.reader.status.released == UInt64(count))
        #expect(rig.writer.mayReach() == UInt64(count + 16))
    }
}

/// Leases on their way from one thread to others.
private final class LeasePool: Sendable {
    private let state = Lock((boxes: [LeaseBox](), isClosed: false))

    func add(_ lease: consuming ReadLease) {
        let box = LeaseBox(lease)
        state.withLock { $0.boxes.append(box) }
    }

    /// The latest first, so that the order differs. Nil once there will be no more.
    func next() -> ReadLease? {
        while true {
            let (box, isClosed) = state.withLock { ($0.boxes.popLast(), $0.isClosed) }
            if let box { return box.take() }
            if isClosed { return nil }
            sched()
        }
    }

    func close() { state.withLock { $0.isClosed = true } }
}

/// What is not copied does not go into an array.
private final class LeaseBox: Sendable {
    private let lease: Lock<ReadLease?>

    init(_ lease: consuming ReadLease) { self.lease = Lock(lease) }

    func take() -> ReadLease? { lease.withLock { $0.take() } }
}
