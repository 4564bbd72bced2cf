/// Numbers that kernels calculate with: integers wrap round, floating-point numbers are those of IEEE 754.
protocol Arithmetic: BitwiseCopyable, Sendable {
    static func plus(_ a: Self, _ b: Self) -> Self
    static func times(_ a: Self, _ b: Self) -> Self
    var isNegative: Bool { get }
    var absolute: Self { get }
    static var zero: Self { get }
    /// The nearest one; of an integer, its lowest bits.
    init(wrapping value: Int)
    /// Nil for what this type cannot be near to.
    init?(number: Double)
}

extension Arithmetic where Self: FixedWidthInteger {
    static func plus(_ a: Self, _ b: Self) -> Self { a &+ b }
    static func times(_ a: Self, _ b: Self) -> Self { a &* b }
    var isNegative: Bool { self < 0 }
    var absolute: Self { self < 0 ? 0 &- self : self }
    init(wrapping value: Int) { self.init(truncatingIfNeeded: value) }
    init?(number: Double) { self.init(exactly: number) }
}

extension Arithmetic where Self: BinaryFloatingPoint {
    static func plus(_ a: Self, _ b: Self) -> Self { a + b }
    static func times(_ a: Self, _ b: Self) -> Self { a * b }
    var isNegative: Bool { self < 0 }
    var absolute: Self { magnitude }
    init(wrapping value: Int) { self.init(value) }
    init?(number: Double) { self.init(number) }
}

extension Int8: Arithmetic {}
extension Int16: Arithmetic {}
extension Int32: Arithmetic {}
extension Int64: Arithmetic {}
extension UInt8: Arithmetic {}
extension UInt16: Arithmetic {}
extension UInt32: Arithmetic {}
extension UInt64: Arithmetic {}
extension Float: Arithmetic {}
extension Double: Arithmetic {}
