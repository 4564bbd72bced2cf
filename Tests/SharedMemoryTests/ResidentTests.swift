import Glibc
import SharedMemory
import SluiceModel
import Testing

/// What a process has in memory: asked of the kernel, page by page.
@Suite(.serialized) struct ResidentTests {
    private static let page = 4096

    /// Whether the page of that address is mapped at this moment.
    private func isMapped(_ address: UInt) throws -> Bool {
        let file = Descriptor(owning: try check("open") { unsafe open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC) })
        var entry: UInt64 = 0
        let count = unsafe pread(file.raw, &entry, 8, Int(address) / Self.page * 8)
        try #require(count == 8)
        return entry >> 63 == 1
    }

    private func fileBytes() throws -> Int {
        let text = try readFile("/proc/self/status", most: 8192)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("RssFile:") })
        return try #require(line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }) << 10
    }

    @Test func wholePagesAreMappedBeforeTheyAreTouched() throws {
        let mapping = try Segment(name: "test", size: 8 * Self.page).map(writable: true)
        let start = unsafe UInt(bitPattern: mapping.base)
        // Begins in the first page and ends in the last: both are shared with others.
        unsafe ResidentPages.mapAhead(
            UnsafeMutableRawBufferPointer(start: mapping.base + 1, count: 8 * Self.page - 2))
        let mapped = try (0..<8).map { try isMapped(start + UInt($0 * Self.page)) }
        #expect(mapped == [false, true, true, true, true, true, true, false])
    }

    @Test(arguments: [0, 1, 4095]) func lessThanAPageIsLeftAlone(bytes: Int) throws {
        let mapping = try Segment(name: "test", size: 2 * Self.page).map(writable: true)
        unsafe ResidentPages.mapAhead(UnsafeMutableRawBufferPointer(start: mapping.base, count: bytes))
        #expect(try !isMapped(unsafe UInt(bitPattern: mapping.base)))
        unsafe ResidentPages.mapAhead(UnsafeMutableRawBufferPointer(start: nil, count: 0))
    }

    @Test(.enabled(if: !isThreadSanitized, "the sanitizer has a heap of its own"))
    func whatIsFreeBetweenBlocksGoesBack() throws {
        // Below the size from which a block is a mapping of its own.
        let size = 100 << 10
        var blocks: [UnsafeMutableRawPointer] = unsafe []
        for _ in 0..<64 {
            let block = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
            unsafe block.initializeMemory(as: UInt8.self, repeating: 1, count: size)
            unsafe blocks.append(block)
        }
        // The last one stays, so that the heap's end does not fall.
        for index in 0..<63 { unsafe blocks[index].deallocate() }
        defer { unsafe blocks[63].deallocate() }
        let middle = unsafe UInt(bitPattern: blocks[32]) + UInt(size / 2)
        #expect(try isMapped(middle))
        HeapTrimming.trim()
        #expect(try !isMapped(middle))
    }

    @Test func codeThatWasLetGoOfIsThereWhenItIsCalled() throws {
        let before = try fileBytes()
        #expect(ResidentPages.letGoOfCode() > 1 << 20)
        #expect(try fileBytes() < before)
    }

    @Test func theHeapIsTrimmedOnceTrafficHasStopped() {
        var heap = HeapTrimming()
        func look(_ passed: UInt64, _ now: UInt64) -> Bool { heap.look(passed: passed, now: now) }
        let (little, quiet) = (HeapTrimming.little, HeapTrimming.quiet)
        #expect(!look(0, 5))
        #expect(!look(little - 1, 1 << 60))
        #expect(heap.due == nil)

        #expect(!look(little, 1000))
        #expect(heap.due == 1000 + quiet)
        // It goes on, in time: nothing is trimmed, and it is looked at again.
        #expect(!look(2 * little, 999 + quiet))
        #expect(heap.due == 999 + 2 * quiet)
        // Small values alone leave nothing behind.
        #expect(!look(3 * little - 1, 998 + 2 * quiet))
        #expect(look(3 * little - 1, 999 + 2 * quiet))
        // Once, and then there is nothing to wake up for.
        #expect(heap.due == nil)
        #expect(!look(3 * little - 1, 1 << 60))
        #expect(!look(3 * little, 1 << 61))
        #expect(heap.due == (1 << 61) + quiet)
    }
}
