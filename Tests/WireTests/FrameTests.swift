import SluiceModel
import Testing
import Wire

/// Memory of exactly so many bytes, so that a sanitizer sees a step beyond it.
@safe struct Memory: ~Copyable {
    let bytes: UnsafeMutableRawBufferPointer

    init(_ count: Int, fill: UInt8 = 0xaa) {
        unsafe bytes = .allocate(byteCount: count, alignment: 8)
        unsafe bytes.initializeMemory(as: UInt8.self, repeating: fill)
    }

    init(_ content: [UInt8]) {
        self.init(content.count)
        unsafe bytes.copyBytes(from: content)
    }

    deinit { unsafe bytes.deallocate() }

    var view: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(bytes) }
    func array(_ count: Int) -> [UInt8] { unsafe Array(bytes.prefix(count)) }
}

func header(decoding bytes: [UInt8]) throws(FrameError) -> FrameHeader {
    let memory = Memory(bytes)
    return try unsafe FrameHeader(decoding: memory.view)
}

func encoded(_ header: FrameHeader) -> [UInt8] {
    let memory = Memory(FrameHeader.bytes)
    unsafe header.encode(into: memory.bytes)
    return memory.array(FrameHeader.bytes)
}

@Suite struct FrameTests {
    private var chunk: FrameHeader {
        var header = FrameHeader(kind: .chunk, session: 0x0102_0304_0506_0708)
        header.stream = 2
        header.sequence = 3
        header.valueLength = 100
        header.offset = 60
        header.chunkLength = 40
        header.generation = 4
        header.valueKind = 5
        return header
    }

    @Test func headerRoundTrips() throws {
        #expect(try header(decoding: encoded(chunk)) == chunk)
        let hello = FrameHeader(kind: .hello, session: 9)
        #expect(try header(decoding: encoded(hello)) == hello)
    }

    /// The layout that the other side relies on.
    @Test func layoutIsFixed() {
        let expected: [UInt8] =
            [0x53, 0x4c, 1, 2, 0, 0, 0, 0] + [8, 7, 6, 5, 4, 3, 2, 1] + [2, 0, 0, 0, 0, 0, 0, 0]
            + [3, 0, 0, 0, 0, 0, 0, 0] + [100, 0, 0, 0, 0, 0, 0, 0] + [60, 0, 0, 0, 0, 0, 0, 0]
            + [40, 0, 0, 0, 4, 0, 0, 0] + [5, 0, 0, 0, 0, 0, 0, 0]
        #expect(encoded(chunk) == expected)
    }

    @Test func decodesAtAnyAlignment() throws {
        let memory = Memory([0] + encoded(chunk))
        let frame = unsafe UnsafeRawBufferPointer(rebasing: memory.view[1...])
        #expect(unsafe try FrameHeader(decoding: frame) == chunk)
    }

    private func refusal(_ change: (inout FrameHeader) -> Void) -> FrameError? {
        var header = chunk
        change(&header)
        return #expect(throws: FrameError.self) { try decode(encoded(header)) }
    }

    private func decode(_ bytes: [UInt8]) throws(FrameError) -> FrameHeader { try header(decoding: bytes) }

    @Test func extents() {
        #expect(refusal { $0.offset = 61 } == .extent(offset: 61, length: 40, value: 100))
        #expect(refusal { $0.offset = .max } == .extent(offset: .max, length: 40, value: 100))
        let beyond = UInt64(Limits.mostSlotSize) + 1
        #expect(refusal { $0.valueLength = beyond } == .extent(offset: 60, length: 40, value: beyond))
        #expect(refusal { $0.chunkLength = 0 } == .extent(offset: 60, length: 0, value: 100))
        #expect(refusal { $0.chunkLength = .max } == .length(.max))
        #expect(refusal { $0.count = 1 } == .rest(bytes: 0, expected: 0))
        #expect(refusal { $0.sequence = .max } == .sequence(.max))
        #expect(refusal { $0.version = 2 } == .version(2))
    }

    @Test func emptyValue() throws {
        var header = FrameHeader(kind: .chunk, session: 1)
        header.sequence = 7
        #expect(try decode(encoded(header)) == header)
    }

    @Test func headsThatAreNone() {
        #expect(throws: FrameError.short(bytes: 0)) { try header(decoding: []) }
        #expect(throws: FrameError.short(bytes: 63)) { try header(decoding: Array(encoded(chunk).dropLast())) }
        #expect(throws: FrameError.rest(bytes: 1, expected: 0)) { try header(decoding: encoded(chunk) + [0]) }
        var bytes = encoded(chunk)
        bytes[0] = 0
        #expect(throws: FrameError.magic(0x4c00)) { try header(decoding: bytes) }
        bytes = encoded(chunk)
        bytes[3] = 9
        #expect(throws: FrameError.kind(9)) { try header(decoding: bytes) }
        bytes[3] = 0
        #expect(throws: FrameError.kind(0)) { try header(decoding: bytes) }
    }
}
