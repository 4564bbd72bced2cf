/// Where a reader wants the tensors that it reads.
///
/// They are copied there, and the slot is free at once; without an allocator tensors view their slot and hold it.
public struct TensorAllocator: Sendable {
    private let body: @Sendable (TensorShape, Int) throws -> TensorMemory

    /// - Parameter allocate: Gets a tensor's shape and its bytes, and returns at least so many in the main memory, at an
    ///   address that is a multiple of its element's size. They are written before the tensor is there. May be called on
    ///   any thread that reads. What it throws is the `cause` of a ``SluiceError/Code/cannotDecode``.
    public init(_ allocate: @escaping @Sendable (_ shape: TensorShape, _ byteCount: Int) throws -> TensorMemory) {
        body = allocate
    }

    /// The heap.
    public static let heap = TensorAllocator { _, byteCount in TensorMemory(unfilled: byteCount) }

    /// Memory that was checked to be fit for the tensor.
    func allocate(_ shape: TensorShape, _ byteCount: Int) throws -> TensorMemory {
        let memory = try body(shape, byteCount)
        guard memory.device == .cpu else { throw TensorFault("the allocator gave memory of \(memory.device)") }
        guard memory.byteCount >= byteCount else {
            throw TensorFault("the allocator gave \(memory.byteCount) bytes instead of \(byteCount)")
        }
        guard unsafe UInt(bitPattern: memory.start) % UInt(shape.dtype.byteCount) == 0 else {
            throw TensorFault("the allocator gave memory that is not aligned for \(shape.dtype)")
        }
        return memory
    }
}
