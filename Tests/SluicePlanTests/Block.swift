import Planning
import SluiceModel
import SluicePlan

/// Zeroed memory at a multiple of 512, in place of a plan's block.
@safe final class Block {
    let bytes: UnsafeMutableRawBufferPointer

    init(_ count: Int) {
        unsafe bytes = .allocate(byteCount: max(count, 1), alignment: 512)
        unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit { unsafe bytes.deallocate() }

    /// A part of it.
    func part(_ offset: Int, _ count: Int) -> UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<offset + count])
    }

    func word(_ at: Int) -> UInt64 { unsafe bytes.load(fromByteOffset: at, as: UInt64.self) }
    func set(_ at: Int, _ word: UInt64) { unsafe bytes.storeBytes(of: word, toByteOffset: at, as: UInt64.self) }
}

/// A blob of a register in these tests.
struct TestField {
    var blob: String
    var index = 0
    var type: BlobType

    init(_ blob: String, _ index: Int, _ type: BlobType) { (self.blob, self.index, self.type) = (blob, index, type) }
    init(_ blob: String, _ type: BlobType) { self.init(blob, 0, type) }
    init(_ blob: String, _ dtype: ScalarType, _ shape: [Int], isDynamic: Bool = false) {
        self.init(blob, BlobType(dtype, shape, isDynamic: isDynamic))
    }
}

extension PlannedRegister {
    /// Headers first, then bodies, each at the next place that it may have.
    init(
        _ name: String, _ fields: [TestField], kind: Kind = .channel, producer: Int = 0, slots: Int = 1,
        nodes: [String] = ["here"], offset: Int = 0, inPlaceOf: Int? = nil
    ) {
        var end = 0
        var planned: [PlannedField] = []
        for field in fields {
            planned.append(PlannedField(blob: field.blob, index: field.index, type: field.type, header: end, body: 0))
            end += field.type.headerBytes
        }
        for position in planned.indices {
            let type = planned[position].type
            end = (end + type.alignment - 1) / type.alignment * type.alignment
            planned[position].body = end
            end += type.capacity ?? 0
        }
        let alignment = fields.map(\.type.alignment).max() ?? 64
        let stride = max((end + alignment - 1) / alignment * alignment, 64)
        self.init(
            name: name, kind: kind, producer: producer, consumers: [], fields: planned, slots: slots,
            stride: UInt64(stride), places: nodes.map { Place(node: $0, offset: UInt64(offset)) }, inPlaceOf: inPlaceOf,
            lifetime: 0)
    }

    /// A whole slot.
    var slotBytes: Int { Int(stride) }
}
