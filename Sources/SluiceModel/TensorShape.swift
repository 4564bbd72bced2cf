/// What is known of a tensor before it is there: the type of its elements, how many, and on which device.
public struct TensorShape: Hashable, Sendable, Codable, CustomStringConvertible {
    public var dtype: ScalarType
    /// Elements along each axis, the slowest first; none for a single element.
    public var shape: [Int]
    public var device: TensorDevice

    public init(_ dtype: ScalarType, _ shape: [Int], device: TensorDevice = .cpu) {
        self.dtype = dtype
        self.shape = shape
        self.device = device
    }

    public var description: String {
        device == .cpu ? "\(dtype) \(shape)" : "\(dtype) \(shape) on \(device)"
    }
}
