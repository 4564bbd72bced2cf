import SluiceModel
import Testing
import Wire

@Suite struct BatchTests {
    private struct Value: Equatable {
        var entry: BatchEntry
        var payload: [UInt8]
    }

    private func read(_ frame: [UInt8]) throws(FrameError) -> [Value] {
        let memory = Memory(frame)
        let header = try unsafe FrameHeader(decoding: memory.view)
        guard header.kind == .batch else { throw .kind(header.kind.rawValue) }
        var reader = unsafe BatchReader(header, frame: memory.view)
        var values: [Value] = []
        while let (entry, payload) = unsafe try reader.next() {
            values.append(Value(entry: entry, payload: unsafe Array(payload)))
        }
        return values
    }

    /// What of `values` fits in a frame of `most` bytes, and that frame.
    private func write(_ values: [Value], most: Int) -> (count: Int, frame: [UInt8]) {
        let memory = Memory(most)
        var writer = unsafe BatchWriter(into: memory.bytes, session: 42)
        var count = 0
        for value in values {
            let fits = unsafe value.payload.withUnsafeBytes { payload in
                unsafe writer.append(
                    stream: value.entry.stream, sequence: value.entry.sequence, valueKind: value.entry.valueKind,
                    payload)
            }
            if !fits { break }
            count += 1
        }
        #expect(Int(writer.count) == count)
        let bytes = writer.finish()
        return (count, memory.array(bytes))
    }

    private func random(_ count: Int, longest: Int, _ r: inout RandomValues) -> [Value] {
        (0..<count).map { _ in
            let payload = (0..<r.below(longest + 1)).map { _ in UInt8(r.below(256)) }
            let entry = BatchEntry(
                stream: r.u64(), sequence: r.sequence(), length: UInt32(payload.count), valueKind: r.u32())
            return Value(entry: entry, payload: payload)
        }
    }

    @Test(arguments: 1...20) func roundTrips(seed: UInt64) throws {
        var r = RandomValues(seed: seed)
        let values = random(r.below(60), longest: 100, &r)
        let most = FrameHeader.bytes + r.below(3000)
        let (count, frame) = write(values, most: most)
        #expect(try read(frame) == Array(values.prefix(count)), "seed \(seed)")
        #expect(frame.count % 8 == 0 && frame.count <= most)
        // Full is full: the next one would not have fitted.
        if count < values.count {
            #expect(BatchEntry.room(for: values[count].payload.count) > most - frame.count, "seed \(seed)")
        }
    }

    @Test func paddingIsCleared() throws {
        let entry = BatchEntry(stream: 1, sequence: 2, length: 9, valueKind: 0)
        let (_, frame) = write([Value(entry: entry, payload: Array(1...9))], most: 200)
        #expect(frame.count == FrameHeader.bytes + BatchEntry.bytes + 16)
        #expect(frame.suffix(16) == [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test func aLongBufferMakesNoLongerFrame() {
        let memory = Memory(4 << 20)
        let payload = Memory(1 << 20)
        var writer = unsafe BatchWriter(into: memory.bytes, session: 1)
        var count = 0
        while unsafe writer.append(stream: 1, sequence: 1, valueKind: 0, payload.view) { count += 1 }
        #expect(count == 1)
        #expect(writer.finish() <= FrameHeader.bytes + Limits.mostFrameBytes)
    }

    @Test func entriesThatDoNotFit() {
        let entry = BatchEntry(stream: 1, sequence: 2, length: 8, valueKind: 0)
        let (_, frame) = write([Value(entry: entry, payload: Array(1...8))], most: 200)
        var longer = frame
        longer[FrameHeader.bytes + 16] = 9
        #expect(throws: FrameError.entry(index: 0, length: 9, left: 32)) { try read(longer) }
        longer[FrameHeader.bytes + 19] = 0xff
        #expect(throws: FrameError.self) { try read(longer) }
        var more = frame
        more[4] = 2
        #expect(throws: FrameError.count(2, bytes: 32)) { try read(more) }
        var fewer = frame
        fewer[4] = 0
        #expect(throws: FrameError.rest(bytes: 32, expected: 0)) { try read(fewer) }
        #expect(throws: FrameError.rest(bytes: 31, expected: 32)) { try read(Array(frame.dropLast())) }
    }

