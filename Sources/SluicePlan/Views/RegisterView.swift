public import Planning
public import SluiceModel

/// A register's blobs, in the slot that it is in now.
///
/// It is made once for its actor; at each firing it is told of the slot, to be read or to be written. It allocates nothing
/// then. Used by one thread at a time. Views are good as long as the slot is.
@safe public final class RegisterView {
    /// Of the register.
    public let name: String
    /// Whether ``close()`` moves bodies down behind those that are smaller than planned, so that only what is used travels.
    public let packs: Bool
    let fields: [Field]
    /// Of the slot, as planned.
    private let stride: Int
    /// Of a slot's address.
    private let alignment: Int
    /// Past the last header.
    private let headersEnd: Int
    /// Ordinals in the order in which bodies lie.
    private let order: [Int]
    private let owner: FieldOwner
    /// Being written.
    private var slot: UnsafeMutableRawPointer?

    /// - Parameters:
    ///   - actor: Whose it is, for errors.
    ///   - node: Where that actor is.
    ///   - packs: For a register that is read on another node, and whose memory no other register takes over.
    /// - Throws: ``SluiceError/Code/invalidArgument`` if a field does not lie within a slot.
    public init(
        _ register: PlannedRegister, of actor: String, on node: String, packs: Bool = false
    ) throws(SluiceError) {
        let owner = FieldOwner(actor: actor, node: node, register: register.name)
        var fields: [Field] = []
        for field in register.fields { fields.append(Field(try FieldLayout(field, of: register), owner)) }
        (name, self.packs, self.owner, self.fields) = (register.name, packs, owner, fields)
        stride = Int(clamping: register.stride)
        alignment = fields.map(\.layout.alignment).max() ?? 1
        headersEnd = fields.map(\.layout.headerEnd).max() ?? 0
        order = fields.indices.sorted { (fields[$0].layout.body, $0) < (fields[$1].layout.body, $1) }
    }

    /// How many blobs it has: ordinals are less.
    public var count: Int { fields.count }

    /// What a value has: views show it from now on.
    ///
    /// - Parameter value: As many bytes as the value has, from its slot's start.
    /// - Throws: ``SluiceError/Code/corrupted`` if a header says what cannot be.
    public func read(_ value: UnsafeRawBufferPointer) throws(SluiceError) {
        unsafe slot = nil
        unsafe try check(value.baseAddress)
        for field in fields { unsafe try field.read(value) }
    }

    /// A slot is to be written: each blob has its planned shape until its kernel says otherwise. Nothing is written yet.
    ///
    /// - Parameter slot: Its first byte is at a multiple of 64 (512 for an accelerator's memory).
    /// - Throws: ``SluiceError/Code/invalidArgument`` if it has fewer bytes than planned.
    public func begin(_ slot: UnsafeMutableRawBufferPointer) throws(SluiceError) {
        guard slot.count >= stride, let start = slot.baseAddress else {
            throw owner.error(
                .invalidArgument, "a slot of register \(name) has \(slot.count) bytes instead of \(stride)",
                needed: stride, available: slot.count)
        }
        unsafe try check(UnsafeRawPointer(start))
        unsafe self.slot = start
        for field in fields { unsafe field.begin(start) }
    }

    /// Everything is written: headers say what there is.
    ///
    /// - Returns: Bytes of the value: how many of the slot's are to be published.
    public func close() -> Int {
        guard let slot = unsafe slot else { return 0 }
        var end = headersEnd
        for ordinal in order {
            let field = fields[ordinal]
            field.settle()
            guard let body = unsafe field.body else {
                unsafe BlobHeader.writeAbsence(to: slot, field.layout)
                continue
            }
            let place = packs ? end.rounded(upTo: field.layout.alignment) : field.layout.body
            unsafe (slot + place).move(from: body, byteCount: field.byteCount)
            unsafe BlobHeader(field.shape, body: place, byteCount: field.byteCount).write(to: slot, field.layout)
            end = max(end, place + field.byteCount)
        }
        unsafe self.slot = nil
        return end
    }

    /// There is no slot: no blob is there.
    public func clear() {
        unsafe slot = nil
        for field in fields { field.clear() }
    }

    private func check(_ start: UnsafeRawPointer?) throws(SluiceError) {
        guard UInt(bitPattern: start) % UInt(alignment) == 0 else {
            throw owner.error(.invalidArgument, "a slot of register \(name) is not at a multiple of \(alignment)")
        }
    }
}

// Its blobs; nil for one that there is not.
extension RegisterView {
    /// By its ordinal: its place among the register's fields.
    @_lifetime(borrow self)
    public func blob(_ ordinal: Int) -> BlobView? {
        guard fields.indices ~= ordinal, fields[ordinal].isPresent else { return nil }
        return unsafe _overrideLifetime(BlobView(fields[ordinal]), borrowing: self)
    }

    /// By its name, and which of its parallel producers has made it.
    @_lifetime(borrow self)
    public func blob(_ name: String, _ index: Int = 0) -> BlobView? {
        guard let ordinal = ordinal(of: name, index) else { return nil }
        return blob(ordinal)
    }

    /// By its ordinal, to be written.
    @_lifetime(borrow self)
    public func mutableBlob(_ ordinal: Int) -> MutableBlobView? {
        guard unsafe slot != nil, fields.indices ~= ordinal, fields[ordinal].isPresent else { return nil }
        return unsafe _overrideLifetime(MutableBlobView(fields[ordinal]), borrowing: self)
    }

    /// By its name, to be written.
    @_lifetime(borrow self)
    public func mutableBlob(_ name: String, _ index: Int = 0) -> MutableBlobView? {
        guard let ordinal = ordinal(of: name, index) else { return nil }
        return mutableBlob(ordinal)
    }

    /// Nil if it has no such field.
    public func ordinal(of name: String, _ index: Int = 0) -> Int? {
        fields.firstIndex { $0.layout.blob == name && $0.layout.index == index }
    }
}

extension Int {
    func rounded(upTo multiple: Int) -> Int { (self + multiple - 1) / multiple * multiple }
}

extension UnsafeMutableRawPointer {
    /// As many bytes, which may overlap.
    fileprivate func move(from source: UnsafeMutableRawPointer, byteCount: Int) {
        guard unsafe source != self, byteCount > 0 else { return }
        unsafe copyMemory(from: source, byteCount: byteCount)
    }
}
