import Ring
import RingTestKit
import SharedMemory
import SluiceModel
import Testing

/// How an agent hears of values and of room: bells, the eventfd, and destination cursors.
@Suite struct DoorbellTests {
    private let pattern = Pattern(mostBytes: 8)

    @Test func theDoorbellRingsOnceForEachSleepOfTheAgent() throws {
        let agent = try Rig.process(.memfd)
        let worker = try Rig.process(.memfd)
        let eventFD = try EventFD()
        let doorbell = Doorbell(eventFD: eventFD)
        doorbell.setAgent(try Rig.view(agent))
        let rig = try Rig(.memfd, slots: 16, slotSize: 8, doorbell: doorbell, writerProcess: worker)
        let view = try Rig.view(worker)
        try rig.write(pattern)
        #expect(view.publishedCount(group: 0) == 0)
        let attached = try rig.writer.attach(Rig.request(agent, kind: .destination), view: Rig.view(agent))
        try rig.write(pattern)
        #expect(view.publishedCount(group: 0) == 1 && !eventFD.drain())
        agent.arm()
        for _ in 0..<3 { try rig.write(pattern) }
        #expect(view.publishedCount(group: 0) == 4 && eventFD.drain() && !eventFD.drain())
        try rig.write(pattern)
        #expect(!eventFD.drain())
        agent.disarm()
        try rig.write(pattern)
        #expect(!eventFD.drain())
        agent.arm()
        try rig.write(pattern)
        #expect(eventFD.drain())
        // The next life of the agent counts its sleeps elsewhere.
        let next = try Rig.process(.memfd)
        next.arm()
        doorbell.setAgent(try Rig.view(next))
        try rig.write(pattern)
        #expect(eventFD.drain())
        doorbell.setAgent(nil)
        next.arm()
        try rig.write(pattern)
        #expect(!eventFD.drain())
        rig.writer.detach(attached.gate)
        let before = view.publishedCount(group: 0)
        try rig.write(pattern)
        #expect(view.publishedCount(group: 0) == before)
    }

    @Test func bellsAreChosenByEndpointAndLine() throws {
        let worker = try Rig.process(.local, cursors: 130)
        #expect(worker.publishedBell(endpoint: 63) == worker.publishedBell(endpoint: 0))
        #expect(worker.publishedBell(endpoint: 64) != worker.publishedBell(endpoint: 0))
        #expect(worker.releasedBell(line: 129) != worker.releasedBell(line: 64))
        #expect(worker.releasedBell(line: 0) != worker.publishedBell(endpoint: 0))
    }

    @Test func aDestinationSendsFromTheSlotAndReleasesWhatHasLanded() throws {
        let agent = try Rig.process(.memfd)
        let rig = try Rig(.memfd, slots: 4, slotSize: 8)
        let attached = try rig.writer.attach(Rig.request(agent, line: 2, kind: .destination), view: Rig.view(agent))
        let cursor = DestinationCursor(
            try rig.readerMemory(), process: agent, line: 2, gate: attached.gate, first: attached.first)
        for _ in 0..<4 { try rig.write(pattern) }
        #expect(cursor.published == 4)
        for sequence in 0..<4 as Range<UInt64> {
            let value = try cursor.value(sequence)
            #expect(unsafe value.sequence == sequence && pattern.matches(value.bytes, sequence))
        }
        #expect(throws: RingViolation.self) { _ = try cursor.value(4) }
        cursor.recordSent(4)
        #expect(try !rig.writer.hasRoom())
        cursor.release(to: 3)
        #expect(cursor.released == 3 && rig.writer.mayReach() == 7)
        #expect(throws: RingViolation.self) { _ = try cursor.value(2) }
        #expect(rig.writer.gates().first?.cursor?.acquired == 4)
    }

