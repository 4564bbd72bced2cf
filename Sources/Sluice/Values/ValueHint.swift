/// How the values of a channel travel, as its creator declares it.
public enum ValueHint: Hashable, Sendable {
    /// As suits where the writer and the readers are.
    case auto
    /// By way of shared memory, in whatever form fits.
    case sharedMemory
    /// Tensors of these shapes, in the order in which a value's fields are encoded: values carry no description of them.
    /// Without shapes each value describes its own.
    case tensor([TensorShape])

    /// The shapes that are declared; empty if each value describes its tensors.
    public var declaredShapes: [TensorShape] { if case .tensor(let shapes) = self { shapes } else { [] } }
}

extension ValueHint: Codable {
    private enum Key: CodingKey { case kind, shapes }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .auto: try container.encode("auto", forKey: .kind)
        case .sharedMemory: try container.encode("sharedMemory", forKey: .kind)
        case .tensor(let shapes):
            try container.encode("tensor", forKey: .kind)
            try container.encode(shapes, forKey: .shapes)
        }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        switch try container.decode(String.self, forKey: .kind) {
        case "auto": self = .auto
        case "sharedMemory": self = .sharedMemory
        case "tensor": self = .tensor(try container.decode([TensorShape].self, forKey: .shapes))
        case let kind:
            throw DecodingError.dataCorruptedError(
                forKey: .kind, in: container,
                debugDescription: "no hint \(String(kind.prefix(64)).debugDescription) is known")
        }
    }
}
