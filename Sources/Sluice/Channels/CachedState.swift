internal import SluiceModel

/// What a cached channel serves next, and to whom: decides, and does nothing.
struct CachedState<Value: Sendable> {
    /// A value, or an error in a value's place.
    typealias Item = Result<Value, SluiceError>

    struct Consumer {
        /// Items that it has taken.
        var taken: UInt64 = 0
        var isBusy = false
        var isClosed = false
        /// While it reads the inner channel suspended: ends that.
        var stopReading: (@Sendable () -> Void)?
    }

    enum Step {
        case take(Item)
        case end
        /// It is this consumer's turn to read the inner channel, and to say what came of it.
        case read
        /// Another consumer reads it.
        case awaitReader(Int)
        /// These have yet to take the present item.
        case awaitConsumers([Int])
        case closed
    }

    private(set) var consumers: [Consumer]
    /// The one item that is cached: number `brought - 1`, until every open consumer has taken it.
    private(set) var item: Item?
    /// Items read from the inner channel.
    private(set) var brought: UInt64 = 0
    private(set) var reader: Int?
    private(set) var hasEnded = false

    init(consumers count: Int) { consumers = Array(repeating: Consumer(), count: count) }

    var isOver: Bool { consumers.allSatisfy(\.isClosed) }
    /// Open consumers that have yet to take the present item.
    var behind: [Int] { consumers.indices.filter { !consumers[$0].isClosed && consumers[$0].taken < brought } }

    /// Consumers with a call inside, who may wait for what another has done.
    func busy(besides number: Int) -> [Int] { consumers.indices.filter { $0 != number && consumers[$0].isBusy } }

    /// Whether a read of the consumer's would end at once, without a look at the inner channel.
    func hasSomething(for number: Int) -> Bool {
        consumers[number].isClosed || consumers[number].taken < brought || (item == nil && hasEnded)
    }

    /// A call of the consumer's begins; false if another is under way.
    mutating func begin(_ number: Int) -> Bool {
        defer { consumers[number].isBusy = true }
        return !consumers[number].isBusy
    }

    mutating func finish(_ number: Int) { consumers[number].isBusy = false }

    mutating func step(_ number: Int) -> Step {
        if consumers[number].isClosed { return .closed }
        if let item {
            guard consumers[number].taken < brought else { return .awaitConsumers(behind) }
            consumers[number].taken = brought
            if behind.isEmpty { self.item = nil }
            return .take(item)
        }
        if hasEnded { return .end }
        if let reader { return .awaitReader(reader) }
        reader = number
        return .read
    }

    /// Who reads can be stopped by this; false if it is closed already.
    mutating func canStop(_ number: Int, by stop: @escaping @Sendable () -> Void) -> Bool {
        guard !consumers[number].isClosed else { return false }
        consumers[number].stopReading = stop
        return true
    }

    /// What the inner channel gave to the consumer that read it.
    ///
    /// - Returns: An error that is that consumer's alone: the next one asks for itself.
    mutating func settle(_ number: Int, _ outcome: Result<Value?, SluiceError>) -> SluiceError? {
        reader = nil
        consumers[number].stopReading = nil
        switch outcome {
        case .success(nil): hasEnded = true
        case .success(let value?): bring(.success(value))
        case .failure(let error):
            // These take a value's place; every other leaves the inner channel as it was, or over for all who ask.
            guard [.application, .cannotDecode, .cannotEncode].contains(error.code) else { return error }
            bring(.failure(error))
        }
        return nil
    }

    private mutating func bring(_ new: Item) {
        for number in consumers.indices { consumers[number].taken = brought }
        brought += 1
        if !isOver { item = new }
    }

    /// The consumer counts no more.
    ///
    /// - Returns: What nobody is left to take, to be dropped outside the lock, and how to stop the consumer's reading.
    mutating func close(_ number: Int) -> (left: Item?, stop: (@Sendable () -> Void)?)? {
        guard !consumers[number].isClosed else { return nil }
        consumers[number].isClosed = true
        var left: Item?
        if behind.isEmpty { swap(&left, &item) }
        return (left, consumers[number].stopReading.take())
    }
}
