import Ring
import SharedMemory

/// The bells of one worker, and what they had rung when they were last looked at.
final class BellWatch {
    let view: ProcessView
    let doorbell: EventFD
    /// Rings written by that worker with readers elsewhere.
    var published: [Group<OutgoingChannel>] = []
    /// References that one of its cursors reads.
    var released: [Group<IncomingReference>] = []

    /// What rings one bell.
    struct Group<Member: AnyObject> {
        let index: Int
        var seen: UInt64
        var members: [Member]
    }

    init(_ view: ProcessView, doorbell: EventFD) {
        self.view = view
        self.doorbell = doorbell
    }
}

extension Array {
    /// Adds a member to its group, which begins with what its bell had rung by now.
    mutating func join<Member: AnyObject>(_ member: Member, group: Int, seen: UInt64)
    where Element == BellWatch.Group<Member> {
        if let index = firstIndex(where: { $0.index == group }) {
            self[index].members.append(member)
        } else {
            append(.init(index: group, seen: seen, members: [member]))
        }
    }

    /// Takes a member out of its group, or out of all, as often as it is there.
    ///
    /// - Parameter most: how often at most; a reference is in a group once for each of its readers there.
    mutating func leave<Member: AnyObject>(_ member: Member, group: Int? = nil, most: Int = .max)
    where Element == BellWatch.Group<Member> {
        for index in indices where group == nil || self[index].index == group {
            var left = most
            self[index].members.removeAll { other in
                guard other === member, left > 0 else { return false }
                left -= 1
                return true
            }
        }
        removeAll(where: \.members.isEmpty)
    }
}
