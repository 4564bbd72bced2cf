internal import SluiceModel

/// Who belongs together, and how its channels are made: what the ranks have agreed on.
struct CommunicatorGroup: Sendable {
    let name: String
    let rank: Int
    var ranks: [Rank]
    let options: CommunicatorOptions

    struct Rank: Hashable, Sendable {
        let number: Int
        let actor: String
        /// Known once it has come.
        var node = ""
        var pid: Int32 = 0
        /// Tells this life of the rank from one before it.
        var life: UInt64 = 0

        /// For messages: who this is.
        var description: String {
            node.isEmpty
                ? "rank \(number) (actor \(actor))" : "rank \(number) (actor \(actor) on node \(node), pid \(pid))"
        }
    }

    var worldSize: Int { ranks.count }
    var me: Rank { ranks[rank] }
    var next: Rank { ranks[(rank + 1) % worldSize] }
    var previous: Rank { ranks[(rank + worldSize - 1) % worldSize] }
    /// Bytes of elements in one slot: whole elements of every type.
    var segmentBytes: Int { (options.slotSize - UnitHeader.byteCount) & ~7 }

    /// Of a rank's life channel: the only name that others must know beforehand.
    func lifeChannel(of rank: Int) -> String { "communicator/\(name)/rank/\(rank)" }
    /// Of one between two lives: such a channel never meets another pair's, however often the group's name is used.
    func channel(_ purpose: String, from: Rank, to: Rank) -> String {
        "communicator/\(name)/\(purpose)/\(String(from.life, radix: 16))-\(String(to.life, radix: 16))"
    }
}

/// How a ``ChannelCommunicator`` is set up: the same on every rank.
public struct CommunicatorOptions: Hashable, Sendable, Codable {
    /// Bytes of a channel's slot: elements travel in segments of that less 64. 128 ... ``Limits/mostSlotSize``.
    public var slotSize: Int
    /// Slots of a channel, 2 ... ``Limits/mostSlots``: one less is how many segments are under way at once.
    public var slots: Int

    public init(slotSize: Int = 128 << 10, slots: Int = 8) {
        self.slotSize = slotSize
        self.slots = slots
    }
}
