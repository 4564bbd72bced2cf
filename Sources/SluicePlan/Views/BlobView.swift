public import Planning
public import Sluice
public import SluiceModel

/// A blob to be read where it lies; good until its actor's firing is over.
public struct BlobView: ~Escapable {
    let field: Field

    @_lifetime(immortal)
    init(_ field: Field) { self.field = field }

    /// What was planned.
    public var type: BlobType { field.layout.type }
    /// Its name in the plan.
    public var blob: String { field.layout.blob }
    /// Which of its parallel producers has made it, 0, 1 …
    public var index: Int { field.layout.index }
    /// Elements along each axis.
    public var shape: BlobShape { field.shape }
    /// Elements.
    public var count: Int { field.count }
    /// Nil: strings of bytes.
    public var dtype: ScalarType? { field.layout.dtype }

    /// Its body.
    public var bytes: RawSpan {
        @_lifetime(copy self)
        get {
            let span = unsafe RawSpan(_unsafeBytes: field.bytes)
            return unsafe _overrideLifetime(span, copying: self)
        }
    }

    /// Its elements in row-major order, in place.
    ///
    /// - Parameter type: The Swift type of ``dtype``; `UInt8` for ``ScalarType/bool``.
    /// - Throws: ``SluiceError/Code/invalidArgument`` for another type.
    @_lifetime(copy self)
    public func elements<Element: TensorScalar>(of type: Element.Type) throws(SluiceError) -> Span<Element> {
        try field.check(type)
        let span = unsafe Span<Element>(_unsafeBytes: field.bytes)
        return unsafe _overrideLifetime(span, copying: self)
    }

    /// One of its strings, in row-major order.
    ///
    /// - Throws: ``SluiceError/Code/invalidArgument`` if there is no such one; ``SluiceError/Code/corrupted`` if it does
    ///   not lie within the value.
    @_lifetime(copy self)
    public func string(at position: Int) throws(SluiceError) -> RawSpan {
        let span = unsafe RawSpan(_unsafeBytes: try field.string(at: position))
        return unsafe _overrideLifetime(span, copying: self)
    }

    /// Its elements, copied.
    ///
    /// - Throws: ``SluiceError/Code/invalidArgument`` if it is made of strings.
    public func tensor() throws(SluiceError) -> Tensor {
        guard let dtype else {
            throw field.owner.error(.invalidArgument, "\(field.name) is made of strings, which are no tensor")
        }
        return try unsafe Tensor(copying: field.bytes, dtype, shape: Array(shape))
    }

    /// Its strings in row-major order, copied.
    ///
    /// - Throws: As ``string(at:)`` does; ``SluiceError/Code/invalidArgument`` if it has none.
    public func strings() throws(SluiceError) -> [[UInt8]] {
        var strings: [[UInt8]] = []
        strings.reserveCapacity(count)
        for position in 0..<count { strings.append(unsafe Array(try field.string(at: position))) }
        return strings
    }
}

extension Field {
    /// Of the body; none if it is not there.
    var bytes: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: body, count: unsafe body == nil ? 0 : byteCount)
    }

    func check<Element: TensorScalar>(_ type: Element.Type) throws(SluiceError) {
        guard let dtype = layout.dtype, type.scalarType == dtype || (dtype == .bool && type.scalarType == .uint8) else {
            throw owner.error(.invalidArgument, "\(name) is made of \(layout.type), not of \(type.scalarType)")
        }
        guard layout.type.device == .cpu else {
            throw owner.error(
                .invalidArgument, "\(name) is on \(layout.type.device); it cannot be read or written here")
        }
    }

    /// What another process has written may change between two looks: each word is copied, then checked.
    func string(at position: Int) throws(SluiceError) -> UnsafeRawBufferPointer {
        guard layout.dtype == nil else {
            throw owner.error(.invalidArgument, "\(name) is made of \(layout.type), not of strings")
        }
        guard 0..<count ~= position, let body = unsafe body else {
            throw owner.error(.invalidArgument, "\(name) has no string \(position): it has \(count)")
        }
        let start = Int(clamping: unsafe body.loadUnaligned(fromByteOffset: 8 * position, as: UInt64.self))
        let end = Int(clamping: unsafe body.loadUnaligned(fromByteOffset: 8 * position + 8, as: UInt64.self))
        let table = layout.bytes(of: count)
        guard start <= end, end <= byteCount - table else {
            throw owner.error(
                .corrupted, "string \(position) of \(name) lies at \(start)..<\(end) of \(byteCount - table) bytes")
        }
        return unsafe UnsafeRawBufferPointer(start: body + table + start, count: end - start)
    }
}
