internal import CSluice
internal import Glibc

/// A segment's memory in this process's address space, until the last owner lets go.
@safe
package final class Mapping: @unchecked Sendable {
    /// Address of the first byte.
    package let base: UnsafeMutableRawPointer
    package let size: Int
    package let isWritable: Bool
    private let isMapped: Bool

    package init(_ descriptor: Descriptor, size: Int, writable: Bool) throws(SystemCallError) {
        let rights = writable ? PROT_READ | PROT_WRITE : PROT_READ
        guard let base = unsafe mmap(nil, size, rights, MAP_SHARED, descriptor.raw, 0), unsafe base != MAP_FAILED else {
            throw SystemCallError("mmap", sluice_errno())
        }
        unsafe self.base = base
        self.size = size
        isWritable = writable
        isMapped = true
    }

    /// Memory of this process alone, zeroed: what tests share between threads.
    package init(local size: Int) {
        let base = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 4096)
        unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        unsafe self.base = base
        self.size = size
        isWritable = true
        isMapped = false
    }

    /// The one mapping of a segment that everyone in this process shares who asks for it this way: so what lies in it has
    /// one address here.
    package static func shared(_ segment: Segment, writable: Bool) throws(SystemCallError) -> Mapping {
        // The sanitizer knows memory by its address. What is ordered by words that each side has mapped for itself would
        // look like a race to it.
        guard !isThreadSanitized else { return try segment.map(writable: writable) }
        var status = stat()
        try check("fstat") { unsafe fstat(segment.descriptor.raw, &status) }
        let key = SharedMappings.Key(device: status.st_dev, inode: status.st_ino, isWritable: writable)
        return try SharedMappings.mapping(key) { () throws(SystemCallError) in try segment.map(writable: writable) }
    }

    deinit {
        if isMapped { _ = unsafe munmap(base, size) } else { unsafe base.deallocate() }
    }
}

/// Segments that are mapped once for the whole process, for as long as somebody holds on to them.
private enum SharedMappings {
    struct Key: Hashable {
        var device: dev_t
        var inode: ino_t
        var isWritable: Bool
    }

    private struct Weak { weak var mapping: Mapping? }
    private static let known = Lock<[Key: Weak]>([:])

    static func mapping(_ key: Key, make: () throws(SystemCallError) -> Mapping) throws(SystemCallError) -> Mapping {
        let found = known.withLock { $0[key]?.mapping }
        if let found { return found }
        let made = try make()
        return known.withLock { known in
            // Another thread may have been faster.
            if let other = known[key]?.mapping { return other }
            known = known.filter { $0.value.mapping != nil }
            known[key] = Weak(mapping: made)
            return made
        }
    }
}
