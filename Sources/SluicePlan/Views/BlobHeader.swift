internal import Planning

/// What a slot says of one blob: copied once, then checked, then used.
struct BlobHeader {
    var shape: BlobShape
    /// From the slot's start, bytes.
    var body: Int
    /// Of the body.
    var byteCount: Int

    /// What is wrong with a header, in words that follow a blob's name.
    struct Fault: Error {
        let text: String
        init(_ text: String) { self.text = text }
    }

    /// Reads what another process has written.
    ///
    /// - Parameter value: As many bytes as the value has, from the slot's start.
    /// - Returns: Nil if the blob is not there: its body lies at 0.
    init?(_ value: UnsafeRawBufferPointer, _ layout: FieldLayout) throws(Fault) {
        guard layout.headerEnd <= value.count else {
            throw Fault("has a header that ends at \(layout.headerEnd), but the value has \(value.count) bytes")
        }
        func word(_ at: Int) -> UInt64 {
            unsafe value.loadUnaligned(fromByteOffset: layout.header + at, as: UInt64.self)
        }
        let axes = word(0)
        (shape, body, byteCount) = (BlobShape(), Int(clamping: word(8)), Int(clamping: word(16)))
        if body == 0 { return nil }
        guard axes == layout.shape.count else {
            throw Fault("has \(axes) axes instead of \(layout.shape.count)")
        }
        for axis in layout.shape.indices { _ = shape.append(Int(clamping: word(32 + 8 * axis))) }
        try check(layout, within: value.count)
    }

    private func check(_ layout: FieldLayout, within valueBytes: Int) throws(Fault) {
        guard let count = shape.elements, layout.type.isDynamic ? count <= layout.count : shape == layout.shape else {
            throw Fault("has the shape \(shape), but \(layout.type) was planned")
        }
        guard body % layout.alignment == 0, body >= layout.headerEnd, body <= valueBytes,
            byteCount <= valueBytes - body, byteCount <= layout.capacity
        else {
            throw Fault("has \(byteCount) bytes at \(body), which are not within the value's \(valueBytes)")
        }
        let needed = layout.bytes(of: count)
        guard layout.dtype == nil ? byteCount >= needed : byteCount == needed else {
            throw Fault("has \(byteCount) bytes instead of \(needed) for its shape \(shape)")
        }
    }
}

extension BlobHeader {
    init(_ shape: BlobShape, body: Int, byteCount: Int) {
        (self.shape, self.body, self.byteCount) = (shape, body, byteCount)
    }

    /// Writes it into a slot that has room for it.
    func write(to slot: UnsafeMutableRawPointer, _ layout: FieldLayout) {
        let place = unsafe slot + layout.header
        unsafe place.storeBytes(of: UInt64(shape.count), as: UInt64.self)
        unsafe place.storeBytes(of: UInt64(body), toByteOffset: 8, as: UInt64.self)
        unsafe place.storeBytes(of: UInt64(byteCount), toByteOffset: 16, as: UInt64.self)
        unsafe place.storeBytes(of: 0, toByteOffset: 24, as: UInt64.self)
        for axis in shape.indices {
            unsafe place.storeBytes(of: UInt64(shape[axis]), toByteOffset: 32 + 8 * axis, as: UInt64.self)
        }
    }

    /// Says that the blob is not there.
    static func writeAbsence(to slot: UnsafeMutableRawPointer, _ layout: FieldLayout) {
        unsafe (slot + layout.header).initializeMemory(as: UInt8.self, repeating: 0, count: 32)
    }
}
