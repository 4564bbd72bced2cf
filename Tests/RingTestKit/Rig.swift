package import Ring
internal import SharedMemory
package import SluiceModel

/// Where a rig's memory lies.
package enum Backing: String, CaseIterable, Sendable {
    /// This process's own: writer and readers see the same addresses, as the thread sanitizer wants it.
    case local
    /// memfds, mapped once for the writer and once, read-only, for each reader.
    case memfd
}

/// A ring with its writer and its readers in one process, each with a segment of its own as if they were many.
package final class Rig: Sendable {
    package let channel = ChannelID.random()
    package let backing: Backing
    package let ring: NewRing
    package let writerProcess: ProcessSegment
    package let writer: RingWriter

    package init(
        _ backing: Backing, slots: Int, slotSize: Int, doorbell: Doorbell? = nil,
        writerProcess: ProcessSegment? = nil,
        initialGates: [(GateRequest, ProcessView)] = [],
        onViolation: @escaping @Sendable (GateViolation) -> Void = { _ in }
    ) throws {
        self.backing = backing
        ring = try RingMemory.create(channel: channel, slots: slots, slotSize: slotSize, isLocal: backing == .local)
        for (request, _) in initialGates { _ = try ring.memory.addInitialGate(request) }
        self.writerProcess = try writerProcess ?? Self.process(backing)
        writer = RingWriter(
            ring.memory, process: self.writerProcess, doorbell: doorbell,
            resolve: { life in initialGates.first { $0.1.life == life }?.1 }, onViolation: onViolation)
    }

    package static func process(_ backing: Backing, cursors: Int = 4) throws -> ProcessSegment {
        try ProcessSegment(life: .random(), cursorCount: cursors, isLocal: backing == .local)
    }

    /// The segment as another process would map it.
    package static func view(_ process: ProcessSegment) throws -> ProcessView {
        guard let segment = process.segment else { return process.view() }
        return try ProcessView(segment.reopenReadOnly().descriptor, life: process.life)
    }

    /// The ring as a reader's process would map it.
    package func readerMemory() throws -> RingMemory {
        guard let control = ring.control, let payload = ring.payload else { return ring.memory }
        return try RingMemory.attach(
            control: control.reopenReadOnly().descriptor, payload: payload.reopenReadOnly().descriptor,
            writable: false, channel: channel)
    }

    package static func request(
        _ process: ProcessSegment, line: UInt32 = 0, kind: GateKind = .reader, reader: UInt32 = 0,
        replaces: UInt32? = nil, floor: UInt64? = nil, offset: UInt64 = 0
    ) -> GateRequest {
        GateRequest(
            kind: kind, life: process.life, process: process.identity, line: line, reader: reader, replaces: replaces,
            floor: floor, offset: offset)
    }

    /// Attaches a reader in a process of its own.
    package func addReader(replaces: UInt32? = nil, doorbell: Doorbell? = nil) throws -> RigReader {
        let process = try Self.process(backing)
        let attached = try writer.attach(Self.request(process, replaces: replaces), view: Self.view(process))
        let reader = RingReader(
            try readerMemory(), process: process, line: 0, gate: attached.gate, first: attached.first,
            doorbell: doorbell)
        return RigReader(process: process, gate: attached.gate, first: attached.first, reader: reader)
    }

    /// Writes one value of the pattern.
    package func write(_ pattern: Pattern, until deadline: Deadline = .never) throws {
        let length = pattern.length(writer.published)
        let loan = try writer.loan(length, until: deadline)
        unsafe pattern.fill(loan.bytes, loan.sequence)
        loan.publish()
    }
}

/// One reader of a rig.
package struct RigReader: Sendable {
    package let process: ProcessSegment
    package let gate: UInt32
    package let first: UInt64
    package let reader: RingReader

    package init(process: ProcessSegment, gate: UInt32, first: UInt64, reader: RingReader) {
        self.process = process
        self.gate = gate
        self.first = first
        self.reader = reader
    }

    /// Reads until the stream ends; the sequence after the last value, or what was wrong.
    package func drain(_ pattern: Pattern) throws -> UInt64 {
        var expected = first
        while true {
            do {
                let lease = try reader.lease()
                guard lease.sequence == expected else { throw Fault.wrongSequence(lease.sequence, expected: expected) }
                guard unsafe pattern.matches(lease.bytes, expected) else { throw Fault.wrongBytes(expected) }
                expected += 1
                lease.release()
            } catch LeaseError.ended {
                return expected
            }
        }
    }
}

/// What a reader has found wrong.
package enum Fault: Error, Hashable, Sendable {
    case wrongSequence(UInt64, expected: UInt64)
    case wrongBytes(UInt64)
    case missing
    case childFailed(String)
}

extension Deadline {
    package static func seconds(_ seconds: Double) -> Deadline { Deadline(.seconds(seconds), from: monotonicNow()) }
}

extension Rig {
    /// Whether the writer has announced that it sleeps for this gate.
    package func isWriterAwaiting(_ gate: UInt32) -> Bool { ring.memory.awaitedGate == gate }
}

extension RigReader {
    /// Whether the reader has announced a sleep.
    package var isWaiting: Bool { HardwareMemory().load(process.cursor(0).waiting) != 0 }
}

/// Lets other threads run: for loops that wait for a condition.
package func sched() { NamedThread.yield() }
