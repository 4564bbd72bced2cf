import Ring
import RingTestKit
import SharedMemory
import SluiceModel
import Synchronization
import Testing

/// Rings that grow: payload memory of several generations, old and new values each in its own.
@Suite struct GenerationTests {
    /// A ring of 4 × 64 bytes, a reader, and how often the reader has left a generation.
    private struct Bench {
        let rig = try! Rig(.memfd, slots: 4, slotSize: 64)
        let memory: RingMemory
        let reader: RingReader
        let left = Counter()

        final class Counter: Sendable {
            private let count = Atomic<Int>(0)
            func add() { count.wrappingAdd(1, ordering: .relaxed) }
            var value: Int { count.load(ordering: .relaxed) }
        }

        init() throws {
            let process = try Rig.process(.memfd)
            let attached = try rig.writer.attach(Rig.request(process), view: Rig.view(process))
            memory = try rig.readerMemory()
            let left = left
            reader = RingReader(
                memory, process: process, line: 0, gate: attached.gate, first: attached.first,
                onGenerationLeft: { left.add() })
        }

        /// Memory for larger slots, mapped by the reader and by the writer, and offered.
        @discardableResult
        func grow(_ generation: UInt32, _ slotSize: Int, reader: Bool = true) throws -> Segment {
            let segment = try RingMemory.makePayload(slots: 4, slotSize: slotSize)
            if reader {
                let readOnly = try segment.reopenReadOnly().descriptor
                try memory.add(PayloadSegment(generation: generation, slotSize: slotSize, descriptor: readOnly))
            }
            try rig.ring.memory.add(
                PayloadSegment(generation: generation, slotSize: slotSize, descriptor: segment.descriptor))
            rig.writer.offer(generation: generation)
            return segment
        }

        func write(_ size: Int, _ byte: UInt8) throws {
            let loan = try rig.writer.loan(size, until: .seconds(10))
            unsafe loan.bytes.initializeMemory(as: UInt8.self, repeating: byte)
            loan.publish()
        }

        func read() throws -> [UInt8] {
            let lease = try reader.lease(until: .seconds(10))
            return unsafe Array(lease.bytes)
        }
    }

    @Test func aValueThatIsTooLargeNeedsAnOffer() throws {
        let bench = try Bench()
        #expect(throws: LoanError.tooLarge(needed: 65, available: 64)) { try bench.write(65, 1) }
        try bench.grow(1, 100)
        #expect(throws: LoanError.tooLarge(needed: 101, available: 64)) { try bench.write(101, 1) }
        #expect(bench.rig.writer.slotSize == 64)
        // What fits stays where it is: nobody moves for nothing.
        try bench.write(64, 1)
        #expect(try bench.rig.ring.memory.generations().count == 1)
        try bench.write(65, 2)
        #expect(bench.rig.writer.slotSize == 100)
        #expect(try bench.rig.ring.memory.generations().map(\.start) == [0, 1])
        #expect(try bench.read() == Array(repeating: 1, count: 64))
        #expect(try bench.read() == Array(repeating: 2, count: 65))
    }

    @Test func valuesKeepToTheirGenerationAndTheReaderSaysWhenItHasLeftOne() throws {
        let bench = try Bench()
        try bench.write(3, 1)
        try bench.grow(1, 128)
        try bench.write(100, 2)
        try bench.grow(2, 4096)
        try bench.write(4096, 3)
        try bench.write(0, 4)
        let first = try bench.reader.lease()
        let second = try bench.reader.lease()
        #expect(bench.left.value == 0)
        #expect(bench.reader.oldestGeneration == 0)
        let third = try bench.reader.lease()
        let contents = unsafe [Array(first.bytes), Array(second.bytes), Array(third.bytes)]
        #expect(contents == [[1, 1, 1], Array(repeating: 2, count: 100), Array(repeating: 3, count: 4096)])
        // Out of order: the lowest that is held decides.
        second.release()
        #expect(bench.left.value == 0)
        first.release()
        #expect(bench.left.value == 1)
        #expect(bench.reader.oldestGeneration == 2)
        bench.memory.dropPayloads(below: 2)
        third.release()
        #expect(try bench.read() == [])
        #expect(bench.left.value == 1)
    }

    @Test func aGenerationThatIsPassedOverHasItsLine() throws {
        let bench = try Bench()
        try bench.write(1, 1)
        let passed = try bench.grow(1, 100)
        let newest = try bench.grow(2, 200)
        try bench.write(150, 2)
        #expect(try bench.rig.ring.memory.generations().map(\.start) == [0, 1, 1])
        let control = try #require(bench.rig.ring.control)
        let memory = try RingMemory.attach(
            control: control.reopenReadOnly().descriptor,
            payloads: [
                PayloadSegment(generation: 1, slotSize: 100, descriptor: passed.reopenReadOnly().descriptor),
                PayloadSegment(generation: 2, slotSize: 200, descriptor: newest.reopenReadOnly().descriptor),
            ], writable: false, channel: bench.rig.channel)
        #expect(memory.oldestGeneration(at: 1) == 2)
        #expect(try bench.read() == [1])
        #expect(try bench.read() == Array(repeating: 2, count: 150))
    }

