/// A tensor as DLPack describes it: what a `DLTensor` of its C interface is filled from, pointer aside.
///
/// Names and numbers are those of DLPack 1.1 (`dlpack.h`). `data` is the start of the tensor's memory, which is a multiple
/// of 64, not of 256 as the header would like it; null for a tensor without elements.
public struct DLPackDescription: Hashable, Sendable {
    public var device: TensorDevice
    public var type: DataType
    /// Elements along each axis; `ndim` is their number.
    public var shape: [Int64]
    /// Elements from one to the next along each axis.
    public var strides: [Int64]
    /// From `data` to the first element.
    public var byteOffset: UInt64

    public init(device: TensorDevice, type: DataType, shape: [Int64], strides: [Int64], byteOffset: UInt64) {
        self.device = device
        self.type = type
        self.shape = shape
        self.strides = strides
        self.byteOffset = byteOffset
    }

    /// A `DLDataType`.
    public struct DataType: Hashable, Sendable {
        /// A `DLDataTypeCode`: 0 signed, 1 unsigned, 2 IEEE floating point, 4 bfloat16, 6 truth values of a byte each.
        public var code: UInt8
        public var bits: UInt8
        /// Of vector types; 1 for every type here.
        public var lanes: UInt16

        public init(code: UInt8, bits: UInt8, lanes: UInt16 = 1) {
            self.code = code
            self.bits = bits
            self.lanes = lanes
        }
    }
}

extension Tensor {
    public var dlpack: DLPackDescription {
        DLPackDescription(
            device: device, type: dtype.dlpack, shape: shape.map(Int64.init), strides: strides.map(Int64.init),
            byteOffset: UInt64(byteOffset))
    }
}

extension ScalarType {
    public var dlpack: DLPackDescription.DataType {
        let code: UInt8 =
            switch self {
            case .int8, .int16, .int32, .int64: 0
            case .uint8, .uint16, .uint32, .uint64: 1
            case .float16, .float32, .float64: 2
            case .bfloat16: 4
            case .bool: 6
            }
        return .init(code: code, bits: UInt8(byteCount * 8))
    }

    /// The type that DLPack describes so; nil if there is none here.
    public init?(dlpack type: DLPackDescription.DataType) {
        guard let match = Self.allCases.first(where: { $0.dlpack == type }) else { return nil }
        self = match
    }
}
