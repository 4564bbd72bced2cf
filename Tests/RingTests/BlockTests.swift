import Ring
import RingTestKit
import SharedMemory
import SluiceModel
import Testing

/// Rings whose payloads lie in one block, as a plan has laid them out.
@Suite(.disabled(if: isThreadSanitized, "one address for all only without the sanitizer")) struct BlockTests {
    /// A ring at an offset of a block, and its one reader.
    private struct Placed {
        let ring: NewRing
        let writer: RingWriter
        let reader: RingReader

        init(_ block: Segment, offset: UInt64, slots: Int, slotSize: Int) throws {
            ring = try RingMemory.create(
                channel: .random(), slots: slots, slotSize: slotSize, in: (segment: block, offset: offset))
            writer = RingWriter(ring.memory, process: try Rig.process(.memfd))
            let process = try Rig.process(.memfd)
            let attached = try writer.attach(Rig.request(process), view: Rig.view(process))
            let control = try #require(ring.control)
            let memory = try RingMemory.attach(
                control: control.reopenReadOnly().descriptor,
                payloads: [BlockTests.payload(block, offset: offset, slotSize: slotSize)], writable: false,
                channel: ring.memory.channel)
            reader = RingReader(memory, process: process, line: 0, gate: attached.gate, first: attached.first)
        }

        /// Writes one value, full of a byte; where it lies.
        func write(_ byte: UInt8, _ size: Int) throws -> UnsafeMutableRawPointer? {
            let loan = try writer.loan(size, until: .seconds(10))
            unsafe loan.bytes.initializeMemory(as: UInt8.self, repeating: byte)
            let place = unsafe loan.bytes.baseAddress
            loan.publish()
            return unsafe place
        }
    }

    fileprivate static func payload(_ block: Segment, offset: UInt64, slotSize: Int, blockBytes: Int? = nil)
        -> PayloadSegment
    {
        PayloadSegment(
            generation: 0, slotSize: slotSize, descriptor: block.descriptor,
            place: BlockPlace(run: RunID(rawValue: 1), offset: offset, blockBytes: UInt64(blockBytes ?? block.size)))
    }

    @Test func slotsLieWhereThePlanSays() throws {
        let block = try Segment(name: "block", size: 8192)
        let mapping = try Mapping.shared(block, writable: true)
        let a = try Placed(block, offset: 64, slots: 3, slotSize: 128)
        let b = try Placed(block, offset: 448, slots: 2, slotSize: 64)
        for round in 0..<7 {
            let (own, other) = (UInt8(round + 1), UInt8(round + 101))
            let place = unsafe try a.write(own, 128)
            unsafe #expect(place == mapping.base + 64 + round % 3 * 128)
            unsafe #expect(try b.write(other, 64) == mapping.base + 448 + round % 2 * 64)
            let lease = try a.reader.lease(until: .seconds(10))
            // The same bytes at the same address, for writer and reader.
            unsafe #expect(lease.bytes.baseAddress == UnsafeRawPointer(place))
            unsafe #expect(lease.bytes.allSatisfy { $0 == own })
            let beside = try b.reader.lease(until: .seconds(10))
            unsafe #expect(beside.bytes.allSatisfy { $0 == other })
        }
        // Nothing before, between or behind them was written to.
        let bytes = unsafe UnsafeRawBufferPointer(start: mapping.base, count: mapping.size)
        unsafe #expect(bytes[..<64].allSatisfy { $0 == 0 })
        unsafe #expect(bytes[576...].allSatisfy { $0 == 0 })
        withExtendedLifetime((a, b)) {}
    }

    /// One register takes over another's memory: what is written to the one is there in the other.
    @Test func twoRingsMayHaveTheSameSlots() throws {
        let block = try Segment(name: "block", size: 4096)
        let a = try Placed(block, offset: 0, slots: 2, slotSize: 64)
        let b = try Placed(block, offset: 0, slots: 2, slotSize: 64)
        _ = unsafe try a.write(7, 64)
        let input = try a.reader.lease(until: .seconds(10))
        let output = try b.writer.loan(64, until: .seconds(10))
        unsafe #expect(output.bytes.baseAddress.map { UnsafeRawPointer($0) } == input.bytes.baseAddress)
        unsafe #expect(output.bytes.allSatisfy { $0 == 7 })
        output.publish()
        withExtendedLifetime((a, b)) {}
    }

    @Test func aPlaceThatIsNotInTheBlockIsRefused() throws {
        let block = try Segment(name: "block", size: 4096)
        let ring = try RingMemory.create(
            channel: .random(), slots: 4, slotSize: 64, in: (segment: block, offset: 128))
        let control = try #require(ring.control)
        func attach(_ payload: PayloadSegment) throws {
            _ = try RingMemory.attach(
                control: control.descriptor, payloads: [payload], writable: false, channel: ring.memory.channel)
        }
        try attach(Self.payload(block, offset: 128, slotSize: 64))
        // Another than the control tells, not at a slot's start, past the end, past what can be counted.
        for offset in [0, 192, 100, 3904, 4096, UInt64.max - 63, UInt64(Int.max)] {
            #expect(throws: ForeignMemoryError.self) { try attach(Self.payload(block, offset: offset, slotSize: 64)) }
        }
        // A block of another size than it has, and slots of another size.
        for size in [0, 1, 2048, 8192] {
            #expect(throws: ForeignMemoryError.self) {
                try attach(Self.payload(block, offset: 128, slotSize: 64, blockBytes: size))
            }
        }
        #expect(throws: ForeignMemoryError.self) { try attach(Self.payload(block, offset: 128, slotSize: 128)) }
        #expect(throws: ForeignMemoryError.self) {
            try attach(PayloadSegment(generation: 0, slotSize: 64, descriptor: block.descriptor))
        }
    }

    @Test func aBlockIsMappedOnceAndUnmappedWithItsLastUser() throws {
        let block = try Segment(name: "sluice-block-once", size: 4096)
        weak var seen: Mapping?
        do {
            let a = try Mapping.shared(block, writable: true)
            let b = try Mapping.shared(Segment(adopting: block.descriptor, size: 4096), writable: true)
            #expect(a === b)
            #expect(try Mapping.shared(block, writable: false) !== a)
            seen = a
        }
        #expect(seen == nil)
        #expect(try Mapping.shared(Segment(name: "other", size: 4096), writable: true).size == 4096)
    }
}
