internal import CSluice
internal import Glibc
internal import Synchronization

/// Tells at the cost of one load whether this process is a forked child of the one that took the mark.
///
/// The number lies in a page that the kernel clears in a child (MADV_WIPEONFORK). It is never unmapped: a lease may
/// outlive everything else and asks before it touches memory that is its parent's as well.
@safe package struct ForkMark: @unchecked Sendable {
    private typealias Word = Atomic<UInt32>

    private let word: UnsafeMutablePointer<Word>
    private let number: UInt32

    /// MADV_WIPEONFORK, since Linux 4.14.
    private static let wipeOnFork: Int32 = 18
    private static let pageBytes = 4096
    /// In ordinary memory, which a child inherits: its next number is none of its parent's.
    private static let lastNumber = Atomic<UInt32>(0)
    nonisolated(unsafe) private static let page = unsafe makePage()

    package init() throws(SystemCallError) {
        unsafe word = try Self.page.get()
        // Only uniqueness counts here; nothing is published by these words.
        if unsafe word.pointee.load(ordering: .relaxed) == 0 {
            let next = Self.lastNumber.wrappingAdd(1, ordering: .relaxed).newValue
            _ = unsafe word.pointee.compareExchange(expected: 0, desired: next, ordering: .relaxed)
        }
        number = unsafe word.pointee.load(ordering: .relaxed)
    }

    @inline(__always)
    package var isForked: Bool { unsafe word.pointee.load(ordering: .relaxed) != number }

    private static func makePage() -> Result<UnsafeMutablePointer<Word>, SystemCallError> {
        let map = unsafe mmap(nil, pageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let map = unsafe map, unsafe map != MAP_FAILED else {
            return unsafe .failure(SystemCallError("mmap", sluice_errno()))
        }
        do throws(SystemCallError) {
            try check("madvise(MADV_WIPEONFORK)") { unsafe madvise(map, pageBytes, wipeOnFork) }
        } catch {
            _ = unsafe munmap(map, pageBytes)
            return unsafe .failure(error)
        }
        return unsafe .success(map.assumingMemoryBound(to: Word.self))
    }
}
