/// What two ranks compare before they believe each other's elements: which operation this is, in a few numbers.
struct OperationSignature: Hashable, Sendable, CustomStringConvertible {
    /// Of the group's collectives, or of a pair's messages: 0, 1, 2 …
    var sequence: UInt64
    var kind: Code
    /// ``Reduction/rawValue``; 0 where nothing is reduced.
    var reduction: UInt8
    /// ``ScalarType/rawValue``; 0 for a barrier.
    var scalarType: UInt8
    /// The root of a broadcast.
    var root: UInt32
    var count: UInt64

    struct Code: RawRepresentable, Hashable, Sendable {
        let rawValue: UInt8
        static let message = Code(rawValue: 1)
        static let allReduce = Code(rawValue: 2)
        static let allGather = Code(rawValue: 3)
        static let reduceScatter = Code(rawValue: 4)
        static let broadcast = Code(rawValue: 5)
        static let barrier = Code(rawValue: 6)
    }

    init(_ operation: CommunicatorOperation, sequence: UInt64) {
        self.sequence = sequence
        scalarType = operation.scalarType.rawValue
        count = UInt64(operation.count)
        root = 0
        reduction = 0
        switch operation.kind {
        case .send, .receive: kind = .message
        case .allReduce(let how): (kind, reduction) = (.allReduce, how.rawValue)
        case .allGather: kind = .allGather
        case .reduceScatter(let how): (kind, reduction) = (.reduceScatter, how.rawValue)
        case .broadcast(let rank): (kind, root) = (.broadcast, UInt32(rank))
        case .barrier: (kind, scalarType, count) = (.barrier, 0, 0)
        }
    }

    /// As another process wrote it: every number may be anything.
    init(
        sequence: UInt64, kind: UInt8, reduction: UInt8, scalarType: UInt8, root: UInt32, count: UInt64
    ) {
        self.sequence = sequence
        self.kind = Code(rawValue: kind)
        self.reduction = reduction
        self.scalarType = scalarType
        self.root = root
        self.count = count
    }

    var description: String {
        let type = ScalarType(rawValue: scalarType).map { "\($0)" } ?? "elements of type \(scalarType)"
        let how = Reduction(rawValue: reduction).map { "\($0)" } ?? "reduction \(reduction)"
        switch kind {
        case .message: return "message \(sequence) of \(count) \(type)"
        case .allReduce: return "collective \(sequence), all-reduce (\(how)) of \(count) \(type)"
        case .allGather: return "collective \(sequence), all-gather of \(count) \(type)"
        case .reduceScatter: return "collective \(sequence), reduce-scatter (\(how)) of \(count) \(type)"
        case .broadcast: return "collective \(sequence), broadcast of \(count) \(type) from rank \(root)"
        case .barrier: return "collective \(sequence), barrier"
        default: return "collective \(sequence), of kind \(kind.rawValue)"
        }
    }
}
