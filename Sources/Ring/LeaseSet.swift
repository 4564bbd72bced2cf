/// Which values a reader still holds: all from `lowest` on that it has taken, but for the holes.
package struct LeaseSet: Hashable, Sendable {
    /// Values below it are given back.
    package private(set) var lowest: UInt64
    /// How many were given back, those beyond a held one included.
    package private(set) var count: UInt64
    private let slots: UInt64
    /// One bit for each slot: given back, while a lower one is held. Made at the first such.
    private var holes: [UInt64] = []
    private var holeCount = 0

    init(first: UInt64, slots: UInt64) {
        lowest = first
        count = first
        self.slots = slots
    }

    /// Whether `lowest` has moved.
    @inline(__always)
    package mutating func giveBack(_ sequence: UInt64) -> Bool {
        count += 1
        guard sequence == lowest else {
            punch(sequence)
            return false
        }
        lowest += 1
        if holeCount > 0 { closeHoles() }
        return true
    }

    @inline(never)
    private mutating func punch(_ sequence: UInt64) {
        precondition(
            sequence > lowest && sequence - lowest < slots, "value \(sequence) is not held; \(lowest) is lowest")
        if holes.isEmpty { holes = Array(repeating: 0, count: Int((slots + 63) / 64)) }
        let bit = sequence % slots
        holes[Int(bit / 64)] |= 1 << (bit % 64)
        holeCount += 1
    }

    @inline(never)
    private mutating func closeHoles() {
        while holeCount > 0 {
            let bit = lowest % slots
            guard holes[Int(bit / 64)] & (1 << (bit % 64)) != 0 else { return }
            holes[Int(bit / 64)] &= ~(1 << (bit % 64))
            holeCount -= 1
            lowest += 1
        }
    }
}
