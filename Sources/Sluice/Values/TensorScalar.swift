public import SluiceModel

/// A Swift type that a tensor's elements can be read as.
public protocol TensorScalar: BitwiseCopyable, Sendable {
    static var scalarType: ScalarType { get }
}

// `Bool` is left out: a byte that is neither 0 nor 1 would be no value of it.
extension Int8: TensorScalar { public static var scalarType: ScalarType { .int8 } }
extension Int16: TensorScalar { public static var scalarType: ScalarType { .int16 } }
extension Int32: TensorScalar { public static var scalarType: ScalarType { .int32 } }
extension Int64: TensorScalar { public static var scalarType: ScalarType { .int64 } }
extension UInt8: TensorScalar { public static var scalarType: ScalarType { .uint8 } }
extension UInt16: TensorScalar { public static var scalarType: ScalarType { .uint16 } }
extension UInt32: TensorScalar { public static var scalarType: ScalarType { .uint32 } }
extension UInt64: TensorScalar { public static var scalarType: ScalarType { .uint64 } }
extension Float16: TensorScalar { public static var scalarType: ScalarType { .float16 } }
extension BFloat16: TensorScalar { public static var scalarType: ScalarType { .bfloat16 } }
extension Float: TensorScalar { public static var scalarType: ScalarType { .float32 } }
extension Double: TensorScalar { public static var scalarType: ScalarType { .float64 } }
