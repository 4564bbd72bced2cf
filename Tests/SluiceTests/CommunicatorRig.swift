import Sluice
import SluiceModel
import Testing

/// The ranks of one or more groups, as actors of one worker and a fake agent, each with a thread of its own.
final class CommunicatorRig: Sendable {
    let fixture: Fixture
    let worker: Worker
    let members: [String]
    private let actors: [SluiceActor]

    init(ranks: Int) throws {
        fixture = try Fixture()
        let worker = try fixture.worker()
        self.worker = worker
        members = (0..<ranks).map { "rank\($0)" }
        actors = try members.map { try worker.register(actor: $0) }
    }

    deinit { worker.close() }

    /// All ranks of one group. Small slots: then a little is many segments.
    func join(_ group: String = "g", slotSize: Int = 128, slots: Int = 3) throws -> [ChannelCommunicator] {
        let options = CommunicatorOptions(slotSize: slotSize, slots: slots)
        return try Self.onEach(actors) { [members] actor in
            try ChannelCommunicator.join(group, as: actor, members: members, options: options, timeout: .seconds(20))
        }
    }

    func actor(_ rank: Int) -> SluiceActor { actors[rank] }

    /// Does something with each at the same time, and returns what came of it, in order.
    static func onEach<Element: Sendable, Value: Sendable>(
        _ elements: [Element], _ body: @escaping @Sendable (Element) throws -> Value
    ) throws -> [Value] {
        let jobs = try elements.map { element in try Job { try body(element) } }
        return try jobs.map { try $0.value() }
    }
}

/// What each rank's elements are in tests, and what must come of them, worked out from the definition and from nothing
/// of the implementation's.
enum Sequentially {
    /// The blocks of an all-reduce: sizes, in order.
    static func blocks(_ count: Int, _ n: Int) -> [Range<Int>] {
        var start = 0
        return (0..<n).map { block in
            let size = count / n + (block < count % n ? 1 : 0)
            defer { start += size }
            return start..<start + size
        }
    }

    /// One element that begins with rank `first` and goes round.
    static func reduce<Scalar>(_ values: [Scalar], from first: Int, _ combine: (Scalar, Scalar) -> Scalar) -> Scalar {
        var result = values[first % values.count]
        for step in 1..<max(1, values.count) { result = combine(result, values[(first + step) % values.count]) }
        return result
    }

    static func allReduce<Scalar>(_ inputs: [[Scalar]], _ combine: (Scalar, Scalar) -> Scalar) -> [Scalar] {
        var result: [Scalar] = []
        for (block, range) in blocks(inputs[0].count, inputs.count).enumerated() {
            for index in range { result.append(reduce(inputs.map { $0[index] }, from: block, combine)) }
        }
        return result
    }

    static func reduceScatter<Scalar>(_ inputs: [[Scalar]], _ combine: (Scalar, Scalar) -> Scalar) -> [[Scalar]] {
        let each = inputs[0].count / inputs.count
        return inputs.indices.map { rank in
            (rank * each..<(rank + 1) * each).map { index in
                reduce(inputs.map { $0[index] }, from: rank + 1, combine)
            }
        }
    }
}

/// An element of a test: made from a number, compared by its bits.
protocol TestScalar: TensorScalar {
    static func element(_ seed: UInt64) -> Self
    static func expected(_ reduction: Reduction, _ a: Self, _ b: Self) -> Self
    var bits: UInt64 { get }
}

extension TestScalar where Self: FixedWidthInteger {
    static func element(_ seed: UInt64) -> Self { Self(truncatingIfNeeded: scrambled(seed)) }
    static func expected(_ reduction: Reduction, _ a: Self, _ b: Self) -> Self {
        switch reduction {
        case .sum: a &+ b
        case .product: a &* b
        case .minimum: Swift.min(a, b)
        case .maximum: Swift.max(a, b)
        }
    }
    var bits: UInt64 { UInt64(truncatingIfNeeded: self) }
}

extension Int8: TestScalar {}
extension Int16: TestScalar {}
extension Int32: TestScalar {}
extension Int64: TestScalar {}
extension UInt8: TestScalar {}
extension UInt16: TestScalar {}
extension UInt32: TestScalar {}
extension UInt64: TestScalar {}

extension Float: TestScalar {
    static func element(_ seed: UInt64) -> Float { Float(fraction(seed)) }
    static func expected(_ reduction: Reduction, _ a: Float, _ b: Float) -> Float {
        switch reduction {
        case .sum: a + b
        case .product: a * b
        case .minimum: Swift.min(a, b)
        case .maximum: Swift.max(a, b)
        }
    }
    var bits: UInt64 { UInt64(bitPattern) }
}

extension Double: TestScalar {
    static func element(_ seed: UInt64) -> Double { fraction(seed) }
    static func expected(_ reduction: Reduction, _ a: Double, _ b: Double) -> Double {
        switch reduction {
        case .sum: a + b
        case .product: a * b
        case .minimum: Swift.min(a, b)
        case .maximum: Swift.max(a, b)
        }
    }
    var bits: UInt64 { bitPattern }
}

extension Float16: TestScalar {
    static func element(_ seed: UInt64) -> Float16 { Float16(Float(fraction(seed))) }
    static func expected(_ reduction: Reduction, _ a: Float16, _ b: Float16) -> Float16 {
        Float16(Float.expected(reduction, Float(a), Float(b)))
    }
    var bits: UInt64 { UInt64(bitPattern) }
}

extension BFloat16: TestScalar {
    static func element(_ seed: UInt64) -> BFloat16 { BFloat16(Float(fraction(seed))) }
    static func expected(_ reduction: Reduction, _ a: BFloat16, _ b: BFloat16) -> BFloat16 {
        BFloat16(Float.expected(reduction, Float(a), Float(b)))
    }
    var bits: UInt64 { UInt64(bitPattern) }
}

/// splitmix64
func scrambled(_ x: UInt64) -> UInt64 {
    var z = x &+ 0x9e37_79b9_7f4a_7c15
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
}

/// Of magnitudes so different that the order of additions shows in the last bits.
private func fraction(_ seed: UInt64) -> Double {
    let value = scrambled(seed)
    let mantissa = Double(value >> 11) / Double(1 << 53) + 0.5
    return (value & 1 == 0 ? 1 : -1) * mantissa * Double(1 << (value >> 1 & 7)) / 8
}
