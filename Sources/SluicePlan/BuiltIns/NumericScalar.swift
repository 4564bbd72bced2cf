internal import Sluice
internal import SluiceModel

/// An element that can be calculated with, perhaps in a wider type that is rounded once at the end.
protocol NumericScalar: TensorScalar {
    associatedtype Work: Arithmetic
    var work: Work { get }
    init(rounding work: Work)
}

extension NumericScalar where Work == Self {
    var work: Self { self }
    init(rounding work: Self) { self = work }
}

extension Int8: NumericScalar { typealias Work = Self }
extension Int16: NumericScalar { typealias Work = Self }
extension Int32: NumericScalar { typealias Work = Self }
extension Int64: NumericScalar { typealias Work = Self }
extension UInt8: NumericScalar { typealias Work = Self }
extension UInt16: NumericScalar { typealias Work = Self }
extension UInt32: NumericScalar { typealias Work = Self }
extension UInt64: NumericScalar { typealias Work = Self }
extension Float: NumericScalar { typealias Work = Self }
extension Double: NumericScalar { typealias Work = Self }

extension Float16: NumericScalar {
    var work: Float { Float(self) }
    init(rounding work: Float) { self.init(work) }
}

extension BFloat16: NumericScalar {
    var work: Float { Float(self) }
    init(rounding work: Float) { self.init(work) }
}

/// Something that is made for one type of element.
protocol ElementWork<Result> {
    associatedtype Result
    func work<Element: NumericScalar>(on type: Element.Type) throws(SluiceError) -> Result
}

extension ElementWork {
    /// Does it for a type. Each case is a call of its own, so that each is compiled for its type.
    ///
    /// - Returns: Nil for a type that nothing is calculated in: ``ScalarType/bool``.
    func work(for dtype: ScalarType) throws(SluiceError) -> Result? {
        switch dtype {
        case .bool: nil
        case .int8: try work(on: Int8.self)
        case .int16: try work(on: Int16.self)
        case .int32: try work(on: Int32.self)
        case .int64: try work(on: Int64.self)
        case .uint8: try work(on: UInt8.self)
        case .uint16: try work(on: UInt16.self)
        case .uint32: try work(on: UInt32.self)
        case .uint64: try work(on: UInt64.self)
        case .float16: try work(on: Float16.self)
        case .bfloat16: try work(on: BFloat16.self)
        case .float32: try work(on: Float.self)
        case .float64: try work(on: Double.self)
        }
    }
}
