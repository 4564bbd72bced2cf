internal import FoundationEssentials
public import SluiceModel

/// What the ends of a typed channel have agreed on about its values; as bytes, an object of JSON, it is the
/// ``ChannelSpec/declaration``.
public struct Declaration: Hashable, Sendable {
    /// The writer's name for the type of the values. For people: readers may use a type of their own.
    public let valueType: String
    public let hint: ValueHint

    /// The form of declarations, and of the values that follow them, which this build writes and reads.
    public static let version = 1

    /// - Throws: ``SluiceError/Code/invalidArgument`` for shapes that no tensor in a slot can have.
    public init(valueType: String, hint: ValueHint) throws(SluiceError) {
        do throws(TensorFault) { try Self.check(hint.declaredShapes) } catch {
            throw .invalidArgument("the declared shapes cannot be used: \(error)")
        }
        self.valueType = valueType
        self.hint = hint
    }

    public init<Value>(_ type: Value.Type, hint: ValueHint = .auto) throws(SluiceError) {
        try self.init(valueType: "\(type)", hint: hint)
    }

    private struct Form: Codable {
        var version: Int
        var valueType: String
        var hint: ValueHint
    }

    private struct Version: Codable { var version: Int }

    /// - Throws: ``SluiceError/Code/invalidArgument`` if it is longer than ``Limits/mostDeclarationBytes``.
    public func encoded() throws(SluiceError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        guard let data = try? encoder.encode(Form(version: Self.version, valueType: valueType, hint: hint)) else {
            throw .invalidArgument("the declaration of \(valueType) cannot be encoded")
        }
        guard data.count <= Limits.mostDeclarationBytes else {
            throw .invalidArgument(
                "the declaration has \(data.count) bytes; at most \(Limits.mostDeclarationBytes) are possible: declare fewer shapes"
            )
        }
        return [UInt8](data)
    }

    /// Reads what a channel's creator has declared.
    ///
    /// - Throws: ``SluiceError/Code/incompatibleVersion`` with both versions named, ``SluiceError/Code/cannotDecode`` for
    ///   bytes that are no declaration.
    public init(decoding bytes: [UInt8], channel: String) throws(SluiceError) {
        do {
            guard bytes.count <= Limits.mostDeclarationBytes else { throw TensorFault("it has \(bytes.count) bytes") }
            let data = Data(bytes)
            let version = try JSONDecoder().decode(Version.self, from: data).version
            guard version == Self.version else {
                throw SluiceError(
                    .incompatibleVersion,
                    "channel \(channel) is declared in version \(version); this build knows version \(Self.version)",
                    channel: channel)
            }
            let form = try JSONDecoder().decode(Form.self, from: data)
            try Self.check(form.hint.declaredShapes)
            (valueType, hint) = (form.valueType, form.hint)
        } catch let error as SluiceError {
            throw error
        } catch {
            throw SluiceError(
                .cannotDecode,
                bytes.isEmpty
                    ? "channel \(channel) declares no type; read and write it as bytes"
                    : "what channel \(channel) declares about its values cannot be understood", channel: channel,
                cause: "\(error)")
        }
    }

    private static func check(_ shapes: [TensorShape]) throws(TensorFault) {
        guard shapes.count <= SlotLayout.mostTensors else {
            throw TensorFault("there are \(shapes.count); at most \(SlotLayout.mostTensors) are possible")
        }
        var end = 0
        for shape in shapes {
            guard shape.device == .cpu else {
                throw TensorFault("\(shape) is on \(shape.device); channels carry what is in the main memory")
            }
            let layout = try TensorLayout(shape.dtype, shape.shape)
            guard let next = SlotLayout.place(layout.byteCount, after: end)?.upperBound, next <= Limits.mostSlotSize
            else {
                throw TensorFault("they do not fit a slot of \(Limits.mostSlotSize) bytes")
            }
            end = next
        }
    }
}
