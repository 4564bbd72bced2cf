internal import CSluice
internal import Glibc

/// Which pages this process has in memory before it needs them, and which it keeps when it no longer does.
package enum ResidentPages {
    /// Maps what lies in `bytes` for writing now, in one call, rather than page by page when each is first touched; bytes
    /// of a page that they only share are left alone. Where the kernel cannot (before Linux 5.14), nothing changes.
    package static func mapAhead(_ bytes: UnsafeMutableRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        let page = UInt(sysconf(Int32(_SC_PAGESIZE)))
        let start = (UInt(bitPattern: base) + page - 1) & ~(page - 1)
        let end = (UInt(bitPattern: base) + UInt(bytes.count)) & ~(page - 1)
        guard end > start, let first = unsafe UnsafeMutableRawPointer(bitPattern: start) else { return }
        _ = unsafe sluice_map_ahead(first, Int(end - start))
    }

    /// Lets go of the pages of code, constants and link tables that were needed so far: of what starting touches, little
    /// is touched again. They stay in the page cache, and what is used is mapped again from there; the kernel may now drop
    /// the others as it may any file's.
    ///
    /// For a process that goes on for long, when it has started or has come to rest; not again and again, since what is used
    /// costs faults.
    @discardableResult
    package static func letGoOfCode() -> Int { Int(sluice_unmap_code()) }
}
