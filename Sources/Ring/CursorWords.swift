/// The words of one cursor.
package struct CursorWords: Hashable, Sendable {
    package let address: UInt

    @inline(__always)
    package init(address: UInt) { self.address = address }

    @inline(__always)
    package var released: Word64 { Word64(address: address) + CursorLayout.released }
    @inline(__always)
    package var acquired: Word64 { Word64(address: address) + CursorLayout.acquired }
    @inline(__always)
    package var acquiredAt: Word64 { Word64(address: address) + CursorLayout.acquiredAt }
    @inline(__always)
    package var waiting: Word64 { Word64(address: address) + CursorLayout.waiting }
}

/// How far a reader is, and since when it holds what it has taken.
package struct CursorStatus: Hashable, Sendable {
    package let released: UInt64
    package let acquired: UInt64
    /// CLOCK_MONOTONIC ns; nil if it holds nothing.
    package let heldSince: UInt64?
}

extension CursorWords {
    /// A look from outside; the figures may be of neighbouring moments.
    package var status: CursorStatus {
        let memory = HardwareMemory()
        // Released first: so never more given back than taken.
        let released = memory.load(self.released)
        let acquired = max(released, memory.load(self.acquired))
        return CursorStatus(
            released: released, acquired: acquired, heldSince: acquired > released ? memory.load(acquiredAt) : nil)
    }
}
