/// One thing to measure.
package struct BenchCase: Hashable, Sendable {
    package enum Shape: Hashable, Sendable {
        /// There and back, one value at a time.
        case roundTrip
        /// As fast as it goes, to one reader.
        case oneWay
        /// As fast as it goes, to so many readers on one node.
        case fanOut(Int)
        /// As fast as it goes, to one reader on each of so many other nodes.
        case spread(Int)
        /// Channels are made, used once and closed, one after the other; their actors are known.
        case creation
        /// So many readers wait, and nothing comes.
        case idle(Int)
        /// So many channels are open, and each slot has been used.
        case memory(Int)
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
    /// Channels that are open and idle beside the one that is measured.
    package var others: Int

    package init(
        shape: Shape, size: ByteSize, isRemote: Bool, isLoan: Bool = false, isEncrypted: Bool = false,
        sleeps: Bool = false, others: Int = 0
    ) {
        self.shape = shape
        self.size = size
        self.isRemote = isRemote
        self.isLoan = isLoan
        self.isEncrypted = isEncrypted
        self.sleeps = sleeps
        self.others = others
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
        switch shape {
        case .roundTrip: isRemote ? "W4" : "W1"
        case .fanOut: isRemote ? "W4" : "W2"
        case .oneWay: isRemote ? "W4" : "W3"
        case .spread: "W4"
        case .creation: "W5"
        case .idle: "W6"
        case .memory: "W7"
        }
    }

    /// The column `case`.
    package var name: String { others == 0 ? ownName : "\(ownName) beside \(others)" }

    private var ownName: String {
        switch shape {
        case .roundTrip: "rtt \(size)"
        case .oneWay: "one-way \(size)"
        case .fanOut(let readers): "fan-out \(size) x\(readers)"
        case .spread(let nodes): "spread \(size) x\(nodes)"
        case .creation: "create"
        case .idle(let readers): "idle x\(readers)"
        case .memory(let channels): "memory \(channels) x \(slots) x \(size)"
        }
    }

    package var readers: Int {
        switch shape {
        case .fanOut(let readers), .spread(let readers), .idle(let readers): readers
        case .roundTrip, .oneWay, .creation, .memory: 1
        }
    }

    /// How many nodes it takes.
    package var nodes: Int {
        switch shape {
        case .spread(let others): others + 1
        case .idle, .memory: 2
        case .roundTrip, .oneWay, .fanOut, .creation: isRemote ? 2 : 1
        }
    }

    /// Which node the reader of this number is on; the writer is on the first.
    package func node(ofReader number: Int) -> Int {
        switch shape {
        case .spread: number + 1
        case .idle: number % 2
        case .memory: 1
        case .roundTrip, .oneWay, .fanOut, .creation: isRemote ? 1 : 0
        }
    }

    /// Enough to keep both sides busy, but no more than what stays in a cache; a round trip has one value at a time, and
    /// needs more slots only so that not every value is acknowledged by itself. Values of hundreds of megabytes must fit
    /// into the machine.
    package var slots: Int {
        if case .memory = shape { return 4 }
        let isLarge = size.bytes >= 256 << 20
        let (bytes, fewest, most) = shape == .roundTrip ? (2 << 20, 2, 64) : (4 << 20, isLarge ? 2 : 4, 4096)
        return max(fewest, min(most, bytes / max(size.bytes, 1)))
    }
}
