internal import SluiceModel

/// How values of one type become what a channel carries, and back.
///
/// Both closures may throw anything; what they throw becomes ``SluiceError/Code/cannotEncode`` and
/// ``SluiceError/Code/cannotDecode``, with the error itself in `cause`, unless it is a ``SluiceError`` of that code.
public struct Transcoder<Value: Sendable>: Sendable {
    /// Encodes a value; its kind is for ``decode`` to know it by.
    public var encode: @Sendable (Value) throws -> EncodedValue
    /// Decodes what ``encode`` has made. What it is given may come from another process, and is to be checked.
    public var decode: @Sendable (EncodedValue) throws -> Value

    public init(
        encode: @escaping @Sendable (Value) throws -> EncodedValue,
        decode: @escaping @Sendable (EncodedValue) throws -> Value
    ) {
        self.encode = encode
        self.decode = decode
    }
}

extension Transcoder<[UInt8]> {
    /// Plain bytes, of whichever kind.
    public static var bytes: Transcoder {
        Transcoder(encode: { EncodedValue(bytes: $0) }, decode: { $0.bytes })
    }
}

extension Transcoder {
    func encoded(_ value: Value, channel: String, actor: String?) throws(SluiceError) -> EncodedValue {
        do { return try encode(value) } catch {
            throw Self.explain(error, .cannotEncode, "a value of type \(Value.self) cannot be encoded", channel, actor)
        }
    }

    func decoded(_ value: EncodedValue, channel: String, actor: String?, sequence: UInt64) throws(SluiceError) -> Value
    {
        do { return try decode(value) } catch {
            var error = Self.explain(
                error, .cannotDecode,
                "value \(sequence), \(value.bytes.count) bytes of kind \(value.kind), is none of type \(Value.self)",
                channel, actor)
            error.sequence = sequence
            throw error
        }
    }

    private static func explain(
        _ error: any Error, _ code: SluiceError.Code, _ what: String, _ channel: String, _ actor: String?
    ) -> SluiceError {
        if let error = error as? SluiceError, error.code == code { return error }
        return SluiceError(code, "channel \(channel): \(what)", channel: channel, actor: actor, cause: "\(error)")
    }
}
