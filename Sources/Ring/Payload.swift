internal import CSluice
package import SharedMemory
package import SluiceModel

/// Where one generation's slots lie in this process.
@safe
struct Payload: @unchecked Sendable {
    let generation: UInt32
    /// Largest value, bytes.
    let slotSize: Int
    /// Distance of two slots, bytes.
    let stride: UInt64
    private let base: UnsafeMutableRawPointer

    init(generation: UInt32, slotSize: Int, base: UnsafeMutableRawPointer) {
        self.generation = generation
        self.slotSize = slotSize
        stride = UInt64(RingLayout.stride(slotSize: slotSize))
        unsafe self.base = unsafe base
    }

    @inline(__always)
    func bytes(slot: UInt64, length: UInt64) -> UnsafeRawBufferPointer? {
        guard length <= stride else { return nil }
        return unsafe UnsafeRawBufferPointer(start: base + Int(slot &* stride), count: Int(length))
    }

    @inline(__always)
    func mutableBytes(slot: UInt64, length: Int) -> UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(start: base + Int(slot &* stride), count: length)
    }

    /// Has the first line of a slot brought here.
    @inline(__always)
    func prefetch(_ slot: UInt64) { sluice_prefetch(UInt(bitPattern: unsafe base) &+ UInt(slot &* stride)) }

    /// Has it brought here to be written to.
    @inline(__always)
    func prefetchToWrite(_ slot: UInt64) {
        sluice_prefetch_to_write(UInt(bitPattern: unsafe base) &+ UInt(slot &* stride))
    }
}

/// A generation's payload as it is handed from process to process.
package struct PayloadSegment: Sendable {
    /// 0, 1, 2 …
    package let generation: UInt32
    /// Largest value, bytes.
    package let slotSize: Int
    package let descriptor: Descriptor
    /// Nil: the descriptor's memory is this generation's alone. Else it is a plan's block, open for writing.
    package let place: BlockPlace?

    package init(generation: UInt32, slotSize: Int, descriptor: Descriptor, place: BlockPlace? = nil) {
        self.generation = generation
        self.slotSize = slotSize
        self.descriptor = descriptor
        self.place = place
    }
}
