/// An element that can be reduced; see ``Reduction`` for what its operations mean. The least and greatest are not named as
/// the standard library names its own, which treat a NaN as missing.
protocol Reducible: TensorScalar {
    static func sum(_ a: Self, _ b: Self) -> Self
    static func product(_ a: Self, _ b: Self) -> Self
    static func least(_ a: Self, _ b: Self) -> Self
    static func greatest(_ a: Self, _ b: Self) -> Self
}

extension Reducible where Self: FixedWidthInteger {
    @inline(__always) static func sum(_ a: Self, _ b: Self) -> Self { a &+ b }
    @inline(__always) static func product(_ a: Self, _ b: Self) -> Self { a &* b }
    @inline(__always) static func least(_ a: Self, _ b: Self) -> Self { a < b ? a : b }
    @inline(__always) static func greatest(_ a: Self, _ b: Self) -> Self { a > b ? a : b }
}

extension Int8: Reducible {}
extension Int16: Reducible {}
extension Int32: Reducible {}
extension Int64: Reducible {}
extension UInt8: Reducible {}
extension UInt16: Reducible {}
extension UInt32: Reducible {}
extension UInt64: Reducible {}

extension Float: Reducible {
    @inline(__always) static func sum(_ a: Float, _ b: Float) -> Float { a + b }
    @inline(__always) static func product(_ a: Float, _ b: Float) -> Float { a * b }

    // Selections without a branch: loops over them become vector code. Equal numbers have equal bits but for zeros, of
    // which the sign is chosen.
    @inline(__always) static func least(_ a: Float, _ b: Float) -> Float {
        let smaller = a < b || a != a ? a : b
        return a == b ? Float(bitPattern: a.bitPattern | b.bitPattern) : smaller
    }
    @inline(__always) static func greatest(_ a: Float, _ b: Float) -> Float {
        let larger = a > b || a != a ? a : b
        return a == b ? Float(bitPattern: a.bitPattern & b.bitPattern) : larger
    }
}

extension Double: Reducible {
    @inline(__always) static func sum(_ a: Double, _ b: Double) -> Double { a + b }
    @inline(__always) static func product(_ a: Double, _ b: Double) -> Double { a * b }
    @inline(__always) static func least(_ a: Double, _ b: Double) -> Double {
        let smaller = a < b || a != a ? a : b
        return a == b ? Double(bitPattern: a.bitPattern | b.bitPattern) : smaller
    }
    @inline(__always) static func greatest(_ a: Double, _ b: Double) -> Double {
        let larger = a > b || a != a ? a : b
        return a == b ? Double(bitPattern: a.bitPattern & b.bitPattern) : larger
    }
}

/// Calculated as a `Float`, and rounded once.
protocol NarrowFloat: Reducible {
    init(_ value: Float)
    var wide: Float { get }
}

extension NarrowFloat {
    @inline(__always) static func sum(_ a: Self, _ b: Self) -> Self { Self(a.wide + b.wide) }
    @inline(__always) static func product(_ a: Self, _ b: Self) -> Self { Self(a.wide * b.wide) }
    @inline(__always) static func least(_ a: Self, _ b: Self) -> Self { Self(Float.least(a.wide, b.wide)) }
    @inline(__always) static func greatest(_ a: Self, _ b: Self) -> Self { Self(Float.greatest(a.wide, b.wide)) }
}

extension Float16: NarrowFloat {
    @inline(__always) var wide: Float { Float(self) }
}

extension BFloat16: NarrowFloat {
    @inline(__always) var wide: Float { Float(self) }
}
