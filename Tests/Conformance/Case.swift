/// One of the promises that every kind of channel keeps.
enum Case: String, CaseIterable, Sendable {
    case order, sizes, grows, chunks, largest, timeouts, failure, encoded, skip, close, wakes, two, reopens, async
    case holder
    case rollBack

    /// Whether it is about bytes in slots.
    var isAboutSize: Bool { [.grows, .chunks, .largest].contains(self) }

    static let handedOver = "handed over by reference: a value has no size"

    var meaning: String {
        switch self {
        case .order: "many values, in order, each once, then the end"
        case .sizes: "values of 0 bytes, of 1, of all that a slot has"
        case .grows: "values larger than a slot, twice"
        case .chunks: "values of a multiple of the chunk between nodes, and one byte beside it"
        case .largest: "a value larger than the largest is refused, and the channel goes on"
        case .timeouts: "zero and finite timeouts lose nothing, and the same call can be made again"
        case .failure: "an error in a value's place"
        case .encoded: "encoded reads and writes"
        case .skip: "values given back without a look"
        case .close: "drained, then at its end; closed twice"
        case .wakes: "blocked readers and writers woken by a close"
        case .two: "two readers, each at its own pace"
        case .reopens: "a reader that closes and opens again"
        case .async: "suspended calls, and cancelled ones"
        case .holder: "a full channel names the reader that holds it back"
        case .rollBack: "what is staged and rolled back leaves nothing"
        }
    }
}