    @Test func aReaderWithoutTheMemoryFailsAlone() throws {
        let bench = try Bench()
        let other = try bench.rig.addReader()
        try bench.grow(1, 128)
        try bench.write(128, 7)
        #expect(try bench.read().count == 128)
        let error = #expect(throws: LeaseError.self) { _ = try other.reader.lease(until: .seconds(10)) }
        guard case .corrupted(.length(128, _, generation: 1)) = error else {
            Issue.record("the reader without the memory: \(String(describing: error))")
            return
        }
        try bench.write(1, 8)
        #expect(try bench.read() == [8])
    }

    @Test func whoTakesTheRingOverFindsItsNewestGeneration() throws {
        let bench = try Bench()
        let segment = try bench.grow(1, 128)
        try bench.write(100, 1)
        let control = try #require(bench.rig.ring.control)
        let payload = try #require(bench.rig.ring.payload)
        let payloads = [
            PayloadSegment(generation: 0, slotSize: 64, descriptor: payload.descriptor),
            PayloadSegment(generation: 1, slotSize: 128, descriptor: segment.descriptor),
        ]
        func attach(_ payloads: [PayloadSegment]) throws -> RingMemory {
            try RingMemory.attach(
                control: control.descriptor, payloads: payloads, writable: true, channel: bench.rig.channel)
        }
        #expect(throws: ForeignMemoryError.self) { _ = try attach([payloads[0]]) }
        let writer = RingWriter(try attach([payloads[1]]), process: bench.rig.writerProcess)
        #expect(writer.slotSize == 128)
        let loan = try writer.loan(128)
        let sequence = loan.sequence
        #expect(sequence == 1)
        unsafe loan.bytes.initializeMemory(as: UInt8.self, repeating: 2)
        loan.publish()
        #expect(try bench.read().count == 100)
        #expect(try bench.read() == Array(repeating: 2, count: 128))
    }

    @Test func anOfferThatIsTakenBackIsNotUsed() throws {
        let bench = try Bench()
        try bench.grow(1, 128)
        #expect(bench.rig.writer.withdrawOffer() == 0)
        #expect(throws: LoanError.tooLarge(needed: 65, available: 64)) { try bench.write(65, 1) }
        // Another growth has the same number, and other memory.
        bench.rig.ring.memory.dropPayload(1)
        bench.memory.dropPayload(1)
        try bench.grow(1, 256)
        try bench.write(200, 2)
        #expect(try bench.read() == Array(repeating: 2, count: 200))
        #expect(bench.rig.writer.withdrawOffer() == 1)
    }

    @Test func memoryOfAnotherSizeIsRefused() throws {
        let bench = try Bench()
        let small = try RingMemory.makePayload(slots: 1, slotSize: 64)
        #expect(throws: ForeignMemoryError.self) {
            try bench.memory.add(
                PayloadSegment(generation: 1, slotSize: 1 << 20, descriptor: small.reopenReadOnly().descriptor))
        }
        #expect(throws: ForeignMemoryError.self) {
            try bench.memory.add(
                PayloadSegment(generation: 32, slotSize: 64, descriptor: small.reopenReadOnly().descriptor))
        }
        #expect(throws: ForeignMemoryError.self) {
            try bench.memory.add(
                PayloadSegment(generation: 1, slotSize: 0, descriptor: small.reopenReadOnly().descriptor))
        }
        // One that is in use already is not another's to bring.
        try bench.grow(1, 128)
        try bench.write(100, 1)
        let other = try RingMemory.makePayload(slots: 4, slotSize: 4096)
        #expect(throws: ForeignMemoryError.self) {
            try bench.memory.add(
                PayloadSegment(generation: 1, slotSize: 4096, descriptor: other.reopenReadOnly().descriptor))
        }
        #expect(try bench.read() == Array(repeating: 1, count: 100))
    }

    @Test func theOldestGenerationFollowsTheCursor() throws {
        let bench = try Bench()
        try bench.write(1, 0)
        try bench.write(1, 0)
        try bench.grow(1, 128)
        try bench.write(128, 0)
        let memory = bench.rig.ring.memory
        #expect([0, 1, 2, 3].map { memory.oldestGeneration(at: $0) } == [0, 0, 1, 1])
    }
}
