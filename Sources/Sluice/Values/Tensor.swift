public import SluiceModel

/// Elements of one type along any number of axes, in memory of its own or in a channel's slot.
///
/// A tensor is a view: copying it copies no elements, and its elements never change. One that was read from a channel
/// holds its value's slot until the last tensor of that value is gone; ``copy()`` has memory of its own instead.
/// Elements are little-endian. Shape and strides are those of DLPack 1.1: strides in elements, 0 for an axis along which
/// one element is repeated, less than 0 for one that runs backwards.
public struct Tensor: Sendable {
    let layout: TensorLayout
    public let memory: TensorMemory
    /// Bytes from the memory's start to the first element, the one at index 0 of each axis.
    public let byteOffset: Int

    init(_ layout: TensorLayout, _ memory: TensorMemory, byteOffset: Int) throws(TensorFault) {
        guard layout.fits(memory.byteCount, at: byteOffset) else {
            throw TensorFault(
                """
                its elements are not all within its \(memory.byteCount) bytes: shape \(layout.shape), strides \
                \(layout.strides), first element at byte \(byteOffset)
                """)
        }
        self.layout = layout
        self.memory = memory
        self.byteOffset = byteOffset
    }

    /// A view of memory.
    ///
    /// - Parameters:
    ///   - shape: At most 64 axes; none for a single element.
    ///   - strides: In elements; those of row-major order if nil.
    ///   - byteOffset: Of the first element.
    /// - Throws: ``SluiceError/Code/invalidArgument`` if an element would lie outside of the memory.
    public init(
        _ memory: TensorMemory, _ dtype: ScalarType, shape: [Int], strides: [Int]? = nil, byteOffset: Int = 0
    ) throws(SluiceError) {
        do throws(TensorFault) {
            try self.init(TensorLayout(dtype, shape, strides: strides), memory, byteOffset: byteOffset)
        } catch { throw .invalidArgument("no tensor can be made: \(error)") }
    }

    public var dtype: ScalarType { layout.dtype }
    /// Elements along each axis, the slowest first.
    public var shape: [Int] { layout.shape }
    /// Elements from one to the next along each axis.
    public var strides: [Int] { layout.strides }
    public var device: TensorDevice { memory.device }
    /// How many elements it has: 1 without axes.
    public var count: Int { layout.count }
    /// Bytes of its elements; one that is repeated counts as often as it is.
    public var byteCount: Int { layout.byteCount }
    /// Whether its elements lie one after the other in row-major order.
    public var isContiguous: Bool { layout.isRowMajor }
    /// What a channel may declare for it.
    public var declaredShape: TensorShape { TensorShape(dtype, shape, device: device) }

    /// Elements in row-major order, copied.
    ///
    /// - Throws: ``SluiceError/Code/invalidArgument`` if the shape has another number of elements.
    public init<Element: TensorScalar>(_ elements: [Element], shape: [Int]) throws(SluiceError) {
        let memory = unsafe elements.withUnsafeBytes { unsafe TensorMemory(copying: $0) }
        try self.init(filling: memory, Element.scalarType, shape: shape)
    }

    /// Elements along one axis, copied.
    public init<Element: TensorScalar>(_ elements: [Element]) {
        guard let tensor = try? Tensor(elements, shape: [elements.count]) else { preconditionFailure("they fit") }
        self = tensor
    }

    /// A single element, without axes.
    public init<Element: TensorScalar>(scalar: Element) {
        guard let tensor = try? Tensor([scalar], shape: []) else { preconditionFailure("it fits") }
        self = tensor
    }

    /// The bytes of elements in row-major order, copied.
    ///
    /// - Throws: ``SluiceError/Code/invalidArgument`` if the shape has another number of bytes.
    public init(bytes: [UInt8], _ dtype: ScalarType, shape: [Int]) throws(SluiceError) {
        let memory = unsafe bytes.withUnsafeBytes { unsafe TensorMemory(copying: $0) }
        try self.init(filling: memory, dtype, shape: shape)
    }

    private init(filling memory: TensorMemory, _ dtype: ScalarType, shape: [Int]) throws(SluiceError) {
        try self.init(memory, dtype, shape: shape)
        guard byteCount == memory.byteCount else {
            throw .invalidArgument(
                "\(memory.byteCount) bytes are no tensor of \(declaredShape), which has \(byteCount)")
        }
    }
}

// Other views of the same memory.
extension Tensor {
    /// Some of the memory in another shape.
    ///
    /// - Throws: ``SluiceError/Code/invalidArgument`` if an element would lie outside of the memory.
    public func view(shape: [Int], strides: [Int]? = nil, byteOffset: Int? = nil) throws(SluiceError) -> Tensor {
        try Tensor(memory, dtype, shape: shape, strides: strides, byteOffset: byteOffset ?? self.byteOffset)
    }

    /// The same elements with the axes in the opposite order.
    public func transposed() -> Tensor {
        guard
            let layout = try? TensorLayout(dtype, shape.reversed(), strides: strides.reversed()),
            let tensor = try? Tensor(layout, memory, byteOffset: byteOffset)
        else { preconditionFailure("the elements are the same") }
        return tensor
    }
}
