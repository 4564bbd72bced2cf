internal import Ring
internal import SharedMemory

/// Memory that tensors lie in. It goes with the last tensor that views it.
///
/// Of three kinds: on the heap; a part of a value's slot, which is held until then; or somebody else's, who is told.
/// It is written before the first tensor views it, and never after.
@safe public final class TensorMemory: @unchecked Sendable {
    let start: UnsafeMutableRawPointer
    public let byteCount: Int
    public let device: TensorDevice
    private let owner: Owner

    @safe private enum Owner {
        case heap
        case slot(HeldSlot)
        case other(@Sendable (UnsafeMutableRawBufferPointer) -> Void)
    }

    /// What the memory's start is a multiple of, at least, unless it is somebody else's.
    public static let alignment = 64

    /// Zeroed memory on the heap.
    public convenience init(byteCount: Int) {
        precondition(byteCount >= 0, "memory of \(byteCount) bytes")
        self.init(unfilled: byteCount)
        unsafe start.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    }

    /// Heap memory that is about to be filled as a whole.
    init(unfilled byteCount: Int) {
        unsafe start = .allocate(byteCount: byteCount, alignment: Self.alignment)
        self.byteCount = byteCount
        device = .cpu
        owner = .heap
    }

    /// Memory of the caller's, to be viewed without a copy.
    ///
    /// - Parameters:
    ///   - bytes: Valid, and not changed by anybody, until `onRelease` is called. For another device than the main
    ///     memory it is an address there, which is not looked at.
    ///   - onRelease: Called once, when the last tensor is gone, on whichever thread.
    public init(
        unsafe bytes: UnsafeMutableRawBufferPointer, device: TensorDevice = .cpu,
        onRelease: @escaping @Sendable (UnsafeMutableRawBufferPointer) -> Void
    ) {
        unsafe start = bytes.baseAddress ?? UnsafeMutableRawPointer(bitPattern: Self.alignment).unsafelyUnwrapped
        byteCount = bytes.count
        self.device = device
        unsafe owner = .other(onRelease)
    }

    /// A part of a slot, which is given back when the last of its parts is gone.
    init(_ bytes: UnsafeRawBufferPointer, of slot: HeldSlot) {
        unsafe start = UnsafeMutableRawPointer(mutating: bytes.baseAddress.unsafelyUnwrapped)
        byteCount = bytes.count
        device = .cpu
        owner = .slot(slot)
    }

    /// Heap memory with these bytes.
    convenience init(copying bytes: UnsafeRawBufferPointer) {
        self.init(unfilled: bytes.count)
        unsafe fill(bytes)
    }

    deinit {
        switch owner {
        case .heap: unsafe start.deallocate()
        case .slot: break
        case .other(let onRelease): unsafe onRelease(.init(start: start, count: byteCount))
        }
    }

    /// Before any tensor views it.
    func fill(_ bytes: UnsafeRawBufferPointer) {
        unsafe UnsafeMutableRawBufferPointer(start: start, count: byteCount).copyValue(from: bytes)
    }
}

/// A leased slot that several tensors of its value view.
final class HeldSlot: Sendable {
    private let lease: Ring.ReadLease

    init(_ lease: consuming Ring.ReadLease) { self.lease = lease }

    var sequence: UInt64 { lease.sequence }
}
