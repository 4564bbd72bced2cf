internal import Planning
internal import SluiceModel

/// One blob, in the slot that its register is in now.
///
/// It is made once; what changes from firing to firing is where its body lies and, if it is dynamic, its shape. Both
/// changes are counted, so that whoever keeps something that depends on them sees when it must be renewed.
@safe final class Field {
    let layout: FieldLayout
    let owner: FieldOwner
    /// Nil: the blob is not there.
    private(set) var body: UnsafeMutableRawPointer?
    /// Of what is there; otherwise the last one.
    private(set) var shape: BlobShape
    /// Elements.
    private(set) var count: Int
    /// Of the body, without what its strings have not taken; right once it is settled.
    private(set) var byteCount = 0
    /// How often the body has come to lie somewhere else.
    private(set) var moves: UInt64 = 0
    /// How often its shape has changed, or it has appeared or gone.
    private(set) var changes: UInt64 = 0
    private var lastBody: UnsafeMutableRawPointer?
    private var settled: BlobShape?
    /// Appended so far.
    private var strings = (count: 0, bytes: 0)

    init(_ layout: FieldLayout, _ owner: FieldOwner) {
        (self.layout, self.owner, shape, count) = (layout, owner, layout.shape, layout.count)
    }

    var isPresent: Bool { unsafe body != nil }
    var name: String { "blob \(layout.blob) of register \(owner.register)" }

    /// It is what a value says that it is.
    func read(_ value: UnsafeRawBufferPointer) throws(SluiceError) {
        let header: BlobHeader?
        do throws(BlobHeader.Fault) { header = unsafe try BlobHeader(value, layout) } catch {
            throw owner.error(.corrupted, "\(name), as actor \(owner.actor) has got it, \(error.text)")
        }
        guard let header, let start = value.baseAddress else {
            clear()
            return
        }
        unsafe place(UnsafeMutableRawPointer(mutating: start + header.body))
        (shape, byteCount) = (header.shape, header.byteCount)
        // It was counted when it was checked.
        count = header.shape.elements ?? 0
        note(header.shape)
    }

    /// It is to be written, and has the planned shape until it is given another. Nothing is written yet: something else,
    /// an input perhaps, may still lie there.
    func begin(_ slot: UnsafeMutableRawPointer) {
        unsafe place(slot + layout.body)
        take(layout.shape, layout.count)
    }

    /// It is not there.
    func clear() {
        unsafe body = nil
        note(nil)
    }

    /// What is written is complete.
    func settle() {
        guard let body = unsafe body else { return note(nil) }
        if layout.dtype == nil {
            unsafe body.storeBytes(of: 0, as: UInt64.self)
            while strings.count < count {
                strings.count += 1
                unsafe body.storeBytes(of: UInt64(strings.bytes), toByteOffset: 8 * strings.count, as: UInt64.self)
            }
        }
        byteCount = layout.bytes(of: count) + strings.bytes
        note(shape)
    }

    private func place(_ body: UnsafeMutableRawPointer) {
        unsafe self.body = body
        guard unsafe body != lastBody else { return }
        unsafe lastBody = body
        moves += 1
    }

    private func take(_ shape: BlobShape, _ count: Int) {
        (self.shape, self.count, strings) = (shape, count, (0, 0))
        byteCount = layout.bytes(of: count)
    }

    private func note(_ shape: BlobShape?) {
        guard shape != settled else { return }
        settled = shape
        changes += 1
    }
}

// What its kernel says of it.
extension Field {
    func setShape(_ shape: BlobShape) throws(SluiceError) {
        guard isPresent else { throw owner.error(.invalidArgument, "\(name) has been left out; it has no shape") }
        guard layout.type.isDynamic || shape == layout.shape else {
            throw owner.error(
                .invalidArgument,
                "\(name) of actor \(owner.actor) has the shape \(layout.shape), not \(shape); declare it as dynamic")
        }
        guard shape.count == layout.shape.count, !shape.contains(where: { $0 < 0 }) else {
            throw owner.error(
                .invalidArgument, "\(name) of actor \(owner.actor) was planned as \(layout.type); it cannot be \(shape)"
            )
        }
        let count = shape.elements ?? .max
        guard count <= layout.count else { throw tooLarge("the shape \(shape)", layout.needed(count)) }
        take(shape, count)
    }

    /// Leaves the blob out of this value.
    func omit() { unsafe body = nil }

    func append(_ string: UnsafeRawBufferPointer) throws(SluiceError) {
        guard case .bytes(let capacity) = layout.type.element else {
            throw owner.error(.invalidArgument, "\(name) is made of \(layout.type), not of strings")
        }
        guard let body = unsafe body else {
            throw owner.error(.invalidArgument, "\(name) has been left out; it has no strings")
        }
        guard strings.count < count else { throw tooLarge("one more string than its \(count)", nil) }
        let bytes = string.count
        guard bytes <= capacity - strings.bytes else {
            let (sum, isTooMuch) = strings.bytes.addingReportingOverflow(bytes)
            throw owner.error(
                .valueTooLarge,
                """
                the strings of \(name) of actor \(owner.actor) on node \(owner.node) have more bytes together than the \
                \(capacity) that were planned; plan more
                """, needed: isTooMuch ? .max : sum, available: capacity)
        }
        if let start = string.baseAddress {
            unsafe (body + (count + 1) * 8 + strings.bytes).copyMemory(from: start, byteCount: bytes)
        }
        strings = (strings.count + 1, strings.bytes + bytes)
        unsafe body.storeBytes(of: UInt64(strings.bytes), toByteOffset: 8 * strings.count, as: UInt64.self)
    }

    /// Its strings are those of another one of the same shape, which lie in the same place.
    func adoptStrings(_ other: Field) throws(SluiceError) {
        let bytes = other.byteCount - layout.bytes(of: other.count)
        guard case .bytes(let capacity) = layout.type.element, bytes <= capacity else {
            throw owner.error(.invalidArgument, "\(name) cannot take over the strings of \(other.name)")
        }
        strings = (count, bytes)
    }

    func tooLarge(_ what: String, _ needed: Int?) -> SluiceError {
        owner.error(
            .valueTooLarge,
            """
            \(name) of actor \(owner.actor) on node \(owner.node) was planned as \(layout.type); \(what) is more; \
            plan a larger shape
            """, needed: needed, available: needed.map { _ in layout.needed(layout.count) })
    }
}

extension FieldLayout {
    /// Bytes of so many elements, however many they are.
    func needed(_ count: Int) -> Int {
        let (bytes, isTooMuch) = count.multipliedReportingOverflow(by: dtype?.byteCount ?? 8)
        return isTooMuch ? .max : bytes
    }
}
