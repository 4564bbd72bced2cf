internal import FoundationEssentials
internal import SharedMemory

/// The tensors of a value that is being decoded, which the numbers in its body stand for.
final class TensorSource: Sendable {
    static let key = CodingUserInfoKey(rawValue: "sluice.tensorSource")!

    let coding: ValueCoding
    private let tensors: [Tensor]
    /// The field that each went to.
    private let places: Lock<[[any CodingKey]?]>

    init(_ tensors: [Tensor], _ coding: ValueCoding) {
        self.tensors = tensors
        self.coding = coding
        places = Lock(Array(repeating: nil, count: tensors.count))
    }

    /// The tensor of a placeholder. A field may ask more than once, as one does that tries several types in turn; two
    /// fields never get the same.
    func take(_ number: Int, _ path: [any CodingKey]) throws(DecodingError) -> Tensor {
        func refuse(_ why: String) -> DecodingError { .dataCorrupted(.init(codingPath: path, debugDescription: why)) }
        guard tensors.indices.contains(number) else {
            throw refuse("it stands for tensor \(number), and the value has \(tensors.count)")
        }
        let other: [any CodingKey]? = places.withLock { places in
            guard let place = places[number] else {
                places[number] = path
                return nil
            }
            return Self.isSame(place, path) ? nil : place
        }
        if let other { throw refuse("it stands for tensor \(number), which \(fieldPath(other)) has had already") }
        return tensors[number]
    }

    /// The first tensor that no field has asked for.
    var leftOver: Int? { places.withLock { $0.firstIndex { $0 == nil } } }

    private static func isSame(_ a: [any CodingKey], _ b: [any CodingKey]) -> Bool {
        a.elementsEqual(b) { $0.intValue == $1.intValue && $0.stringValue == $1.stringValue }
    }

    static func of(_ decoder: any Decoder) -> TensorSource? { decoder.userInfo[key] as? TensorSource }
}
