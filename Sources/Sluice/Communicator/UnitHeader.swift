/// What stands before the elements in a slot: which operation they are of, and which part.
///
/// A cache line, so that the elements behind it are aligned for every type. All numbers little-endian.
struct UnitHeader: Hashable {
    static let byteCount = 64
    /// "SLC1"
    private static let magic: UInt32 = 0x3143_4c53

    var signature: OperationSignature
    /// 0, 1, 2 … in the order in which the sender publishes the operation's units.
    var unit: UInt64

    init(_ signature: OperationSignature, unit: UInt64) {
        self.signature = signature
        self.unit = unit
    }

    /// Nil for what is no header.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Self.byteCount, unsafe bytes.loadUnaligned(as: UInt32.self) == Self.magic else {
            return nil
        }
        unsafe signature = OperationSignature(
            sequence: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self), kind: bytes[4], reduction: bytes[5],
            scalarType: bytes[6], root: bytes.loadUnaligned(fromByteOffset: 32, as: UInt32.self),
            count: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
        unit = unsafe bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
    }

    /// Writes it to the beginning of a slot of at least ``byteCount`` bytes.
    func store(to slot: UnsafeMutableRawBufferPointer) {
        unsafe UnsafeMutableRawBufferPointer(rebasing: slot[..<Self.byteCount]).initializeMemory(
            as: UInt8.self, repeating: 0)
        unsafe slot.storeBytes(of: Self.magic, as: UInt32.self)
        unsafe slot[4] = signature.kind.rawValue
        unsafe slot[5] = signature.reduction
        unsafe slot[6] = signature.scalarType
        unsafe slot.storeBytes(of: signature.sequence, toByteOffset: 8, as: UInt64.self)
        unsafe slot.storeBytes(of: signature.count, toByteOffset: 16, as: UInt64.self)
        unsafe slot.storeBytes(of: unit, toByteOffset: 24, as: UInt64.self)
        unsafe slot.storeBytes(of: signature.root, toByteOffset: 32, as: UInt32.self)
    }
}
