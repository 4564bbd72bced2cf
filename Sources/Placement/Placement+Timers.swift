import HeapModule
import SluiceModel

/// Something to look at when its time has come. What is no longer wanted is found out then, not removed before.
struct Timer: Comparable, Sendable {
    var due: UInt64
    var kind: Kind

    enum Kind: Hashable, Sendable {
        case lease(NodeName)
        case challenge(NodeName)
        case claim(NodeName)
        case creation(ChannelID)
        case opening(ChannelName, ActorName)
        case status(UInt64)
        /// A call about plans that waits.
        case plan(UInt64)
    }

    static func < (a: Timer, b: Timer) -> Bool { a.due < b.due }
    static func == (a: Timer, b: Timer) -> Bool { a.due == b.due }
}

extension Placement {
    /// Timers that may lie about unwanted, for every one that is wanted, before they are swept out.
    private static var mostStale: Int { 4 }

    mutating func schedule(_ kind: Timer.Kind, at due: UInt64) {
        timers.insert(Timer(due: due, kind: kind))
        sweepTimers()
    }

    mutating func schedule(_ kind: Timer.Kind, at deadline: Deadline) {
        if deadline != .never { schedule(kind, at: deadline.nanoseconds) }
    }

    mutating func fireTimers() {
        while let timer = timers.min, timer.due <= now {
            timers.removeMin()
            guard let due = due(of: timer.kind) else { continue }
            // Its time was put off since: what is wanted is due later.
            guard due <= now else {
                timers.insert(Timer(due: due, kind: timer.kind))
                continue
            }
            fire(timer.kind)
        }
    }

    private mutating func fire(_ kind: Timer.Kind) {
        switch kind {
        case .lease(let name): lose(name, .lost)
        case .challenge(let name): holderIsSilent(name)
        case .claim(let name): dropUnclaimed(name)
        case .creation(let id): creationIsLate(id)
        case .opening(let name, let actor): openingIsLate(name, actor)
        case .status(let request): if collection?.request == request { answerStatus() }
        case .plan(let waiter): planWaiterIsLate(waiter)
        }
    }

    /// When a timer of this kind is due by what is known now; nil if it is no longer wanted.
    private func due(of kind: Timer.Kind) -> UInt64? {
        switch kind {
        case .lease(let name):
            guard let node = nodes[name], node.standing == .alive else { return nil }
            // Only who has been up for a whole lease may say that a node was silent for one.
            return max(node.lastSign, upSince) + options.lease
        case .challenge(let name): return nodes[name]?.challenge?.deadline
        case .claim(let name): return nodes[name]?.unclaimed?.deadline
        case .creation(let id):
            guard case .creating(let creation) = channels[id]?.phase, creation.due != .never else { return nil }
            return creation.due.nanoseconds
        case .opening(let name, let actor):
            guard let due = openings[name]?[actor]?.due, due != .never else { return nil }
            return due.nanoseconds
        case .status(let request): return collection?.request == request ? collection?.deadline : nil
        case .plan(let waiter): return desk.deadline(of: waiter)
        }
    }

    /// Long waits that ended early must not pile up.
    private mutating func sweepTimers() {
        let wanted = 64 + nodes.count * 3 + channels.count + openingCount + desk.waiterCount
        guard timers.count > wanted * Self.mostStale else { return }
        var seen: Set<Timer.Kind> = []
        let live = timers.unordered.compactMap { timer -> Timer? in
            guard let due = due(of: timer.kind), seen.insert(timer.kind).inserted else { return nil }
            return Timer(due: due, kind: timer.kind)
        }
        timers = Heap(live)
    }
}
