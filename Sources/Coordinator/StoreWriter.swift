internal import Placement
internal import SluiceModel
internal import Synchronization
internal import ZeroMQ

/// Writes rows on a thread of its own, in groups: at once where someone waits for one, else gathered for a moment.
///
/// What waits is bounded by the number of rows: a later change of a row takes the place of an earlier one.
final class StoreWriter: Sendable {
    /// How far the disk is, for whoever holds back answers.
    struct Progress: Sendable {
        /// All changes up to this ticket are written.
        var written: UInt64 = 0
        /// Tries that failed, and why the last one did; nil once one has succeeded.
        var failures: UInt64 = 0
        var trouble: String?
        /// Another coordinator has the store.
        var superseded: Epoch?
    }

    private struct State {
        var pending: [RowKey: RowChange] = [:]
        var ticket: UInt64 = 0
        var isUrgent = false
        var isStopping = false
        var progress = Progress()
    }

    private let store: Store
    private let epoch: Epoch
    private let state = Mutex(State())
    private let wakeup: Wakeup
    private let onProgress: @Sendable () -> Void
    private let thread = Mutex<ServiceThread?>(nil)

    /// - Parameter onProgress: Called on the writer's thread after every try.
    init(_ store: Store, epoch: Epoch, onProgress: @escaping @Sendable () -> Void) throws(SluiceError) {
        self.store = store
        self.epoch = epoch
        self.onProgress = onProgress
        wakeup = try Wakeup()
        let thread = try ServiceThread(name: "sluice-store") { self.run() }
        self.thread.withLock { $0 = thread }
    }

    /// Takes a change; the ticket says when it is written (``Progress/written``).
    func add(_ change: RowChange) -> UInt64 {
        let (ticket, wakes) = state.withLock { state in
            state.ticket += 1
            let wakes = state.pending.isEmpty || (change.isDurable && !state.isUrgent)
            // A row that had to be on disk at once still has to, whatever has changed of it since.
            state.pending[RowKey(change)] = change
            state.isUrgent = state.isUrgent || change.isDurable
            return (state.ticket, wakes)
        }
        if wakes { wakeup.signal() }
        return ticket
    }

    var progress: Progress { state.withLock { $0.progress } }

    /// Writes what is left and ends the thread.
    func stop() {
        state.withLock { $0.isStopping = true }
        wakeup.signal()
        thread.withLock { thread in
            thread?.join()
            thread = nil
        }
    }

    private func run() {
        while true {
            let (isEmpty, isUrgent, isStopping) = state.withLock { ($0.pending.isEmpty, $0.isUrgent, $0.isStopping) }
            if isStopping {
                _ = writeGroup()
                return
            }
            if isEmpty {
                wakeup.wait(milliseconds: nil)
                continue
            }
            // The group is open until someone waits for it.
            if !isUrgent { wakeup.wait(milliseconds: ShellLimits.groupMilliseconds) }
            if !writeGroup() { wakeup.wait(milliseconds: ShellLimits.retryMilliseconds) }
        }
    }

    /// - Returns: Whether there is nothing to be tried again.
    private func writeGroup() -> Bool {
        let (group, ticket, isUrgent) = state.withLock { state in
            defer {
                state.pending = [:]
                state.isUrgent = false
            }
            return (state.pending, state.ticket, state.isUrgent)
        }
        guard !group.isEmpty else { return true }
        defer { onProgress() }
        do {
            try store.write(group.values, durably: isUrgent, epoch: epoch)
            state.withLock {
                $0.progress.written = ticket
                $0.progress.trouble = nil
            }
            return true
        } catch {
            state.withLock { state in
                // What has changed meanwhile is newer.
                state.pending.merge(group) { newer, _ in newer }
                state.isUrgent = state.isUrgent || isUrgent
                switch error {
                case .superseded(let epoch): state.progress.superseded = epoch
                case .failed(let why):
                    state.progress.failures += 1
                    state.progress.trouble = why
                }
            }
            return false
        }
    }
}

/// Which row a change is of.
private enum RowKey: Hashable {
    case node(NodeName)
    case actor(ActorName)
    case channel(ChannelID)

    init(_ change: RowChange) {
        switch change {
        case .node(let row): self = .node(row.name)
        case .removeNode(let name): self = .node(name)
        case .actor(let row, _): self = .actor(row.name)
        case .removeActor(let name): self = .actor(name)
        case .channel(let row): self = .channel(row.spec.id)
        case .removeChannel(let id): self = .channel(id)
        }
    }
}
