internal import FoundationEssentials

/// A field of a type that is registered with the channel's ``ValueCoding``, and need not be `Codable` itself.
///
///     struct Frame: Codable, Sendable {
///         var number: Int
///         @Coded var image: Image
///     }
@propertyWrapper public struct Coded<Value: Sendable>: Codable, Sendable {
    public var wrappedValue: Value

    public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }

    private enum Key: CodingKey { case bytes, tensors }

    public func encode(to encoder: any Encoder) throws {
        func refuse(_ why: String, _ error: (any Error)? = nil) -> EncodingError {
            .invalidValue(
                wrappedValue, .init(codingPath: encoder.codingPath, debugDescription: why, underlyingError: error))
        }
        guard let registration = TensorSink.of(encoder)?.coding.registration(of: Value.self) else {
            throw refuse("\(Value.self) is not registered with the channel's coding")
        }
        let form: CodedForm
        do { form = try registration.encode(wrappedValue) } catch {
            throw refuse("the coding of \(Value.self) threw", error)
        }
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(Data(form.bytes), forKey: .bytes)
        if !form.tensors.isEmpty { try container.encode(form.tensors, forKey: .tensors) }
    }

    public init(from decoder: any Decoder) throws {
        func refuse(_ why: String, _ error: (any Error)? = nil) -> DecodingError {
            .dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: why, underlyingError: error))
        }
        guard let registration = TensorSource.of(decoder)?.coding.registration(of: Value.self) else {
            throw refuse("\(Value.self) is not registered with the channel's coding")
        }
        let container = try decoder.container(keyedBy: Key.self)
        let bytes = try [UInt8](container.decode(Data.self, forKey: .bytes))
        let tensors = try container.decodeIfPresent([Tensor].self, forKey: .tensors) ?? []
        do { wrappedValue = try registration.decode(CodedForm(bytes: bytes, tensors: tensors)) } catch {
            throw refuse("the coding of \(Value.self) threw", error)
        }
    }
}

extension Coded: Equatable where Value: Equatable {}
extension Coded: Hashable where Value: Hashable {}
