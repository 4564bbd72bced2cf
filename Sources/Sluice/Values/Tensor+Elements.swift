internal import SharedMemory
public import SluiceModel

// What is in a tensor. Its type and shape may have come from another process, so a wrong guess is an error, no trap.
extension Tensor {
    /// Its elements in row-major order, in place.
    ///
    /// - Parameter type: The Swift type of ``dtype``; `UInt8` for ``ScalarType/bool``.
    /// - Throws: ``SluiceError/Code/invalidArgument`` for another type, a tensor that is not contiguous or not aligned
    ///   (``copy()`` is both), or one that is on another device.
    @_lifetime(borrow self)
    public func elements<Element: TensorScalar>(of type: Element.Type) throws(SluiceError) -> Span<Element> {
        try check(type)
        guard isContiguous else {
            throw .invalidArgument(
                "the tensor of \(declaredShape) is not contiguous: strides \(strides); use its copy()")
        }
        let buffer = unsafe UnsafeRawBufferPointer(start: first, count: byteCount)
        guard unsafe UInt(bitPattern: first) % UInt(MemoryLayout<Element>.alignment) == 0 else {
            throw .invalidArgument("the tensor's first element is not aligned for \(dtype); use its copy()")
        }
        let span = unsafe Span<Element>(_unsafeBytes: buffer)
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    /// Lets `body` read its elements in row-major order, in place.
    ///
    /// - Throws: As ``elements(of:)`` does.
    public func withElements<Element: TensorScalar, Result: ~Copyable>(
        of type: Element.Type, _ body: (Span<Element>) throws(SluiceError) -> Result
    ) throws(SluiceError) -> Result {
        try body(elements(of: type))
    }

    /// The element at an index along each axis.
    ///
    /// - Throws: ``SluiceError/Code/invalidArgument`` for another type than ``dtype``'s, or an index outside of ``shape``.
    public subscript<Element: TensorScalar>(_ index: Int..., as type: Element.Type) -> Element {
        get throws(SluiceError) {
            try check(type)
            guard let offset = layout.offset(of: index) else {
                throw .invalidArgument("a tensor of \(declaredShape) has no element at \(index)")
            }
            return unsafe (first + offset).loadUnaligned(as: type)
        }
    }

    /// Its elements in row-major order, copied.
    ///
    /// - Throws: As ``elements(of:)`` does, but for contiguity.
    public func array<Element: TensorScalar>(of type: Element.Type) throws(SluiceError) -> [Element] {
        try check(type)
        return unsafe Array(unsafeUninitializedCapacity: count) { buffer, initialized in
            unsafe compact(into: UnsafeMutableRawBufferPointer(buffer))
            initialized = count
        }
    }

    /// The bytes of its elements in row-major order, copied.
    ///
    /// - Throws: ``SluiceError/Code/invalidArgument`` if it is on another device.
    public func contiguousBytes() throws(SluiceError) -> [UInt8] {
        try checkDevice()
        return unsafe Array(unsafeUninitializedCapacity: byteCount) { buffer, initialized in
            unsafe compact(into: UnsafeMutableRawBufferPointer(buffer))
            initialized = byteCount
        }
    }

    /// The same elements in memory of their own, contiguous.
    ///
    /// - Throws: ``SluiceError/Code/invalidArgument`` if it is on another device.
    public func copy() throws(SluiceError) -> Tensor {
        try checkDevice()
        let memory = TensorMemory(unfilled: byteCount)
        unsafe compact(into: UnsafeMutableRawBufferPointer(start: memory.start, count: byteCount))
        return try Tensor(memory, dtype, shape: shape)
    }

    /// Whether both have the same type, shape and, bit by bit, elements; where they lie does not matter.
    ///
    /// - Throws: ``SluiceError/Code/invalidArgument`` if one is on another device.
    public func hasSameElements(as other: Tensor) throws(SluiceError) -> Bool {
        guard dtype == other.dtype, shape == other.shape else { return false }
        return try contiguousBytes() == other.contiguousBytes()
    }
}

extension Tensor {
    /// Where its first element lies.
    var first: UnsafeRawPointer { unsafe UnsafeRawPointer(memory.start + byteOffset) }

    /// From its lowest byte to its highest, in place: all of them are elements if the layout is dense.
    var extent: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: first + layout.lowest, count: layout.end - layout.lowest)
    }

    /// Copies its elements in row-major order into as many bytes.
    func compact(into target: UnsafeMutableRawBufferPointer) {
        guard var place = target.baseAddress else { return }
        layout.forEachStretch { offset, byteCount in
            unsafe place.copyValue(from: first + offset, byteCount: byteCount)
            unsafe place += byteCount
        }
    }

    private func check<Element: TensorScalar>(_ type: Element.Type) throws(SluiceError) {
        try checkDevice()
        guard type.scalarType == dtype || (dtype == .bool && type.scalarType == .uint8) else {
            throw .invalidArgument("the tensor's elements are of \(dtype), not \(type.scalarType)")
        }
    }

    private func checkDevice() throws(SluiceError) {
        guard device == .cpu else {
            throw .invalidArgument("the tensor is on \(device); only what is in the main memory can be read here")
        }
    }
}
