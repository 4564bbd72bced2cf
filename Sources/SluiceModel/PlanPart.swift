/// One life of a plan: from its being applied to its end. Given by the coordinator; never 0, never used again.
public struct RunID: RawRepresentable, Hashable, Sendable, Comparable, CustomStringConvertible {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The coordinator's life and a count within it, so that a restarted one gives no number twice.
    public init(epoch: Epoch, number: UInt32) { rawValue = epoch << 32 | UInt64(number) }

    public var description: String { "\(rawValue >> 32).\(rawValue & 0xffff_ffff)" }
    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// What one node has of a plan's run: a block of shared memory, and what lies where in it.
public struct PlanPart: Hashable, Sendable {
    public let run: RunID
    public let plan: String
    /// Bytes of the block, 0 ...
    public let blockBytes: UInt64
    /// Those that are channels and lie on this node.
    public let registers: [PartRegister]

    public init(run: RunID, plan: String, blockBytes: UInt64, registers: [PartRegister]) {
        self.run = run
        self.plan = plan
        self.blockBytes = blockBytes
        self.registers = registers
    }
}

/// A register's place in its node's block.
public struct PartRegister: Hashable, Sendable {
    public let channel: ChannelName
    /// Slot 0, bytes from the block's start; a multiple of 64.
    public let offset: UInt64
    /// From one slot to the next, bytes; a multiple of 64.
    public let stride: UInt64
    public let slots: Int

    public init(channel: ChannelName, offset: UInt64, stride: UInt64, slots: Int) {
        self.channel = channel
        self.offset = offset
        self.stride = stride
        self.slots = slots
    }
}

/// Where a ring's payload lies, if it has no memory of its own: in a plan's block.
package struct BlockPlace: Hashable, Sendable {
    /// Whose block it is.
    package let run: RunID
    /// Slot 0, bytes from the block's start; a multiple of 64.
    package let offset: UInt64
    /// Bytes of the whole block.
    package let blockBytes: UInt64

    package init(run: RunID, offset: UInt64, blockBytes: UInt64) {
        self.run = run
        self.offset = offset
        self.blockBytes = blockBytes
    }
}
