internal import CSluice
internal import SharedMemory

/// The payloads of a ring's generations that this process has mapped.
///
/// The control thread adds and drops them; the ring's writer and readers look one up when they come to a new generation,
/// not for each value.
final class PayloadMap: Sendable {
    private struct Mapped {
        var slotSize: Int
        var mapping: Mapping
        /// Of slot 0 in the mapping, bytes.
        var offset: Int
    }

    private let mapped: Lock<[UInt32: Mapped]>

    init() { mapped = Lock([:]) }

    subscript(generation: UInt32) -> Payload? {
        mapped.withLock { mapped in
            mapped[generation].map {
                unsafe Payload(generation: generation, slotSize: $0.slotSize, base: $0.mapping.base + $0.offset)
            }
        }
    }

    /// The numbers of those that are mapped, in order.
    var generations: [UInt32] { mapped.withLock { $0.keys.sorted() } }

    /// Takes one up; one of that number that was there before has never been written to.
    func add(_ generation: UInt32, slotSize: Int, _ mapping: Mapping, offset: Int = 0) {
        mapped.withLock { $0[generation] = Mapped(slotSize: slotSize, mapping: mapping, offset: offset) }
    }

    /// Unmaps what nobody will look at any more.
    func drop(where isOver: (UInt32) -> Bool) {
        let dropped = mapped.withLock { mapped in
            let over = mapped.filter { isOver($0.key) }
            for generation in over.keys { mapped[generation] = nil }
            return over
        }
        // Unmapping a large one takes its time: not under the lock.
        _ = dropped
    }
}
