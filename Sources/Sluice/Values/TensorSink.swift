internal import FoundationEssentials
internal import SharedMemory

/// The tensors of a value that is being encoded: each leaves its number in the value's body.
///
/// One for each encoding, so that nothing of one that has failed is left for the next.
final class TensorSink: Sendable {
    static let key = CodingUserInfoKey(rawValue: "sluice.tensorSink")!

    let coding: ValueCoding
    private let recorded = Lock<[RecordedTensor]>([])

    struct RecordedTensor: Sendable {
        let tensor: Tensor
        let path: [any CodingKey]
    }

    init(_ coding: ValueCoding) { self.coding = coding }

    var tensors: [RecordedTensor] { recorded.withLock { $0 } }

    /// Takes a tensor.
    ///
    /// - Returns: Its number: 0, 1, 2 …
    func record(_ tensor: Tensor, _ path: [any CodingKey]) throws(EncodingError) -> Int {
        func refuse(_ why: String) -> EncodingError {
            .invalidValue(tensor, .init(codingPath: path, debugDescription: why))
        }
        guard tensor.device == .cpu else {
            throw refuse("the tensor is on \(tensor.device); this channel carries what is in the main memory")
        }
        let number = recorded.withLock { recorded -> Int? in
            guard recorded.count < SlotLayout.mostTensors else { return nil }
            recorded.append(RecordedTensor(tensor: tensor, path: path))
            return recorded.count - 1
        }
        guard let number else { throw refuse("the value has more than \(SlotLayout.mostTensors) tensors") }
        return number
    }

    static func of(_ encoder: any Encoder) -> TensorSink? { encoder.userInfo[key] as? TensorSink }
}
