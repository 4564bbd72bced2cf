internal import CSluice
internal import Glibc
internal import SluiceModel
internal import Synchronization

/// One byte for the worker and one for each endpoint: 1 while it may be used.
///
/// The page is private to this process and reads as zero in a forked child (MADV_WIPEONFORK), so one load tells all
/// calls at once that an endpoint is closed, has failed, or was inherited.
@safe final class LifeWords: Sendable {
    typealias Word = Atomic<UInt8>

    /// MADV_WIPEONFORK, since Linux 4.14.
    private static let wipeOnFork: Int32 = 18
    /// Page-rounded: one byte per writer and reader, and one for the worker.
    private static let bytes = 4096

    private let base: UnsafeMutableRawPointer

    init() throws(SluiceError) {
        precondition(2 + 2 * Limits.mostEndpoints <= Self.bytes)
        let map = unsafe mmap(nil, Self.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let map = unsafe map, unsafe map != MAP_FAILED else {
            throw .system("mmap", sluice_errno(), "no memory for the worker's life words")
        }
        guard unsafe madvise(map, Self.bytes, Self.wipeOnFork) == 0 else {
            let errno = sluice_errno()
            unsafe munmap(map, Self.bytes)
            throw .system("madvise", errno, "MADV_WIPEONFORK is needed to tell a forked child (Linux 4.14)")
        }
        unsafe base = map
        unsafe born.pointee.store(1, ordering: .releasing)
        unsafe worker.pointee.store(1, ordering: .releasing)
    }

    deinit { unsafe munmap(base, Self.bytes) }

    var worker: UnsafeMutablePointer<Word> { unsafe word(0) }
    func writer(_ endpoint: UInt32) -> UnsafeMutablePointer<Word> { unsafe word(1 + Int(endpoint)) }
    func reader(_ line: UInt32) -> UnsafeMutablePointer<Word> { unsafe word(1 + Limits.mostEndpoints + Int(line)) }

    /// Whether this process is a forked child of the one that made this.
    var isForked: Bool { unsafe born.pointee.load(ordering: .relaxed) == 0 }

    /// Set from the first moment to the last: zero only where it was wiped.
    private var born: UnsafeMutablePointer<Word> { unsafe word(Self.bytes - 1) }

    private func word(_ index: Int) -> UnsafeMutablePointer<Word> {
        precondition(index < Self.bytes)
        return unsafe base.advanced(by: index).assumingMemoryBound(to: Word.self)
    }
}
