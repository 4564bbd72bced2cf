import Ring
import RingTestKit
import SharedMemory
import SluiceModel
import Testing

/// Who gates a ring: attach, replace, detach, foreign cursors, violations, and taking a ring over.
@Suite struct GateTests {
    private let pattern = Pattern(mostBytes: 8)

    @Test func aPlaceholderHoldsTheRingUntilItsReaderComes() throws {
        let agent = try Rig.process(.memfd)
        let view = try Rig.view(agent)
        let rig = try Rig(
            .memfd, slots: 2, slotSize: 8, initialGates: [(Rig.request(agent, line: 3, kind: .placeholder), view)])
        for _ in 0..<2 { try rig.write(pattern) }
        #expect(try !rig.writer.hasRoom())
        let placeholder = try #require(rig.writer.gates().first)
        #expect(placeholder.number == 1 && placeholder.request.kind == .placeholder && placeholder.isResolved)
        let reader = try rig.addReader(replaces: placeholder.number)
        #expect(reader.first == 0 && rig.writer.gates().map(\.number) == [2])
        for sequence in 0..<2 as Range<UInt64> {
            let lease = try reader.reader.mustLease()
            #expect(unsafe pattern.matches(lease.bytes, sequence))
            lease.release()
        }
        #expect(try rig.writer.hasRoom())
    }

