import Relay
import SluiceModel

extension RelayLimits {
    /// Round, small numbers: chunk 100, small up to 10, batch 200, window 250 bytes; progress within 1,000 ns.
    static var tiny: RelayLimits {
        var limits = RelayLimits()
        limits.chunk = 100
        limits.smallValue = 10
        limits.batch = 200
        limits.window = 250
        limits.progressDelay = 1_000
        return limits
    }
}

/// A seeded generator: a failing schedule is found again by its seed.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
