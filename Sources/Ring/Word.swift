/// A 64-bit word that several threads or processes see, by its address.
///
/// A number, not a pointer: the protocol's steps compute with words, and only ``HardwareMemory`` goes there. In the model
/// nothing lies behind the address.
package struct Word64: Hashable, Sendable {
    package let address: UInt

    @inline(__always)
    package init(address: UInt) { self.address = address }

    /// The half that a futex can compare.
    @inline(__always)
    package var low: Word32 {
        #if _endian(little)
            Word32(address: address)
        #else
            Word32(address: address + 4)
        #endif
    }

    @inline(__always)
    static func + (word: Word64, bytes: Int) -> Word64 { Word64(address: word.address + UInt(bytes)) }
}

/// A 32-bit word that several threads or processes see, by its address.
package struct Word32: Hashable, Sendable {
    package let address: UInt

    @inline(__always)
    package init(address: UInt) { self.address = address }
}
