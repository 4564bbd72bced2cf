import SluiceModel
import Wire

/// Reproducible random numbers (SplitMix64): a failed test names its seed.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// Valid values of everything that messages are made of, extremes among them.
struct RandomValues {
    var random: Seeded

    init(seed: UInt64) { random = Seeded(seed) }

    mutating func below(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }
    mutating func bool() -> Bool { Bool.random(using: &random) }

    mutating func u64() -> UInt64 {
        switch below(4) {
        case 0: 0
        case 1: .max
        case 2: UInt64(below(300))
        default: .random(in: 0 ... .max, using: &random)
        }
    }

    mutating func u32() -> UInt32 { UInt32(truncatingIfNeeded: u64()) }
    mutating func nonZero() -> UInt64 { max(u64(), 1) }
    mutating func sequence() -> UInt64 { min(u64(), Limits.mostSequence) }
    mutating func pid() -> Int32 { Int32(truncatingIfNeeded: u64() & 0x7fff_ffff) }
    mutating func gate() -> UInt32 { min(max(u32(), 1), .max - 1) }
    mutating func line() -> UInt32 { UInt32(below(Limits.mostAgentCursors)) }
    mutating func channel() -> ChannelID { ChannelID(rawValue: nonZero()) }
    mutating func life() -> ProcessLife { ProcessLife(rawValue: nonZero()) }
    mutating func optional<T>(_ value: T) -> T? { bool() ? value : nil }

    mutating func text() -> String {
        let alphabet: [Character] = ["a", "Z", " ", "\0", "\n", "é", "漢", "🜄", "=", "\u{301}"]
        return String((0..<below(40)).map { _ in alphabet[below(alphabet.count)] })
    }

    mutating func name<Kind>() -> Name<Kind> {
        let alphabet: [Character] = ["a", "Z", " ", "-", "é", "漢", "🜄", "=", "/"]
        let characters = (0...below(20)).map { _ in alphabet[below(alphabet.count)] }
        let long = String(repeating: "x", count: Name<Kind>.mostBytes)
        guard let name = try? Name<Kind>(below(20) == 0 ? long : String(characters)) else {
            preconditionFailure("no control characters, at most 20 × 4 bytes")
        }
        return name
    }

    mutating func list<T>(_ most: Int, _ element: (inout Self) -> T) -> [T] {
        (0..<below(most + 1)).map { _ in element(&self) }
    }

    mutating func json() -> [UInt8] { list(300) { UInt8($0.below(256)) } }
    mutating func address() -> String { String(repeating: "t", count: below(Limits.mostEndpointBytes + 1)) }
    mutating func key() -> String { bool() ? "" : String(repeating: "k", count: Limits.keyCharacters) }
    mutating func timeout() -> Timeout { bool() ? .infinite : Timeout(nanoseconds: u64()) }

    mutating func versions() -> VersionRange {
        let (a, b) = (u32(), u32())
        return VersionRange(oldest: min(a, b), newest: max(a, b))
    }

    mutating func error() -> SluiceError {
        SluiceError(
            SluiceError.Code(rawValue: "code" + text()), text(), channel: optional(text()), actor: optional(text()),
            node: optional(text()), pid: optional(Int32(truncatingIfNeeded: u64())), sequence: optional(u64()),
            needed: optional(u64()), available: optional(u64()), cause: optional(text()))
    }

    mutating func spec() -> ChannelSpec {
        var readers = Set<ActorName>()
        for _ in 0...below(below(10) == 0 ? Limits.mostReaders : 4) { readers.insert(name()) }
        let slots = below(5) == 0 ? Limits.mostSlots : 1 + below(100)
        let slotSize = below(5) == 0 ? Limits.mostSlotSize : 1 + below(1 << 20)
        guard
            let spec = try? ChannelSpec(
                id: channel(), name: name(), writer: name(), readers: Array(readers), slots: slots, slotSize: slotSize,
                largestValue: bool() ? slotSize : min(Limits.mostSlotSize, slotSize * 2),
                declaration: Array(text().utf8))
        else { preconditionFailure("all within bounds") }
        return spec
    }

    mutating func slotSize() -> Int { 1 + below(below(5) == 0 ? Limits.mostSlotSize : 1 << 20) }
    mutating func payload() -> PayloadSpec {
        let place = BlockPlace(
            run: run(), offset: UInt64(below(1 << 30)), blockBytes: 1 << 30 + UInt64(below(1 << 30)))
        return PayloadSpec(
            generation: UInt32(below(Limits.mostGenerations)), slotSize: slotSize(), place: optional(place))
    }
    mutating func end() -> ChannelEnd {
        ChannelEnd(final: bool() ? sequence() : ChannelEnd.whatLanded, reason: reason())
    }
    mutating func reason() -> EndReason { [.closed, .writerDied, .nodeLost, .corrupted][below(4)] }
    mutating func route() -> Route { bool() ? .local : .reference }
    mutating func identity() -> ActorIdentity { ActorIdentity(name: name(), incarnation: u64()) }
}
