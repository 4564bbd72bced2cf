internal import Sluice
internal import SluiceModel

/// What one process of a measurement does.
///
/// A type of its own, because reading an option of a command costs more than writing a value.
struct BenchRole: Sendable {
    let channel: String
    /// Who reads what this role writes.
    let readers: [String]
    /// Bytes of each value.
    let size: Int
    let slots: Int
    let seconds: Double
    let isLoan: Bool
    /// Channels that a role holds open.
    let channels: Int

    /// Longer than any value of a measurement takes, also one of a gigabyte on a busy machine.
    static let patience = Timeout.seconds(30)

    var there: String { channel + ".there" }
    var back: String { channel + ".back" }

    func open(_ name: String, _ actor: SluiceActor) throws -> Writer {
        try actor.createChannel(name, readers: readers, slots: slots, slotSize: max(size, 1), timeout: Self.patience)
    }

    /// Values that only fill memory which nobody has used before, where a measurement has not many more: one for each
    /// slot.
    var fresh: UInt64 { size >= 64 << 20 ? UInt64(slots) : 0 }

    /// Before this, a measurement warms up: the first twentieth of its time.
    static let warmUp = 0.05
}
