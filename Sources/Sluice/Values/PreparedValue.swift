internal import FoundationEssentials
internal import SharedMemory
internal import SluiceModel

/// A value whose size is known, to be written into a slot: the tensors are copied there from where they lie.
struct PreparedValue {
    let kind: UInt32
    /// Before the tensors, and behind them.
    private let head: [UInt8]
    private let tail: [UInt8]
    private let pieces: [Piece]
    let byteCount: Int

    /// A tensor, and where in the slot it goes.
    private struct Piece {
        let tensor: Tensor
        let place: Range<Int>
        /// Copied as it lies, not in row-major order.
        let isWhole: Bool
    }

    /// With its metadata.
    init(body: [UInt8], tensors: [Tensor]) throws(TensorFault) {
        var metadata = ByteWriter()
        var pieces: [Piece] = []
        // As dense tensors lie in any order of axes, so they are copied: at once, strides and all. In others there are
        // bytes that are not theirs, or elements that are repeated: these are sent in row-major order.
        for tensor in tensors { metadata.append(tensor.layout.isDense ? tensor.layout : tensor.layout.compacted) }
        var header = ByteWriter()
        header.append(SlotLayout.version)
        header.append(UInt32(tensors.count))
        header.append(UInt64(body.count))
        header.append(UInt64(metadata.bytes.count))
        header.append(UInt64(0))
        head = header.bytes + body + metadata.bytes
        tail = []
        var end = head.count
        for tensor in tensors { pieces.append(try Self.piece(tensor, isWhole: tensor.layout.isDense, &end)) }
        self.pieces = pieces
        kind = ValueKind.typed
        byteCount = end
    }

    /// Of declared shapes, which the tensors were compared with.
    init(tensors: [Tensor], body: [UInt8]) throws(TensorFault) {
        var pieces: [Piece] = []
        var end = 0
        for tensor in tensors { pieces.append(try Self.piece(tensor, isWhole: tensor.layout.isRowMajor, &end)) }
        self.pieces = pieces
        head = []
        tail = body
        kind = ValueKind.tensors
        byteCount = end + body.count
    }

    private static func piece(_ tensor: Tensor, isWhole: Bool, _ end: inout Int) throws(TensorFault) -> Piece {
        guard let place = SlotLayout.place(tensor.byteCount, after: end), place.upperBound <= Limits.mostSlotSize else {
            throw TensorFault("its tensors exceed the largest slot, \(Limits.mostSlotSize) bytes")
        }
        end = place.upperBound
        return Piece(tensor: tensor, place: place, isWhole: isWhole)
    }
}

extension PreparedValue {
    /// Writes it into exactly ``byteCount`` bytes.
    func write(into slot: UnsafeMutableRawBufferPointer) {
        precondition(slot.count == byteCount, "\(byteCount) bytes into a slot of \(slot.count)")
        unsafe head.withUnsafeBytes { unsafe slot.copyMemory(from: $0) }
        var end = head.count
        for piece in pieces {
            // What the slot held before is nobody's business.
            unsafe Self.clear(slot, end..<piece.place.lowerBound)
            let target = unsafe UnsafeMutableRawBufferPointer(rebasing: slot[piece.place])
            if piece.isWhole {
                unsafe target.copyValue(from: piece.tensor.extent)
            } else {
                unsafe piece.tensor.compact(into: target)
            }
            end = piece.place.upperBound
        }
        let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: slot[end...])
        unsafe tail.withUnsafeBytes { unsafe rest.copyMemory(from: $0) }
    }

    private static func clear(_ slot: UnsafeMutableRawBufferPointer, _ range: Range<Int>) {
        let gap = unsafe UnsafeMutableRawBufferPointer(rebasing: slot[range])
        unsafe gap.initializeMemory(as: UInt8.self, repeating: 0)
    }

    /// As bytes of their own.
    var encoded: EncodedValue {
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, initialized in
            unsafe write(
                into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<byteCount]))
            initialized = byteCount
        }
        return EncodedValue(kind: kind, bytes: bytes)
    }
}

/// Numbers, little-endian, one behind the other.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ number: some FixedWidthInteger) {
        unsafe withUnsafeBytes(of: number.littleEndian) { unsafe bytes.append(contentsOf: $0) }
    }

    /// The metadata of a tensor in the main memory.
    mutating func append(_ layout: TensorLayout) {
        append(layout.dtype.rawValue)
        append(UInt8(layout.shape.count))
        append(UInt16(0))
        append(TensorDevice.cpu.kind.rawValue)
        append(TensorDevice.cpu.index)
        append(UInt32(0))
        append(UInt64(layout.byteCount))
        for axis in layout.shape.indices {
            append(Int64(layout.shape[axis]))
            append(Int64(layout.strides[axis]))
        }
    }
}
