/// The upper half of a `Float`: eight bits of exponent, seven of fraction.
///
/// It has the range of `Float` and about three decimal digits. Calculate in `Float`, and round once.
public struct BFloat16: Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
    public var bitPattern: UInt16

    public init(bitPattern: UInt16) { self.bitPattern = bitPattern }

    /// The nearest value; of two equally near, the one whose last bit is 0. What is not a number stays so.
    public init(_ value: Float) {
        let bits = value.bitPattern
        // The payload's upper bits may all be zero: then a quiet bit keeps it from becoming infinite.
        guard !value.isNaN else {
            bitPattern = UInt16(truncatingIfNeeded: bits >> 16) | 0x40
            return
        }
        bitPattern = UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ (bits >> 16 & 1)) >> 16)
    }

    public var description: String { Float(self).description }

    // As numbers compare, not as bits: -0 equals 0, and NaN nothing.
    public static func == (a: BFloat16, b: BFloat16) -> Bool { Float(a) == Float(b) }
    public func hash(into hasher: inout Hasher) { hasher.combine(Float(self)) }
}

extension Float {
    /// Exactly the same number.
    public init(_ value: BFloat16) { self.init(bitPattern: UInt32(value.bitPattern) << 16) }
}
