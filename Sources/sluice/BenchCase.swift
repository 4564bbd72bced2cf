/// One thing to measure.
package struct BenchCase: Hashable, Sendable {
    package enum Shape: Hashable, Sendable {
        /// There and back, one value at a time.
        case roundTrip
        /// As fast as it goes, to one reader.
        case oneWay
        /// As fast as it goes, to so many readers on one node.
        case fanOut(Int)
    }

    package var shape: Shape
    package var size: ByteSize
    /// Whether the value crosses from one node to another.
    package var isRemote: Bool
    /// Whether a value is made in its slot, rather than copied there.
    package var isLoan: Bool
    package var isEncrypted: Bool
    /// Whether a wait sleeps at once, without spinning first.
    package var sleeps: Bool

    package init(
        shape: Shape, size: ByteSize, isRemote: Bool, isLoan: Bool = false, isEncrypted: Bool = false,
        sleeps: Bool = false
    ) {
        self.shape = shape
        self.size = size
        self.isRemote = isRemote
        self.isLoan = isLoan
        self.isEncrypted = isEncrypted
        self.sleeps = sleeps
    }

    /// The column `peer`, as the tables of other systems name theirs.
    package var peer: String {
        [
            "sluice", isRemote ? "tcp" : nil, isEncrypted && isRemote ? "curve" : nil, isLoan ? "loan" : nil,
            sleeps ? "futex" : nil,
        ]
        .compactMap { $0 }.joined(separator: " ")
    }

    /// The column `work`.
    package var work: String {
        if isRemote { return "W4" }
        return switch shape {
        case .roundTrip: "W1"
        case .fanOut: "W2"
        case .oneWay: "W3"
        }
    }

    /// The column `case`.
    package var name: String {
        switch shape {
        case .roundTrip: "rtt \(size)"
        case .oneWay: "one-way \(size)"
        case .fanOut(let readers): "fan-out \(size) x\(readers)"
        }
    }

    package var readers: Int {
        if case .fanOut(let readers) = shape { readers } else { 1 }
    }

    /// Enough to keep both sides busy, but no more than what stays in a cache; a round trip has one value at a time, and
    /// needs more slots only so that not every value is acknowledged by itself.
    package var slots: Int {
        let (bytes, fewest, most) = shape == .roundTrip ? (2 << 20, 2, 64) : (4 << 20, 4, 4096)
        return max(fewest, min(most, bytes / max(size.bytes, 1)))
    }
}
