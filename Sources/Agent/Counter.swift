import Synchronization

/// A number that one thread raises and others look at. A statistic: it publishes nothing, so it is relaxed.
final class Counter: Sendable {
    private let value = Atomic<UInt64>(0)

    func add(_ amount: UInt64) { value.wrappingAdd(amount, ordering: .relaxed) }
    var current: UInt64 { value.load(ordering: .relaxed) }
}
