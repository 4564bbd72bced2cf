public import Planning
internal import SharedMemory
public import Sluice
public import SluiceModel

/// A blob to be written where it lies; good until its actor's firing is over. What was there before is not cleared.
public struct MutableBlobView: ~Copyable, ~Escapable {
    let field: Field

    @_lifetime(immortal)
    init(_ field: Field) { self.field = field }

    /// What was planned.
    public var type: BlobType { field.layout.type }
    /// Its name in the plan.
    public var blob: String { field.layout.blob }
    /// Elements along each axis; what was planned until it is set.
    public var shape: BlobShape { field.shape }
    /// Elements.
    public var count: Int { field.count }
    /// Nil: strings of bytes.
    public var dtype: ScalarType? { field.layout.dtype }

    /// Makes all of its bytes 0: numbers zeros, strings empty ones.
    public mutating func clear() { unsafe field.mutableBytes.initializeMemory(as: UInt8.self, repeating: 0) }

    /// Its elements in row-major order, in place.
    ///
    /// - Parameter type: The Swift type of ``dtype``; `UInt8` for ``ScalarType/bool``.
    /// - Throws: ``SluiceError/Code/invalidArgument`` for another type.
    @_lifetime(&self)
    public mutating func elements<Element: TensorScalar>(
        of type: Element.Type
    ) throws(SluiceError) -> MutableSpan<Element> {
        try field.check(type)
        let span = unsafe MutableSpan<Element>(_unsafeBytes: field.mutableBytes)
        return unsafe _overrideLifetime(span, mutating: &self)
    }

    /// Gives this value's blob a shape of its own, before its elements are written.
    ///
    /// - Parameter shape: As many axes as planned, and no more elements in all.
    /// - Throws: ``SluiceError/Code/valueTooLarge`` for more elements, naming actor, blob and bytes;
    ///   ``SluiceError/Code/invalidArgument`` if the blob is not dynamic or has another number of axes.
    public mutating func setShape(_ shape: BlobShape) throws(SluiceError) { try field.setShape(shape) }

    /// As ``setShape(_:)``, from any collection.
    public mutating func setShape(_ shape: some Collection<Int>) throws(SluiceError) {
        guard let shape = BlobShape(shape) else {
            throw field.owner.error(.invalidArgument, "\(field.name) cannot have \(shape.count) axes")
        }
        try field.setShape(shape)
    }

    /// Leaves the blob out of this value: its readers find nothing in its place.
    public mutating func omit() { field.omit() }

    /// Adds the next string in row-major order; those that are not added are empty.
    ///
    /// - Throws: ``SluiceError/Code/valueTooLarge`` for more strings, or bytes, than planned;
    ///   ``SluiceError/Code/invalidArgument`` if it is not made of strings.
    public mutating func append(_ string: RawSpan) throws(SluiceError) {
        // The closure is generic over what it throws, but not typed.
        let result = unsafe string.withUnsafeBytes { bytes in
            Result { () throws(SluiceError) in unsafe try field.append(bytes) }
        }
        try result.get()
    }

    /// Adds the bytes of a text as the next string.
    ///
    /// - Throws: As ``append(_:)-(RawSpan)`` does.
    public mutating func append(_ string: some StringProtocol) throws(SluiceError) {
        var string = String(string)
        let result = string.withUTF8 { bytes in
            Result { () throws(SluiceError) in unsafe try field.append(UnsafeRawBufferPointer(bytes)) }
        }
        try result.get()
    }

    /// Makes it what another blob is: shape and elements.
    ///
    /// - Throws: ``SluiceError/Code/invalidArgument`` for other elements; otherwise as ``setShape(_:)`` does.
    public mutating func copy(_ other: BlobView) throws(SluiceError) { try field.copy(other.field) }

    /// Makes it what a tensor is: shape and elements; the tensor need not be contiguous.
    ///
    /// - Throws: ``SluiceError/Code/invalidArgument`` for other elements, or a tensor on another device; otherwise as
    ///   ``setShape(_:)`` does.
    public mutating func copy(_ tensor: Tensor) throws(SluiceError) {
        guard tensor.dtype == field.layout.dtype else {
            throw field.owner.error(
                .invalidArgument,
                "\(field.name) is made of \(field.layout.type); \(tensor.dtype) cannot be copied into it")
        }
        guard field.layout.type.device == .cpu else {
            throw field.owner.error(.invalidArgument, "\(field.name) is on \(field.layout.type.device)")
        }
        try setShape(tensor.shape)
        try unsafe tensor.copyElements(into: field.mutableBytes)
    }

    /// Makes its strings these; it has one axis if their number may change.
    ///
    /// - Throws: As ``setShape(_:)`` and ``append(_:)-(RawSpan)`` do.
    public mutating func copy(_ strings: [[UInt8]]) throws(SluiceError) {
        if field.layout.type.isDynamic, field.layout.shape.count == 1 { try setShape([strings.count]) }
        for string in strings { unsafe try append(string.span.bytes) }
    }

    /// The same blob, to be read.
    public var reading: BlobView {
        @_lifetime(borrow self)
        get { unsafe _overrideLifetime(BlobView(field), borrowing: self) }
    }
}

extension Field {
    /// Of the body, for as many elements as its shape has.
    var mutableBytes: UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(start: body, count: unsafe body == nil ? 0 : layout.bytes(of: count))
    }

    /// Whether both have their bodies in the same place.
    func isAt(_ other: Field) -> Bool { unsafe body == other.body }

    func copy(_ other: Field) throws(SluiceError) {
        guard layout.type.element.isLike(other.layout.type.element) else {
            throw owner.error(
                .invalidArgument, "\(name) is made of \(layout.type), \(other.name) of \(other.layout.type)")
        }
        guard layout.type.device == .cpu, other.layout.type.device == .cpu else {
            throw owner.error(
                .invalidArgument, "\(other.name) cannot be copied to \(name): one is not in the main memory")
        }
        guard other.isPresent else { return omit() }
        try setShape(other.shape)
        if layout.dtype == nil { return try copyStrings(other) }
        guard !isAt(other), let body = unsafe body, let source = unsafe other.body else { return }
        unsafe body.copyValue(from: source, byteCount: byteCount)
    }

    private func copyStrings(_ other: Field) throws(SluiceError) {
        guard !isAt(other) else { return try adoptStrings(other) }
        for position in 0..<count { unsafe try append(other.string(at: position)) }
    }
}

extension BlobElement {
    /// Whether one can hold what the other does, but for strings that are too long.
    func isLike(_ other: BlobElement) -> Bool {
        switch (self, other) {
        case (.scalar(let a), .scalar(let b)): a == b
        case (.bytes, .bytes): true
        default: false
        }
    }
}
