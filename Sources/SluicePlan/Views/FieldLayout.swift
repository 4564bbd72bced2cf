internal import Planning
internal import SluiceModel

/// How a planned field lies in its slot, checked and calculated once.
struct FieldLayout {
    let blob: String
    /// Which of its parallel producers has made it.
    let index: Int
    let type: BlobType
    let shape: BlobShape
    /// Elements, at most.
    let count: Int
    /// From the slot's start, bytes.
    let header: Int
    let body: Int
    /// Bytes of the body, at most.
    let capacity: Int
    let alignment: Int

    /// - Throws: ``SluiceError/Code/invalidArgument`` if the field does not lie within a slot of `stride` bytes.
    init(_ field: PlannedField, of register: PlannedRegister) throws(SluiceError) {
        let name = "blob \(field.blob) of register \(register.name)"
        guard let count = field.type.count, let capacity = field.type.capacity, let shape = BlobShape(field.type.shape)
        else { throw .invalidArgument("\(name) cannot be \(field.type): it is too large") }
        let stride = Int(clamping: register.stride)
        let (headerBytes, alignment) = (field.type.headerBytes, field.type.alignment)
        guard field.header >= 0, field.header % 64 == 0, field.header <= stride - headerBytes,
            field.body > 0, field.body % alignment == 0, field.body <= stride - capacity
        else {
            throw .invalidArgument(
                "\(name) does not lie in a slot of \(stride) bytes: header at \(field.header), body at \(field.body)")
        }
        (blob, index, type, self.shape, self.count) = (field.blob, field.index, field.type, shape, count)
        (header, body, self.capacity, self.alignment) = (field.header, field.body, capacity, alignment)
    }

    var headerEnd: Int { header + type.headerBytes }

    /// Nil: strings of bytes.
    var dtype: ScalarType? {
        if case .scalar(let dtype) = type.element { dtype } else { nil }
    }

    /// Bytes of a body with so many elements, without the bytes of its strings.
    func bytes(of count: Int) -> Int {
        if let dtype { count * dtype.byteCount } else { (count + 1) * 8 }
    }
}
