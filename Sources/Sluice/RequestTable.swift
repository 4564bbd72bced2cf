internal import SluiceModel
internal import Wire

/// The requests of one worker that have no answer yet.
///
/// Every request is answered exactly once by the agent, a cancelled one too; so one whose caller has left stays here
/// until then, and what its late answer brings is given back. After an agent's return all are asked again, in order.
struct RequestTable {
    struct Entry {
        let id: UInt64
        let request: Request
        let deadline: Deadline
        /// Who waits; nil if nobody does, or nobody does any more.
        var promise: Promise?
        /// The caller has left before the answer came.
        var isAbandoned = false
        /// The pages of an answer that comes in several.
        var pages: [UInt8] = []
    }

    private var entries: [UInt64: Entry] = [:]
    private var lastID: UInt64 = 0

    var count: Int { entries.count }

    /// Takes a request up; nil at the limit.
    mutating func add(_ request: Request, deadline: Deadline, promise: Promise?) -> Entry? {
        guard entries.count < Limits.mostRequests else { return nil }
        lastID += 1
        let entry = Entry(id: lastID, request: request, deadline: deadline, promise: promise)
        entries[lastID] = entry
        return entry
    }

    /// The request that an answer is for, now done; nil for an answer that nobody asked for.
    mutating func take(_ id: UInt64) -> Entry? { entries.removeValue(forKey: id) }

    /// A number for something that is asked but not kept here.
    mutating func freshID() -> UInt64 {
        lastID += 1
        return lastID
    }

    /// Keeps one page of an answer; true for the last, which is shorter than a page, and for what nobody asked for.
    mutating func addPage(_ page: [UInt8], to id: UInt64) -> Bool {
        guard var entry = entries[id] else { return true }
        // Beyond the bound the rest is dropped, and what is there will not parse.
        if entry.pages.count + page.count <= Limits.mostNetworkMessageBytes { entry.pages += page }
        entries[id] = entry
        return page.count < Limits.statusPageBytes
    }

    /// The agent answers anew: pages of its former life do not belong to what comes.
    mutating func forgetPages() {
        for id in entries.keys { entries[id]?.pages = [] }
    }

    /// Whether the agent may still answer that a reader is open on this line.
    func isOpening(line: UInt32) -> Bool {
        entries.values.contains {
            if case .openReader(_, _, line) = $0.request { true } else { false }
        }
    }

    /// What waits for this channel to grow.
    func growths(of channel: ChannelID) -> [UInt64] {
        entries.values.compactMap { if case .growChannel(channel, _, _) = $0.request { $0.id } else { nil } }
    }

    /// The caller leaves. Whoever gets the promise must fulfil it; nil if the answer was sooner.
    mutating func abandon(_ id: UInt64) -> (entry: Entry, promise: Promise)? {
        guard var entry = entries[id], let promise = entry.promise else { return nil }
        entry.promise = nil
        entry.isAbandoned = true
        entries[id] = entry
        return (entry, promise)
    }

    /// The requests whose callers have waited long enough at `now`: to be abandoned.
    func expired(at now: UInt64, grace: UInt64) -> [UInt64] {
        entries.values.filter { $0.promise != nil && $0.expiry(grace).hasPassed(at: now) }.map(\.id).sorted()
    }

    /// When the next call gives up.
    func nextExpiry(grace: UInt64) -> Deadline {
        entries.values.filter { $0.promise != nil }.map { $0.expiry(grace) }.min() ?? .never
    }

    /// Everything without an answer, in the order in which it was asked.
    var inOrder: [Entry] { entries.values.sorted { $0.id < $1.id } }

    /// Ends all waiting: returns everyone who has to be told.
    mutating func removeAll() -> [Entry] {
        let all = inOrder
        entries.removeAll()
        return all
    }
}

extension RequestTable.Entry {
    func expiry(_ grace: UInt64) -> Deadline { deadline.extended(by: request.grace(grace)) }
}

extension Deadline {
    /// Later by `nanoseconds`.
    func extended(by nanoseconds: UInt64) -> Deadline {
        guard self != .never else { return .never }
        let (sum, overflow) = self.nanoseconds.addingReportingOverflow(nanoseconds)
        return overflow ? .never : Deadline(nanoseconds: sum)
    }
}
