internal import FoundationEssentials
internal import SluiceModel

/// What becomes of the values of a type, by type: decided once, when an end is made.
enum ValueForm<Value: Sendable>: Sendable {
    /// A bare tensor: there is no body.
    case tensor
    /// Its user's own code makes the body.
    case registered(ValueCoding.Registration<Value>)
    /// JSON.
    case codable

    init(_ coding: ValueCoding) throws(SluiceError) {
        if Value.self == Tensor.self {
            self = .tensor
        } else if let registration = coding.registration(of: Value.self) {
            self = .registered(registration)
        } else if Value.self is any Codable.Type {
            self = .codable
        } else {
            throw .invalidArgument(
                "\(Value.self) is not Codable; register how it is encoded and decoded with a ValueCoding")
        }
    }
}

// That a type is `Codable` is known when an end is made, not when it is compiled: one that is registered need not be.
extension ValueForm {
    func encode(_ value: Value, _ encoder: JSONEncoder) throws -> Data {
        func encode<Same: Encodable>(as type: Same.Type) throws -> Data {
            try encoder.encode(Self.cast(value, to: type))
        }
        return try encode(as: Self.codableType)
    }

    func decode(_ data: Data, _ decoder: JSONDecoder) throws -> Value {
        func decode<Same: Decodable>(as type: Same.Type) throws -> Value {
            try Self.cast(decoder.decode(type, from: data), to: Value.self)
        }
        return try decode(as: Self.codableType)
    }

    private static var codableType: any Codable.Type {
        guard let type = Value.self as? any Codable.Type else { preconditionFailure("\(Value.self) is not Codable") }
        return type
    }

    /// Both are the same type by different names. A dynamic cast would look into optionals.
    private static func cast<From, To>(_ value: From, to: To.Type) -> To {
        precondition(From.self == To.self)
        return unsafe unsafeBitCast(value, to: to)
    }
}

// The dialect of JSON: floating point numbers have no names in it for what is not finite.
let notFinite = (infinity: "inf", minusInfinity: "-inf", nan: "nan")

extension TensorSink {
    func makeEncoder() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.userInfo[Self.key] = self
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: notFinite.infinity, negativeInfinity: notFinite.minusInfinity, nan: notFinite.nan)
        return encoder
    }
}

extension TensorSource {
    func makeDecoder() -> JSONDecoder {
        let decoder = JSONDecoder()
        decoder.userInfo[Self.key] = self
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: notFinite.infinity, negativeInfinity: notFinite.minusInfinity, nan: notFinite.nan)
        return decoder
    }
}
