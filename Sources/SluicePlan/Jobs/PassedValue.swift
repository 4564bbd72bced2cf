internal import Planning
public import Sluice
public import SluiceModel

/// What is pushed into a plan, or pulled from it.
public enum PlanValue: Sendable {
    case tensor(Tensor)
    /// Strings of bytes.
    case strings([[UInt8]])

    /// - Throws: ``SluiceError/Code/invalidArgument`` for strings.
    public func tensor() throws(SluiceError) -> Tensor {
        guard case .tensor(let tensor) = self else {
            throw .invalidArgument("these are strings, and no tensor")
        }
        return tensor
    }
}

/// How a value travels between a client and an interface: as in a register that has it as its only field.
enum PassedValue {
    /// Values that may be under way in each direction, before whoever sends them waits.
    static let slots = 8
    /// Of a slot: an error has room in it, too.
    private static let leastBytes = 1024

    static func register(_ name: String, _ type: BlobType) -> PlannedRegister {
        let body = type.headerBytes.rounded(upTo: type.alignment)
        // A type that is too large was refused when the plan was compiled.
        let stride = max(leastBytes, body + (type.capacity ?? 0)).rounded(upTo: type.alignment)
        return PlannedRegister(
            name: name, kind: .channel, producer: 0, consumers: [],
            fields: [PlannedField(blob: name, index: 0, type: type, header: 0, body: body)], slots: slots,
            stride: UInt64(stride), places: [], inPlaceOf: nil, lifetime: 0)
    }

    /// What is wrong with a value before it is sent; nil: nothing.
    static func check(_ value: PlanValue, _ name: String, is type: BlobType) throws(SluiceError) {
        switch (value, type.element) {
        case (.tensor(let tensor), .scalar(let dtype)):
            guard tensor.dtype == dtype else {
                throw .invalidArgument("\(name) is declared as \(type), and the array is of \(tensor.dtype)")
            }
            try check(tensor.shape, name, is: type)
        case (.strings(let strings), .bytes(let capacity)):
            try check([strings.count], name, is: type)
            let bytes = strings.reduce(0) { $0 + $1.count }
            guard bytes <= capacity else {
                throw SluiceError(
                    .valueTooLarge, "\(name) is declared for \(capacity) bytes of strings, and these have \(bytes)",
                    needed: UInt64(bytes), available: UInt64(capacity))
            }
        case (.tensor, .bytes): throw .invalidArgument("\(name) is declared as \(type), not as an array of numbers")
        case (.strings, .scalar): throw .invalidArgument("\(name) is declared as \(type), not as strings")
        }
    }

    private static func check(_ shape: [Int], _ name: String, is type: BlobType) throws(SluiceError) {
        if shape == type.shape { return }
        guard type.isDynamic, shape.count == type.shape.count else {
            throw .invalidArgument("\(name) is declared as \(type), and the value has the shape \(shape)")
        }
        let count = shape.reduce(1, *)
        guard let most = type.count, count <= most else {
            throw SluiceError(
                .valueTooLarge,
                "\(name) is declared as \(type), and the value has the shape \(shape): \(count) elements",
                needed: UInt64(count), available: UInt64(type.count ?? 0))
        }
    }
}