    @Test func aReplacementStartsWhereItsForerunnerWas() throws {
        let rig = try Rig(.memfd, slots: 4, slotSize: 8)
        let former = try rig.addReader()
        for _ in 0..<3 { try rig.write(pattern) }
        try former.reader.mustLease().release()
        let process = try Rig.process(.memfd)
        let same = try rig.writer.attach(Rig.request(process, replaces: former.gate), view: Rig.view(process))
        #expect(same.first == 1)
        // What is known from elsewhere to have landed counts, if it is more.
        let other = try Rig.process(.memfd)
        let higher = try rig.writer.attach(
            Rig.request(other, replaces: same.gate, floor: 3), view: Rig.view(other))
        #expect(higher.first == 3 && rig.writer.mayReach() == 7)
        #expect(throws: GateError.floorTooHigh(floor: 4, loaned: 3)) {
            _ = try rig.writer.attach(Rig.request(other, replaces: higher.gate, floor: 4), view: Rig.view(other))
        }
        #expect(throws: GateError.unknownGate(99)) {
            _ = try rig.writer.attach(Rig.request(other, replaces: 99), view: Rig.view(other))
        }
        #expect(throws: GateError.noSuchLine(4)) {
            _ = try rig.writer.attach(Rig.request(other, line: 4), view: Rig.view(other))
        }
        #expect(rig.writer.gates().map(\.number) == [higher.gate])
    }

    @Test func aRingHas192Gates() throws {
        let rig = try Rig(.local, slots: 2, slotSize: 8)
        let process = try Rig.process(.local, cursors: 256)
        let view = process.view()
        for line in 0..<192 as Range<UInt32> { _ = try rig.writer.attach(Rig.request(process, line: line), view: view) }
        #expect(throws: GateError.tooManyGates) {
            _ = try rig.writer.attach(Rig.request(process, line: 192), view: view)
        }
        #expect(rig.writer.detach(77))
        let again = try rig.writer.attach(Rig.request(process, line: 200), view: view)
        // Numbers are not used again, places are.
        #expect(again.gate == 193 && rig.writer.gates().count == 192)
        #expect(Set(rig.ring.memory.recordedGates().map(\.number)) == Set(rig.writer.gates().map(\.number)))
    }

    @Test func aCursorThatBreaksItsBoundsIsRemovedAlone() throws {
        let violations = Lock<[GateViolation]>([])
        let rig = try Rig(.memfd, slots: 2, slotSize: 8) { violation in violations.withLock { $0.append(violation) } }
        let good = try rig.addReader()
        let beyond = try rig.addReader()
        let back = try rig.addReader()
        let memory = HardwareMemory()
        for _ in 0..<2 { try rig.write(pattern) }
        memory.store(1, to: back.process.cursor(0).released)
        #expect(rig.writer.mayReach() == 2)
        memory.store(0, to: back.process.cursor(0).released)
        memory.store(3, to: beyond.process.cursor(0).released)
        #expect(rig.writer.mayReach() == 2)
        #expect(violations.withLock { $0.map(\.gate.number) } == [beyond.gate, back.gate])
        #expect(rig.writer.gates().map(\.number) == [good.gate])
        for _ in 0..<2 { try good.reader.mustLease().release() }
        #expect(rig.writer.mayReach() == 4)
    }

    @Test func foreignCursorsCountWithAnOffset() throws {
        let rig = try Rig(.local, slots: 4, slotSize: 8)
        let process = try Rig.process(.local)
        // Value n of this ring may go when the other ring's value n + 10 has been released.
        _ = try rig.writer.attach(
            Rig.request(process, kind: .foreign, offset: UInt64(bitPattern: -10)), view: process.view())
        for _ in 0..<4 { try rig.write(pattern) }
        let memory = HardwareMemory()
        let released = process.cursor(0).released
        #expect(rig.writer.mayReach() == 4)
        memory.store(9, to: released)
        #expect(rig.writer.mayReach() == 4)
        memory.store(12, to: released)
        #expect(rig.writer.mayReach() == 6)
        // Further than this ring is: as good as everything.
        memory.store(1_000, to: released)
        #expect(rig.writer.mayReach() == 8)
        #expect(rig.writer.gates().count == 1)
    }

    @Test(.timeLimit(.minutes(1))) func aSleepForAForeignCursorNeedsNoWake() throws {
        let rig = try Rig(.memfd, slots: 1, slotSize: 8)
        let process = try Rig.process(.memfd)
        let gate = try rig.writer.attach(Rig.request(process, kind: .foreign), view: Rig.view(process)).gate
        try rig.write(pattern)
        let thread = try NamedThread("foreign") {
            while !rig.isWriterAwaiting(gate) { sched() }
            HardwareMemory().store(1, to: process.cursor(0).released)
        }
        try rig.write(pattern)
        thread.join()
        #expect(rig.writer.published == 2)
    }

    /// A writer that has taken a ring over publishes before it knows where one of its readers announces its sleeps.
    @Test(.timeLimit(.minutes(1))) func aReaderIsWokenOnceItIsKnown() throws {
        let agent = try Rig.process(.memfd)
        let ring = try RingMemory.create(channel: .random(), slots: 4, slotSize: 8)
        let process = try Rig.process(.memfd)
        var gate: UInt32 = 0
        do {
            let writer = RingWriter(ring.memory, process: agent)
            gate = try writer.attach(Rig.request(process), view: Rig.view(process)).gate
        }
        let reader = RingReader(
            try RingMemory.attach(
                control: #require(ring.control).reopenReadOnly().descriptor,
                payload: #require(ring.payload).reopenReadOnly().descriptor, writable: false,
                channel: ring.memory.channel),
            process: process, line: 0, gate: gate, first: 0)
        let one = RigReader(process: process, gate: gate, first: 0, reader: reader)
        let read = Lock<UInt64?>(nil)
        let thread = try NamedThread("reader") {
            let sequence = try? reader.lease().sequence
            read.withLock { $0 = sequence }
        }
        while !one.isWaiting { sched() }
        let next = RingWriter(ring.memory, process: agent, resolve: { _ in nil })
        try next.mustLoan(1).publish()
        try next.resolve(gate: gate, with: Rig.view(process))
        let deadline = Deadline.seconds(10)
        while read.withLock({ $0 }) == nil, !deadline.hasPassed(at: monotonicNow()) { sched() }
        #expect(read.withLock { $0 } == 0)
        // By now its sleeps are looked at, also of one that has slept through this.
        try next.mustLoan(1).publish()
        thread.join()
    }

    @Test func aRingIsTakenOverAsItStands() throws {
        let agent = try Rig.process(.memfd)
        let ring = try RingMemory.create(channel: .random(), slots: 4, slotSize: 8)
        let known = try Rig.process(.memfd)
        let unknown = try Rig.process(.memfd)
        var knownGate: UInt32 = 0
        var unknownGate: UInt32 = 0
        do {
            let writer = RingWriter(ring.memory, process: agent)
            knownGate = try writer.attach(Rig.request(known), view: Rig.view(known)).gate
            unknownGate = try writer.attach(Rig.request(unknown), view: Rig.view(unknown)).gate
            for _ in 0..<3 { try writer.mustLoan(1).publish() }
            _ = try writer.mustLoan(1)
        }
        HardwareMemory().store(2, to: known.cursor(0).released)
        HardwareMemory().store(3, to: unknown.cursor(0).released)
        let life = known.life
        let view = try Rig.view(known)
        let next = RingWriter(ring.memory, process: agent, resolve: { $0 == life ? view : nil })
        #expect(next.published == 3)
        let gates = next.gates()
        #expect(gates.map(\.number) == [knownGate, unknownGate] && gates.map(\.isResolved) == [true, false])
        #expect(gates.map(\.request.process) == [known.identity, unknown.identity])
        // Nobody knows how far the other one is: its floor holds the ring.
        #expect(next.mayReach() == 4)
        try next.resolve(gate: unknownGate, with: Rig.view(unknown))
        #expect(next.mayReach() == 6)
        #expect(throws: GateError.unknownGate(7)) { try next.resolve(gate: 7, with: view) }
        let third = try next.attach(Rig.request(agent), view: agent.view())
        #expect(third.gate == unknownGate + 1 && third.first == 3)
        next.finish()
        #expect(throws: LoanError.finished) {
            _ = try RingWriter(ring.memory, process: agent).tryLoan(1)
        }
    }

    @Test func aSettledWriterLetsGoOfWhatItNoLongerNeeds() throws {
        let rig = try Rig(.memfd, slots: 2, slotSize: 8)
        weak var view: ProcessView?
        do {
            let reader = try rig.addReader()
            let process = try Rig.process(.memfd)
            let other = try Rig.view(process)
            view = other
            let gate = try rig.writer.attach(Rig.request(process), view: other).gate
            try rig.write(pattern)
            rig.writer.detach(gate)
            rig.writer.detach(reader.gate)
        }
        #expect(view != nil)
        rig.writer.settle()
        #expect(view == nil)
    }
}
