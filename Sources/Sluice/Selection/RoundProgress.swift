/// How far each input of a ``MultiReader`` is in the round under way.
///
/// Item number n of every input belongs to round n. An input owes the items of rounds that an error has ended before it
/// was taken from: they are drained first, so that rounds never mix.
struct RoundProgress<Value: Sendable>: Sendable {
    private enum Input: Sendable {
        case awaited(owed: UInt64)
        case taken(Value)
        case ended(owed: UInt64)
    }

    enum Outcome {
        /// One value from each input; the next round has begun.
        case complete([Value])
        /// Every input has ended with the same round.
        case ended
        /// An input has ended before another, which has gone further.
        case uneven(ended: Int, going: Int)
        case incomplete
    }

    /// The number of the round under way.
    private(set) var round: UInt64 = 0
    private var inputs: [Input]
    /// Which inputs there is something to take from, for this round or before it.
    private(set) var wanted: [Bool]
    private var takenCount = 0
    private var hasEnded = false

    init(inputs count: Int) {
        inputs = Array(repeating: .awaited(owed: 0), count: count)
        wanted = Array(repeating: true, count: count)
    }

    /// Whether the next item of that input belongs to a round that is over.
    func owes(_ index: Int) -> Bool {
        if case .awaited(let owed) = inputs[index] { owed > 0 } else { false }
    }

    /// What was read of the round under way.
    var unfinished: [Value?] {
        inputs.map { if case .taken(let value) = $0 { value } else { nil } }
    }
}

// What came of reading.
extension RoundProgress {
    /// The value of this round; nil at the stream's end.
    mutating func took(_ index: Int, _ value: Value?) {
        wanted[index] = false
        if let value {
            inputs[index] = .taken(value)
            takenCount += 1
        } else {
            end(index)
        }
    }

    /// An owed item is gone; or there was none, because the stream has ended.
    mutating func skipped(_ index: Int, _ isItem: Bool) {
        guard case .awaited(let owed) = inputs[index] else { return }
        if isItem { inputs[index] = .awaited(owed: owed - 1) } else { end(index) }
    }

    /// In the place of an input's value was an error: the round is over for all of them.
    mutating func failed(at culprit: Int) {
        for index in inputs.indices where index != culprit {
            switch inputs[index] {
            case .awaited(let owed): inputs[index] = .awaited(owed: owed + 1)
            case .taken: inputs[index] = .awaited(owed: 0)
            case .ended(let owed): inputs[index] = .ended(owed: owed + 1)
            }
        }
        begin()
    }

    private mutating func end(_ index: Int) {
        guard case .awaited(let owed) = inputs[index] else { return }
        inputs[index] = .ended(owed: owed)
        wanted[index] = false
        hasEnded = true
    }

    private mutating func begin() {
        round += 1
        takenCount = 0
        for index in inputs.indices {
            if case .awaited = inputs[index] { wanted[index] = true }
        }
    }
}

// What that makes of the round.
extension RoundProgress {
    mutating func conclude() -> Outcome {
        if hasEnded { return endedOutcome }
        guard takenCount == inputs.count else { return .incomplete }
        let values = unfinished.compactMap { $0 }
        for index in inputs.indices { inputs[index] = .awaited(owed: 0) }
        begin()
        return .complete(values)
    }

    private var endedOutcome: Outcome {
        guard let ended = inputs.indices.filter({ isEnded($0) }).min(by: { items($0) < items($1) }) else {
            return .incomplete
        }
        if let going = inputs.indices.first(where: { items($0) > items(ended) }) {
            return .uneven(ended: ended, going: going)
        }
        return inputs.indices.allSatisfy(isEnded) ? .ended : .incomplete
    }

    private func isEnded(_ index: Int) -> Bool { if case .ended = inputs[index] { true } else { false } }

    /// How many items of an input are gone: none of an ended one's will follow.
    func items(_ index: Int) -> UInt64 {
        switch inputs[index] {
        case .awaited(let owed), .ended(let owed): round - owed
        case .taken: round + 1
        }
    }
}
