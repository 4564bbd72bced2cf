internal import CSluiceProtos
internal import SluiceModel

/// What every field that arrives goes through.
enum Check {
    static func count(_ count: Int, most: Int, _ field: String) throws(FieldFault) {
        guard count <= most else { throw FieldFault(field, .tooMany(count, most: most)) }
    }

    /// A part of a body; protobuf-c never leaves it out of a body that it names, and this does not rely on that.
    static func part<C>(_ part: UnsafeMutablePointer<C>?, _ field: String) throws(FieldFault) -> C {
        guard let part = unsafe part else { throw FieldFault(field, .missing) }
        return unsafe part.pointee
    }

    static func range<N: BinaryInteger>(_ value: N, _ least: UInt64, _ most: UInt64, _ field: String)
        throws(FieldFault) -> N
    {
        guard value >= least, value <= most else {
            throw FieldFault(field, .outOfRange(UInt64(truncatingIfNeeded: value), least: least, most: most))
        }
        return value
    }

    /// Process ids; 0 where there is none.
    static func pid(_ value: Int32, _ field: String) throws(FieldFault) -> Int32 {
        try range(value, 0, UInt64(Int32.max), field)
    }

    static func sequence(_ value: UInt64, _ field: String) throws(FieldFault) -> UInt64 {
        try range(value, 0, Limits.mostSequence, field)
    }

    /// Numbers of gates: the ends of their range have meanings of their own in a ring's `awaited`.
    static func gate(_ value: UInt32, _ field: String) throws(FieldFault) -> UInt32 {
        try range(value, 1, UInt64(UInt32.max - 1), field)
    }

    static func line(_ value: UInt32, _ field: String) throws(FieldFault) -> UInt32 {
        try range(value, 0, UInt64(Limits.mostAgentCursors - 1), field)
    }

    static func endpointNumber(_ value: UInt32, _ field: String) throws(FieldFault) -> UInt32 {
        try range(value, 0, UInt64(Limits.mostEndpoints - 1), field)
    }

    static func readerIndex(_ value: UInt32, _ field: String) throws(FieldFault) -> UInt32 {
        try range(value, 0, UInt64(Limits.mostReaders - 1), field)
    }

    /// Streams, sessions: random numbers that are never 0.
    static func nonZero(_ value: UInt64, _ field: String) throws(FieldFault) -> UInt64 {
        guard value != 0 else { throw FieldFault(field, .missing) }
        return value
    }

    static func channel(_ value: UInt64, _ field: String) throws(FieldFault) -> ChannelID {
        ChannelID(rawValue: try nonZero(value, field))
    }

    static func life(_ value: UInt64, _ field: String) throws(FieldFault) -> ProcessLife {
        ProcessLife(rawValue: try nonZero(value, field))
    }

    /// A value of an enumeration whose 0 means that the field is absent.
    static func known<E: RawRepresentable<UInt32>>(_ value: UInt32, _ field: String) throws(FieldFault) -> E {
        guard let known = E(rawValue: value) else {
            throw FieldFault(field, value == 0 ? .missing : .unknownValue(Int64(value)))
        }
        return known
    }
}

// Bytes and text.
extension Check {
    static func bytes(_ data: ProtobufCBinaryData) -> UnsafeBufferPointer<UInt8> {
        unsafe UnsafeBufferPointer(start: data.data, count: data.data == nil ? 0 : data.len)
    }

    static func array(_ data: ProtobufCBinaryData) -> [UInt8] { unsafe Array(bytes(data)) }

    static func name<Kind>(_ data: ProtobufCBinaryData, _ field: String) throws(FieldFault) -> Name<Kind> {
        do {
            return try unsafe Name(validating: bytes(data))
        } catch {
            throw FieldFault(field, .invalid(error))
        }
    }

    static func text(_ data: ProtobufCBinaryData, _ field: String) throws(FieldFault) -> String {
        guard let text = unsafe String(validating: bytes(data), as: UTF8.self) else {
            throw FieldFault(field, .notUTF8)
        }
        return text
    }

    /// Where an agent is reached; empty where it is not.
    static func address(_ data: ProtobufCBinaryData, _ field: String) throws(FieldFault) -> String {
        _ = try unsafe range(data.len, 0, UInt64(Limits.mostEndpointBytes), field)
        return try unsafe text(data, field)
    }

    /// A public key in Z85; empty without keys.
    static func key(_ data: ProtobufCBinaryData, _ field: String) throws(FieldFault) -> String {
        guard unsafe data.len == 0 || data.len == Limits.keyCharacters else {
            throw FieldFault(
                field, .inconsistent("a key has \(Limits.keyCharacters) characters, not \(unsafe data.len)"))
        }
        return try unsafe text(data, field)
    }
}

// Repeated fields that are not messages.
extension Check {
    static func elements<C>(_ list: UnsafeMutablePointer<C>?, _ count: Int) -> UnsafeBufferPointer<C> {
        unsafe UnsafeBufferPointer(start: list, count: list == nil ? 0 : count)
    }

    static func channels(_ list: UnsafeMutablePointer<UInt64>?, _ count: Int, _ field: String)
        throws(FieldFault) -> [ChannelID]
    {
        try Check.count(count, most: Limits.mostNodeChannels, field)
        return try unsafe elements(list, count).map { value throws(FieldFault) in try channel(value, field) }
    }

    static func names<Kind>(
        _ list: UnsafeMutablePointer<ProtobufCBinaryData>?, _ count: Int, most: Int, _ field: String
    ) throws(FieldFault) -> [Name<Kind>] {
        try Check.count(count, most: most, field)
        return try unsafe elements(list, count).map { data throws(FieldFault) in unsafe try name(data, field) }
    }

    /// Names of which an empty one stands for none.
    static func namesOrNone<Kind>(
        _ list: UnsafeMutablePointer<ProtobufCBinaryData>?, _ count: Int, most: Int, _ field: String
    ) throws(FieldFault) -> [Name<Kind>?] {
        try Check.count(count, most: most, field)
        return try unsafe elements(list, count).map { data throws(FieldFault) in
            unsafe data.len == 0 ? nil : try unsafe name(data, field)
        }
    }
}
