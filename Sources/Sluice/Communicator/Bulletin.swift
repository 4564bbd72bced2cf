internal import SharedMemory
internal import SluiceModel

/// A state that threads wait on until it is as they want it.
final class Bulletin<State: Sendable>: Sendable {
    private let state: Lock<State>
    private let changes = FutexWord()

    init(_ state: State) { self.state = Lock(state) }

    /// Looks at the state, or changes it; whoever waits looks again.
    @discardableResult
    func update<Result>(_ body: (inout State) -> Result) -> Result {
        let result = state.withLock { body(&$0) }
        changes.bump()
        return result
    }

    var now: State { state.withLock { $0 } }

    /// Blocks until `look` finds something; nil if it has not by the deadline.
    func wait<Found>(until deadline: Deadline, _ look: (State) -> Found?) -> Found? {
        while true {
            // Before the look: a change behind it is not slept through.
            let seen = changes.load()
            if let found = look(now) { return found }
            if deadline.hasPassed(at: monotonicNow()) { return nil }
            changes.sleep(while: seen, until: deadline)
        }
    }
}
