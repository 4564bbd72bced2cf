import SharedMemory
import SluiceModel

/// This node's part of a plan's run, materialised: one block of shared memory, in which every register has its place.
final class LocalPart {
    let part: PlanPart
    /// Nil if the part has no memory.
    let block: Segment?
    private let registers: [ChannelName: PartRegister]
    /// The run is over here; the block goes with the last ring that lies in it.
    var isGoing = false

    init(_ part: PlanPart, _ block: Segment?) {
        self.part = part
        self.block = block
        registers = Dictionary(part.registers.map { ($0.channel, $0) }, uniquingKeysWith: { first, _ in first })
    }

    subscript(channel: ChannelName) -> PartRegister? { registers[channel] }
}
