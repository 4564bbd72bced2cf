internal import SluiceModel

/// Why a group is over, and for which calls.
struct CommunicatorFate: Sendable {
    let error: SluiceError
    /// The first collective that cannot be completed: the rank concerned has done its part of those before it.
    let limit: UInt64
    /// The rank that brought it about.
    let culprit: Int
}

/// All that is known of a group's end. The first that concerns a call decides.
struct CommunicatorFates: Sendable {
    private(set) var all: [CommunicatorFate] = []

    /// Keeps one that concerns calls which no earlier one does.
    mutating func add(_ fate: CommunicatorFate) {
        if all.allSatisfy({ fate.limit < $0.limit }) { all.append(fate) }
    }

    /// For a collective.
    func error(at sequence: UInt64) -> SluiceError? { all.first { $0.limit <= sequence }?.error }
    /// For everything else.
    var error: SluiceError? { all.first?.error }
}

/// How a call on a lane has failed; the group decides what that means.
enum LaneError: Error {
    /// The call's time is over; it can be made again.
    case late(SluiceError)
    /// The call cannot be made; nothing else has changed.
    case refused(SluiceError)
    /// The other rank's stream has ended, or this end was closed: the group knows why, or soon will.
    case ended(rank: Int)
    /// The other rank's process or node is gone.
    case died(rank: Int, SluiceError)
    /// The ranks do not agree, or a channel has failed: the group is over.
    case broken(rank: Int, SluiceError)
}
