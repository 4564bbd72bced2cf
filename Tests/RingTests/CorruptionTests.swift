import CSluice
import Ring
import RingTestKit
import SharedMemory
import SluiceModel
import Testing

/// Nothing that another process can write is trusted.
@Suite struct CorruptionTests {
    private let pattern = Pattern(mostBytes: 8)

    @Test func theLayoutIsC() { #expect(layoutAgreesWithC()) }

    @Test func aReaderFailsAloneWhenTheRingIsBroken() throws {
        for breakage in ["sequence", "length", "generation", "published"] {
            let rig = try Rig(.memfd, slots: 2, slotSize: 8)
            let reader = try rig.addReader()
            try rig.write(pattern)
            let control = try #require(rig.ring.control).map(writable: true)
            let ring = unsafe control.base.assumingMemoryBound(to: sluice_ring.self)
            let header = unsafe (control.base + MemoryLayout<sluice_ring>.size).assumingMemoryBound(
                to: sluice_slot.self)
            switch breakage {
            case "sequence": unsafe header.pointee.sequence = 5
            case "length": unsafe header.pointee.length = 65
            case "generation": unsafe header.pointee.generation = 1
            default: unsafe ring.pointee.published = 3
            }
            for _ in 0..<2 {
                let error = #expect(throws: LeaseError.self) { _ = try reader.reader.tryLease() }
                guard case .corrupted = error else {
                    Issue.record("\(breakage): \(error.map { "\($0)" } ?? "no error")")
                    return
                }
            }
        }
    }

    @Test func ringsThatAreNotWhatTheySayAreRefused() throws {
        typealias Change = (UnsafeMutablePointer<sluice_ring>) -> Void
        let changes: [(String, Change)] = unsafe [
            ("magic", { unsafe $0.pointee.magic += 1 }),
            ("version", { unsafe $0.pointee.version += 1 }),
            ("channel", { unsafe $0.pointee.channel += 1 }),
            ("slots", { unsafe $0.pointee.slots += 1_000 }),
            ("no slots", { unsafe $0.pointee.slots = 0 }),
            ("many slots", { unsafe $0.pointee.slots = .max }),
            ("size", { unsafe $0.pointee.size -= 1 }),
            ("slot size", { unsafe $0.pointee.slot_size = 65 }),
            ("no slot size", { unsafe $0.pointee.slot_size = 0 }),
            ("generations", { unsafe $0.pointee.generation_count = 2 }),
            ("payload size", { unsafe $0.pointee.generations.0.size += 4096 }),
            ("base", { unsafe $0.pointee.generations.0.base = 4096 }),
            ("odd base", { unsafe $0.pointee.generations.0.base = 8 }),
            ("stride", { unsafe $0.pointee.generations.0.stride = 1 << 62 }),
            ("odd stride", { unsafe $0.pointee.generations.0.stride = 65 }),
            ("start", { unsafe $0.pointee.generations.0.start = 1 }),
        ]
        for index in unsafe changes.indices {
            let (name, change) = unsafe changes[index]
            let channel = ChannelID.random()
            let ring = try RingMemory.create(channel: channel, slots: 4, slotSize: 60)
            let control = try #require(ring.control)
            let payload = try #require(ring.payload)
            _ = try RingMemory.attach(
                control: control.descriptor, payload: payload.descriptor, writable: true, channel: channel)
            let mapping = try control.map(writable: true)
            unsafe change(mapping.base.assumingMemoryBound(to: sluice_ring.self))
            #expect(throws: ForeignMemoryError.self, "\(name)") {
                _ = try RingMemory.attach(
                    control: control.descriptor, payload: payload.descriptor, writable: false, channel: channel)
            }
        }
    }

    @Test func segmentsThatAreNotWhatTheySayAreRefused() throws {
        let process = try Rig.process(.memfd)
        let descriptor = try #require(process.segment).descriptor
        #expect(throws: ForeignMemoryError.invalid("the segment is not of process 0000000000000005")) {
            _ = try ProcessView(descriptor, life: ProcessLife(rawValue: 5))
        }
        let ring = try RingMemory.create(channel: .random(), slots: 4, slotSize: 60)
        #expect(throws: ForeignMemoryError.invalid("this is not a process's segment")) {
            _ = try ProcessView(try #require(ring.control).descriptor, life: process.life)
        }
        #expect(throws: ForeignMemoryError.self) {
            _ = try ProcessView(try Segment(name: "short", size: 64).descriptor, life: process.life)
        }
        let mapping = try #require(process.segment).map(writable: true)
        unsafe mapping.base.assumingMemoryBound(to: sluice_process.self).pointee.cursor_count = 1_000_000
        #expect(throws: ForeignMemoryError.self) { _ = try ProcessView(descriptor, life: process.life) }
    }

    @Test func readersMapNothingWritable() throws {
        let rig = try Rig(.memfd, slots: 4, slotSize: 60)
        let control = try #require(rig.ring.control).reopenReadOnly()
        #expect(throws: SystemCallError.self) { _ = try control.map(writable: true) }
        #expect(!(try rig.readerMemory().isWritable))
        // What a restarted agent does with what a worker hands back.
        _ = try control.reopenWritable().map(writable: true)
    }

    @Test func whatARingCostsIsWhatItTakes() throws {
        for (slots, size) in [(1, 1), (4, 1 << 20), (1_000, 100)] {
            let ring = try RingMemory.create(channel: .random(), slots: slots, slotSize: size)
            let taken = try #require(ring.control).size + #require(ring.payload).size
            #expect(RingMemory.byteCost(slots: slots, slotSize: size) == UInt64(taken))
        }
    }
}
