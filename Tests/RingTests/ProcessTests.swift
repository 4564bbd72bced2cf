import Ring
import RingTestKit
import SharedMemory
import SluiceModel
import Testing

/// Real processes, and what is left when one of them is killed. The test is the agent.
@Suite(.serialized) struct ProcessTests {
    private let pattern = Pattern(mostBytes: 64)

    @Test(.timeLimit(.minutes(2))) func hundredThousandValuesToFourProcesses() throws {
        let rig = try Rig(.memfd, slots: 64, slotSize: 64)
        let children = try (0..<4).map { _ in try ReaderChild(rig, pattern, readers: 1) }
        for _ in 0..<100_000 { try rig.write(pattern) }
        for child in children { try child.end(rig.writer.finish(), .closed) }
        for child in children { #expect(try child.counts() == [100_000]) }
    }

    @Test(.timeLimit(.minutes(2))) func sixtyFourReadersInFourProcesses() throws {
        let rig = try Rig(.memfd, slots: 8, slotSize: 64)
        let children = try (0..<4).map { _ in try ReaderChild(rig, pattern, readers: 16) }
        for _ in 0..<500 { try rig.write(pattern) }
        for child in children { try child.end(rig.writer.finish(), .closed) }
        for child in children { #expect(try child.counts() == Array(repeating: 500, count: 16)) }
    }

    /// At ten places in the stream: the writer and the other reader go on, and lose nothing.
    @Test(.timeLimit(.minutes(2))) func aKilledReaderHoldsNobodyUp() throws {
        for round in 1...10 as ClosedRange<UInt64> {
            let rig = try Rig(.memfd, slots: 4, slotSize: 64)
            let survivor = try ReaderChild(rig, pattern, readers: 1)
            let victim = try ReaderChild(rig, pattern, readers: 2)
            let killer = try NamedThread("killer") {
                while rig.writer.published < round * 137 { sched() }
                try? victim.child.kill()
                // As its pidfd tells an agent.
                for gate in victim.gates { rig.writer.detach(gate) }
            }
            for _ in 0..<3_000 { try rig.write(pattern) }
            killer.join()
            try survivor.end(rig.writer.finish(), .closed)
            #expect(try survivor.counts() == [3_000])
            #expect(!victim.child.identity.isAlive)
            #expect(rig.writer.gates().map(\.number) == survivor.gates)
        }
    }

    /// At ten places in the stream: readers get all that was published, whole, and nothing else.
    @Test(.timeLimit(.minutes(2))) func aKilledWriterLeavesWhatItHasPublished() throws {
        for round in 1...10 as ClosedRange<UInt64> {
            let channel = ChannelID.random()
            let ring = try RingMemory.create(channel: channel, slots: 4, slotSize: 64)
            let agent = try Rig.process(.memfd)
            // Gates of readers that are there before the writer.
            let readers = try (0..<2).map { index in
                let process = try Rig.process(.memfd)
                let gate = try ring.memory.addInitialGate(Rig.request(process, reader: UInt32(index)))
                return RigReader(
                    process: process, gate: gate, first: 0,
                    reader: RingReader(ring.memory, process: process, line: 0, gate: gate, first: 0))
            }
            let writer = try WriterChild(ring, channel, pattern, count: .max, views: readers.map(\.process) + [agent])
            let threads = try readers.map { reader in try DrainThread(reader, pattern) }
            while ring.memory.published < round * 97 { sched() }
            try writer.child.kill()
            let final = ring.memory.published
            for reader in readers { reader.reader.recordEnd(final: final, reason: .writerDied) }
            for thread in threads { #expect(try thread.result() == final) }
            #expect(ring.memory.final == nil)
        }
    }

    @Test(.timeLimit(.minutes(2))) func aWriterInAnotherProcessIsToldToDetach() throws {
        let channel = ChannelID.random()
        let ring = try RingMemory.create(channel: channel, slots: 2, slotSize: 64)
        let silent = try Rig.process(.memfd)
        let process = try Rig.process(.memfd)
        let blocking = try ring.memory.addInitialGate(Rig.request(silent))
        let gate = try ring.memory.addInitialGate(Rig.request(process))
        let reader = RigReader(
            process: process, gate: gate, first: 0,
            reader: RingReader(ring.memory, process: process, line: 0, gate: gate, first: 0))
        let writer = try WriterChild(ring, channel, pattern, count: 1_000, views: [silent, process])
        let thread = try DrainThread(reader, pattern)
        while ring.memory.awaitedGate != blocking { sched() }
        #expect(ring.memory.published == 2)
        try writer.child.send("detach \(blocking)")
        var said = Set([try writer.child.receive().words.joined(separator: " ")])
        said.insert(try writer.child.receive().words.joined(separator: " "))
        #expect(said == ["detached", "written 1000"])
        reader.reader.recordEnd(final: 1_000, reason: .closed)
        #expect(try thread.result() == 1_000)
        #expect(ring.memory.final == 1_000)
    }
}

/// A process with some readers of a rig's ring.
private final class ReaderChild: Sendable {
    let child: Child
    let gates: [UInt32]

    init(_ rig: Rig, _ pattern: Pattern, readers: Int) throws {
        let child = try Child(["read", "\(rig.channel.rawValue)", "\(pattern.mostBytes)", "\(readers)"])
        let (words, descriptors) = try child.receive()
        let life = ProcessLife(rawValue: try #require(UInt64(words[1])))
        let view = try ProcessView(try #require(descriptors.first), life: life)
        let attached = try (0..<readers).map { line in
            try rig.writer.attach(
                GateRequest(
                    kind: .reader, life: life, process: child.identity, line: UInt32(line), reader: UInt32(line)),
                view: view)
        }
        self.child = child
        gates = attached.map(\.gate)
        try child.send(
            "ring " + attached.map { "\($0.gate):\($0.first)" }.joined(separator: " "),
            [
                #require(rig.ring.control).reopenReadOnly().descriptor,
                #require(rig.ring.payload).reopenReadOnly().descriptor,
            ])
    }

    func end(_ final: UInt64, _ reason: EndReason) throws { try child.send("end \(final) \(reason.rawValue)") }

    func counts() throws -> [Int] {
        let words = try child.receive().words
        if let fault = words.first(where: { $0.hasPrefix("fault") }) { throw Fault.childFailed(String(fault)) }
        return words.dropFirst().compactMap { Int($0) }
    }
}

/// A process that writes a ring.
private final class WriterChild: Sendable {
    let child: Child

    init(
        _ ring: NewRing, _ channel: ChannelID, _ pattern: Pattern, count: UInt64, views: [ProcessSegment]
    ) throws {
        child = try Child(["write", "\(channel.rawValue)", "\(pattern.mostBytes)", "\(count)"])
        try child.send("ring", [#require(ring.control).descriptor, #require(ring.payload).descriptor])
        for process in views {
            try child.send(
                "view \(process.life.rawValue)", [#require(process.segment).reopenReadOnly().descriptor])
        }
        try child.send("go")
    }
}