    /// 20 seeds × 2,500 manglings; what is read lies in the frame, or a sanitizer stops here.
    @Test(arguments: 1...20) func survivesMangling(seed: UInt64) {
        var r = RandomValues(seed: seed)
        var refused = 0
        for _ in 0..<50 {
            let (_, frame) = write(random(10, longest: 30, &r), most: 600)
            for _ in 0..<50 {
                var bytes = frame
                for _ in 0...r.below(3) { bytes[r.below(bytes.count)] = UInt8(r.below(256)) }
                if r.below(4) == 0 { bytes = Array(bytes.prefix(r.below(bytes.count))) }
                do { _ = try read(bytes) } catch { refused += 1 }
            }
        }
        #expect(refused > 0, "seed \(seed)")
    }

    @Test(arguments: 1...4) func survivesRandomBytes(seed: UInt64) {
        var r = RandomValues(seed: seed)
        for _ in 0..<5000 {
            var header = FrameHeader(kind: .batch, session: r.u64())
            let body = (0..<r.below(120)).map { _ in UInt8(r.below(r.bool() ? 256 : 20)) }
            header.count = UInt32(r.below(4))
            header.chunkLength = UInt32(body.count)
            let values = try? read(encoded(header) + body)
            if let values { #expect(values.count == Int(header.count), "seed \(seed)") }
        }
    }
}

@Suite struct ProgressTests {
    private func read(_ frame: [UInt8]) throws(FrameError) -> [ProgressEntry] {
        let memory = Memory(frame)
        let header = try unsafe FrameHeader(decoding: memory.view)
        guard header.kind == .progress else { throw .kind(header.kind.rawValue) }
        var reader = unsafe ProgressReader(header, frame: memory.view)
        var entries: [ProgressEntry] = []
        while let entry = try reader.next() { entries.append(entry) }
        return entries
    }

    private func write(_ entries: [ProgressEntry], most: Int) -> (count: Int, frame: [UInt8]) {
        let memory = Memory(most)
        var writer = unsafe ProgressWriter(into: memory.bytes, session: 42)
        for entry in entries where !writer.append(entry) { break }
        let count = Int(writer.count)
        return (count, memory.array(writer.finish()))
    }

    private func random(_ r: inout RandomValues) -> ProgressEntry {
        let landed = r.sequence()
        return ProgressEntry(stream: r.u64(), landed: landed, mayReach: landed + UInt64(r.below(Limits.mostSlots + 1)))
    }

    @Test(arguments: 1...20) func roundTrips(seed: UInt64) throws {
        var r = RandomValues(seed: seed)
        let entries = (0..<r.below(40)).map { _ in random(&r) }
        let most = FrameHeader.bytes + r.below(1200)
        let (count, frame) = write(entries, most: most)
        #expect(count == min(entries.count, (most - FrameHeader.bytes) / ProgressEntry.bytes))
        #expect(try read(frame) == Array(entries.prefix(count)), "seed \(seed)")
    }

    @Test func creditsAreBounded() {
        let back = write([ProgressEntry(stream: 1, landed: 5, mayReach: 4)], most: 200).frame
        #expect(throws: FrameError.sequence(4)) { try read(back) }
        let far = 6 + UInt64(Limits.mostSlots)
        let more = write([ProgressEntry(stream: 1, landed: 5, mayReach: far)], most: 200).frame
        #expect(throws: FrameError.sequence(far)) { try read(more) }
    }

    @Test(arguments: 1...10) func survivesMangling(seed: UInt64) {
        var r = RandomValues(seed: seed)
        var refused = 0
        for _ in 0..<2000 {
            var bytes = write([random(&r), random(&r)], most: 200).frame
            for _ in 0...r.below(3) { bytes[r.below(bytes.count)] = UInt8(r.below(256)) }
            if r.below(4) == 0 { bytes = Array(bytes.prefix(r.below(bytes.count))) }
            do { _ = try read(bytes) } catch { refused += 1 }
        }
        #expect(refused > 0, "seed \(seed)")
    }
}
