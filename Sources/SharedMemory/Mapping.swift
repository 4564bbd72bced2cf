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

    deinit {
        if isMapped { _ = unsafe munmap(base, size) } else { unsafe base.deallocate() }
    }
}