    @Test(.timeLimit(.minutes(1))) func aDestinationWakesTheWriter() throws {
        let agent = try Rig.process(.memfd)
        let rig = try Rig(.memfd, slots: 1, slotSize: 8)
        let attached = try rig.writer.attach(Rig.request(agent, kind: .destination), view: Rig.view(agent))
        let memory = try rig.readerMemory()
        let count: UInt64 = 2_000
        let thread = try NamedThread("agent") {
            let cursor = DestinationCursor(memory, process: agent, line: 0, gate: attached.gate, first: 0)
            while cursor.released < count {
                if cursor.published > cursor.released { cursor.release(to: cursor.published) } else { sched() }
            }
        }
        for _ in 0..<count { try rig.write(pattern) }
        thread.join()
    }

    @Test func releasesRingOnlyForAnAgentThatAsks() throws {
        // The agent writes a reader reference; the reader is in a worker.
        let agent = try Rig.process(.memfd)
        let eventFD = try EventFD()
        let doorbell = Doorbell(eventFD: eventFD)
        doorbell.setAgent(try Rig.view(agent))
        let rig = try Rig(.memfd, slots: 4, slotSize: 8, writerProcess: agent)
        let reader = try rig.addReader(doorbell: doorbell)
        let view = try Rig.view(reader.process)
        for _ in 0..<4 { try rig.write(pattern) }
        try reader.reader.mustLease().release()
        #expect(view.releasedCount(group: 0) == 0)
        rig.writer.awaitDoorbell(true)
        #expect(rig.writer.mayReach() == 5)
        agent.arm()
        try reader.reader.mustLease().release()
        try reader.reader.mustLease().release()
        #expect(view.releasedCount(group: 0) == 2 && eventFD.drain() && !eventFD.drain())
        rig.writer.awaitDoorbell(false)
        try reader.reader.mustLease().release()
        #expect(view.releasedCount(group: 0) == 2 && rig.writer.mayReach() == 8)
    }

    @Test(.timeLimit(.minutes(1))) func oneThreadSleepsForManyEndpoints() throws {
        // Readers of one process, on different rings.
        let process = try Rig.process(.memfd, cursors: 8)
        let rigs = try (0..<8).map { _ in try Rig(.memfd, slots: 2, slotSize: 8) }
        let readers = try rigs.enumerated().map { line, rig in
            let request = Rig.request(process, line: UInt32(line))
            let attached = try rig.writer.attach(request, view: Rig.view(process))
            return RingReader(
                try rig.readerMemory(), process: process, line: UInt32(line), gate: attached.gate, first: attached.first
            )
        }
        for (index, rig) in rigs.enumerated() {
            let points = readers.compactMap { $0.prepareWait() }
            #expect(points.count == 8)
            let thread = try NamedThread("writer") { try? rig.write(Pattern(mostBytes: 8)) }
            while readers[index].memory.published == 0 { Waiter.wait(points, until: .never) }
            for reader in readers { reader.finishWait() }
            thread.join()
            try readers[index].mustLease().release()
        }
        // Something is there: nothing to prepare.
        try rigs[0].write(Pattern(mostBytes: 8))
        #expect(readers[0].prepareWait() == nil)
        // An event between two preparations ends the wait before it begins.
        let early = try #require(readers[1].prepareWait())
        process.bumpEvent()
        let late = try #require(readers[2].prepareWait())
        Waiter.wait([early, late], until: .never)
        for reader in readers { reader.finishWait() }
    }

    @Test(.timeLimit(.minutes(1))) func aWriterCanWaitElsewhere() throws {
        let rig = try Rig(.memfd, slots: 1, slotSize: 8)
        let reader = try rig.addReader()
        #expect(rig.writer.prepareWait() == nil)
        try rig.write(pattern)
        let point = try #require(rig.writer.prepareWait())
        #expect(rig.isWriterAwaiting(reader.gate))
        let thread = try NamedThread("reader") { try? reader.reader.mustLease().release() }
        while reader.reader.status.released == 0 { Waiter.wait([point], until: .never) }
        rig.writer.finishWait()
        thread.join()
        #expect(try rig.writer.hasRoom())
    }
}
