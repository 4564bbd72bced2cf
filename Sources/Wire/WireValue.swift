internal import CSluiceProtos
internal import SluiceModel

/// A Swift value and the generated C struct that carries it.
protocol WireValue {
    associatedtype C
    func packed(in arena: Arena) -> UnsafeMutablePointer<C>
    /// Checks all that arrived; the C struct is well-formed protobuf and nothing more.
    init(_ c: C) throws(FieldFault)
}

/// A whole message of a conversation.
protocol WireMessage: WireValue {
    static var name: String { get }
    static var mostBytes: Int { get }
    /// The generated unpack function.
    static func unpack(
        _ allocator: UnsafeMutablePointer<ProtobufCAllocator>, _ count: Int, _ data: UnsafePointer<UInt8>?
    ) -> UnsafeMutablePointer<C>?
}

extension WireMessage {
    func pack() -> [UInt8] {
        let arena = Arena(budget: .max)
        return withExtendedLifetime(arena) {
            // Every generated struct begins with a ProtobufCMessage.
            let message = unsafe UnsafeRawPointer(packed(in: arena)).assumingMemoryBound(to: ProtobufCMessage.self)
            let size = unsafe protobuf_c_message_get_packed_size(message)
            return unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                if let base = buffer.baseAddress { count = unsafe protobuf_c_message_pack(message, base) }
            }
        }
    }

    init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        do {
            self = try unsafe Self.unpacked(bytes)
        } catch {
            throw WireError(message: Self.name, field: error.field, reason: error.reason)
        }
    }

    init(unpackingArray bytes: [UInt8]) throws(WireError) {
        // Array's withUnsafeBytes rethrows untyped; a Result carries the type across.
        self = try unsafe bytes.withUnsafeBytes { buffer in
            Result { () throws(WireError) in try unsafe Self(unpacking: buffer) }
        }.get()
    }

    private static func unpacked(_ bytes: UnsafeRawBufferPointer) throws(FieldFault) -> Self {
        guard bytes.count <= mostBytes else {
            throw FieldFault(name, .tooLarge(bytes: bytes.count, most: mostBytes))
        }
        let budget = min(Limits.leastUnpackedBytes + bytes.count * Limits.mostUnpackedPerByte, Limits.mostUnpackedBytes)
        let arena = Arena(budget: budget)
        defer { withExtendedLifetime(arena) {} }
        var allocator = unsafe arena.allocator
        let data = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        guard let c = unsafe unpack(&allocator, bytes.count, data) else {
            throw FieldFault(name, arena.isExhausted ? .tooLarge(bytes: bytes.count, most: budget) : .malformed)
        }
        return try unsafe Self(c.pointee)
    }

    /// What to throw for a body whose case this build has no name for.
    static func unknownBody(_ base: ProtobufCMessage) -> FieldFault {
        guard let field = unsafe base.unknown_fields, unsafe base.n_unknown_fields > 0 else {
            return FieldFault("\(name).body", .missing)
        }
        return FieldFault("\(name).body", .unknownCase(unsafe field.pointee.tag))
    }
}

extension WireValue {
    /// A part that must be there.
    init(_ part: UnsafeMutablePointer<C>?, _ field: String) throws(FieldFault) {
        guard let part = unsafe part else { throw FieldFault(field, .missing) }
        try unsafe self.init(part.pointee)
    }

    /// A part that may be there.
    static func ifPresent(_ part: UnsafeMutablePointer<C>?) throws(FieldFault) -> Self? {
        guard let part = unsafe part else { return nil }
        return try unsafe Self(part.pointee)
    }

    static func list(
        _ parts: UnsafeMutablePointer<UnsafeMutablePointer<C>?>?, _ count: Int, most: Int, _ field: String
    ) throws(FieldFault) -> [Self] {
        try Check.count(count, most: most, field)
        var result: [Self] = []
        result.reserveCapacity(count)
        for index in 0..<count { result.append(try unsafe Self(parts?[index], field)) }
        return result
    }
}
