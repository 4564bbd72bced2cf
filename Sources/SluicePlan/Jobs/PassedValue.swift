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

/// How a value travels between a client and an interface: alone in a slot (``RegisterView/init(alone:_:of:on:)``).
enum PassedValue {
    /// Values that may be under way in each direction, before whoever sends them waits.
    static let slots = 8
    /// Of a slot: an error has room in it, too.
    private static let leastBytes = 1024

    /// Bytes of a slot. A type that is too large was refused when the plan was compiled.
    static func slotSize(_ type: BlobType) -> Int { max(leastBytes, type.slotBytes ?? 0) }

    /// Refuses what a blob of this type cannot become, before it is sent.
    static func check(_ value: PlanValue, _ name: String, is type: BlobType) throws(SluiceError) {
        switch value {
        case .tensor(let tensor): try type.check(tensor, for: name)
        case .strings(let strings): try check(strings, name, is: type)
        }
    }

    private static func check(_ strings: [[UInt8]], _ name: String, is type: BlobType) throws(SluiceError) {
        guard case .bytes(let capacity) = type.element else {
            throw .invalidArgument("\(name) is made of \(type); strings cannot become it")
        }
        guard type.shape.count == 1, type.isDynamic || strings.count == type.shape[0] else {
            throw .invalidArgument("\(name) is \(type); \(strings.count) strings have another shape")
        }
        guard strings.count <= type.shape[0] else {
            throw SluiceError(
                .valueTooLarge, "\(name) is \(type); \(strings.count) strings are more",
                needed: UInt64(strings.count), available: UInt64(type.shape[0]))
        }
        let bytes = strings.reduce(0) { $0 + $1.count }
        guard bytes <= capacity else {
            throw SluiceError(
                .valueTooLarge, "\(name) has room for \(capacity) bytes of strings, and these have \(bytes)",
                needed: UInt64(bytes), available: UInt64(capacity))
        }
    }
}
