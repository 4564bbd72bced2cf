/// How types that users have registered travel: what makes bytes and tensors of them, and what makes them of those.
///
/// A value of a registered type travels so if it is the channel's value, or if a field wraps it in ``Coded``. Both ends
/// have to register the same.
public struct ValueCoding: Sendable {
    private var registrations: [ObjectIdentifier: any Sendable] = [:]

    public init() {}

    /// Registers a type; a second time replaces the first.
    ///
    /// - Parameters:
    ///   - encode: What it throws is the `cause` of a ``SluiceError/Code/cannotEncode``.
    ///   - decode: Gets what `encode` has made, or anything: what comes from a channel is to be checked. What it throws is
    ///     the `cause` of a ``SluiceError/Code/cannotDecode``.
    public mutating func register<Value: Sendable>(
        _ type: Value.Type, encode: @escaping @Sendable (Value) throws -> CodedForm,
        decode: @escaping @Sendable (CodedForm) throws -> Value
    ) {
        registrations[ObjectIdentifier(type)] = Registration(encode: encode, decode: decode)
    }

    func registration<Value: Sendable>(of type: Value.Type) -> Registration<Value>? {
        registrations[ObjectIdentifier(type)] as? Registration<Value>
    }

    struct Registration<Value: Sendable>: Sendable {
        let encode: @Sendable (Value) throws -> CodedForm
        let decode: @Sendable (CodedForm) throws -> Value
    }
}

/// What a value of a registered type is made into: bytes, and tensors beside them.
public struct CodedForm: Sendable {
    public var bytes: [UInt8]
    public var tensors: [Tensor]

    public init(bytes: [UInt8] = [], tensors: [Tensor] = []) {
        self.bytes = bytes
        self.tensors = tensors
    }
}
