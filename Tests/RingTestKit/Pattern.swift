/// What tests write: every value's length and bytes follow from its sequence number.
package struct Pattern: Sendable {
    /// Lengths are 0 ... this.
    package let mostBytes: Int

    package init(mostBytes: Int) { self.mostBytes = mostBytes }

    /// The smallest and the largest often, all others now and then.
    package func length(_ sequence: UInt64) -> Int {
        switch sequence % 5 {
        case 0: 0
        case 1: min(1, mostBytes)
        case 2: mostBytes
        default: Int(Self.mix(sequence) % UInt64(mostBytes + 1))
        }
    }

    package func fill(_ bytes: UnsafeMutableRawBufferPointer, _ sequence: UInt64) {
        var word = Self.mix(sequence)
        for index in bytes.indices {
            unsafe bytes[index] = UInt8(truncatingIfNeeded: word)
            word = word &* 0x9e37_79b9_7f4a_7c15 &+ 1
        }
    }

    /// Whether these are the value's length and bytes.
    package func matches(_ bytes: UnsafeRawBufferPointer, _ sequence: UInt64) -> Bool {
        guard bytes.count == length(sequence) else { return false }
        var word = Self.mix(sequence)
        for index in bytes.indices {
            guard unsafe bytes[index] == UInt8(truncatingIfNeeded: word) else { return false }
            word = word &* 0x9e37_79b9_7f4a_7c15 &+ 1
        }
        return true
    }

    private static func mix(_ x: UInt64) -> UInt64 {
        var z = x &+ 0x9e37_79b9_7f4a_7c15
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
