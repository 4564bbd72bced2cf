internal import Ring
internal import SharedMemory
internal import SluiceModel

/// Values that a process hands over to itself, of whichever type.
protocol HandOverTable: AnyObject, Sendable {
    /// What is handed over, for messages.
    var typeName: String { get }
}

/// Values on their way from a channel's writer to the reader that is the same actor: one place for each slot of its ring.
///
/// The ring says which sequences are published, taken and released; this says only what they are. A value is put between
/// the loan and the publishing of its slot, and taken between the lease and the release, so that a place is never wanted
/// for two values at once. Values that nobody will take, such as those that a closed reader has left, are at most as
/// many as there are slots.
final class HandOver<Value: Sendable>: HandOverTable {
    private struct Place {
        var sequence: UInt64
        var value: Value
    }

    private struct State {
        /// As many as have been needed so far.
        var places: [Place?] = []
        /// Whether a reader has closed, and none has been opened since.
        var isForsaken = false
    }

    private let slots: UInt64
    private let state = Lock(State())

    init(slots: Int) { self.slots = UInt64(slots) }

    var typeName: String { "\(Value.self)" }

    /// Whether a reader has closed, and none has been opened since.
    var isForsaken: Bool { state.withLock { $0.isForsaken } }

    /// Puts the value of that number, or none, in the place that was last needed a lap ago.
    func put(_ value: Value?, at sequence: UInt64) {
        let former = exchange(value.map { Place(sequence: sequence, value: $0) }, at: sequence) { _ in true }
        // What was there goes outside the lock: its end is the user's code.
        _ = consume former
    }

    /// The value of that number, which is then no longer here; nil if there is none.
    func take(_ sequence: UInt64) -> Value? { exchange(nil, at: sequence) { $0?.sequence == sequence }?.value }

    /// A reader has been opened.
    func welcome() { state.withLock { $0.isForsaken = false } }

    /// The reader closes: nobody takes what is here.
    func forsake() {
        let left = state.withLock { state in
            state.isForsaken = true
            defer { state.places = [] }
            return state.places
        }
        _ = consume left
    }

    private func exchange(_ new: Place?, at sequence: UInt64, if condition: (Place?) -> Bool) -> Place? {
        state.withLock { state in
            let index = Int(sequence % slots)
            while state.places.count <= index { state.places.append(nil) }
            guard condition(state.places[index]) else { return nil }
            defer { state.places[index] = new }
            return state.places[index]
        }
    }
}

extension WriterEndpoint {
    /// Which of the channel's readers is the writer's own actor.
    var ownReader: Int? { spec.readers.firstIndex(of: spec.writer) }

    /// Makes the table of what is handed over, once for a channel.
    func makeHandOver<Value: Sendable>(of type: Value.Type) throws(SluiceError) -> HandOver<Value> {
        let table = HandOver<Value>(slots: spec.slots)
        let isFirst = handOver.withLock { handOver in
            guard handOver == nil else { return false }
            handOver = table
            return true
        }
        guard isFirst else {
            throw .invalidArgument(
                "the writer of channel \(spec.name) hands its values over already", channel: spec.name.rawValue)
        }
        return table
    }

    /// The number of the slot that is staged.
    var stagedSequence: UInt64 {
        guard let sequence = unsafe staged?.slot.sequence else {
            preconditionFailure("nothing is staged in channel \(spec.name): the inner writer is not over its ring")
        }
        return sequence
    }

    /// Puts the value of the staged slot where the own reader looks for it, unless there is none who would.
    func handOver<Value>(_ value: Value, by table: HandOver<Value>) {
        guard let ownReader else { return }
        let sequence = stagedSequence
        // A reader that attaches later than this begins behind the slot, which is loaned.
        let isAwaited = !table.isForsaken || ring.gates().contains { Int($0.request.reader) == ownReader }
        table.put(isAwaited ? value : nil, at: sequence)
    }
}
