package import SluiceModel
package import Wire

/// The jobs of one run: first come, first served at every interface that they use.
///
/// A job is granted when none of its interfaces is in use and no earlier job waits for one of them: those that share an
/// interface never overlap, and those that do not run together. It is over when each of its interfaces has done its part; an
/// aborted one holds its interfaces until then, too, so that the next finds nothing of it there.
package struct LaunchQueue: Hashable, Sendable {
    package struct Job: Hashable, Sendable {
        package let id: UInt64
        package let connection: UInt32
        package let function: String
        package let count: UInt64
        let interfaces: [String]
        /// Interfaces that have not done their part.
        var pending: Set<String>
        package internal(set) var isGranted = false
        /// Why it was aborted.
        package internal(set) var abortion: SluiceError?

        package init(id: UInt64, connection: UInt32, function: String, count: UInt64, interfaces: [String]) {
            self.id = id
            self.connection = connection
            self.function = function
            self.count = count
            self.interfaces = interfaces
            pending = Set(interfaces)
        }

        /// Whether this is the same wish.
        func isAgain(_ other: Job) -> Bool {
            connection == other.connection && function == other.function && count == other.count
        }
    }

    /// What an interface is to know, and has not said that it knows.
    private struct Mail: Hashable {
        var first: UInt64 = 0
        var events: [PlanEvent] = []
        var next: UInt64 { first + UInt64(events.count) }

        mutating func add(_ kind: PlanEvent.Kind) { events.append(PlanEvent(index: next, kind)) }

        mutating func drop(before index: UInt64) {
            let known = Int(clamping: index > first ? index - first : 0)
            let count = min(known, events.count)
            events.removeFirst(count)
            first += UInt64(count)
        }
    }

    package private(set) var jobs: [UInt64: Job] = [:]
    /// Those that wait, in the order in which they came.
    private var line: [UInt64] = []
    private var users: [String: UInt64] = [:]
    private var mail: [String: Mail] = [:]
    /// Jobs that are over, oldest first.
    private var over: [UInt64: Job] = [:]
    private var overOrder: [UInt64] = []
    package private(set) var isClosed = false
    private let mostOver: Int

    package init(interfaces: [String], mostOver: Int) {
        for interface in interfaces { mail[interface] = Mail() }
        self.mostOver = mostOver
    }

    package var isIdle: Bool { jobs.isEmpty }
    package var waitingCount: Int { line.count }
    package var grantedCount: Int { jobs.count - line.count }

    /// A job that waits, is under way, or was not long ago.
    package func known(_ id: UInt64) -> Job? { jobs[id] ?? over[id] }
    package func isOver(_ id: UInt64) -> Bool { over[id] != nil }

    /// Events of an interface from number `after` on; those before are known there, and forgotten.
    package mutating func events(of interface: String, after: UInt64) -> [PlanEvent] {
        mail[interface]?.drop(before: after)
        return Array((mail[interface]?.events ?? []).prefix(Limits.mostPlanEvents))
    }

    /// The number of an interface's next event.
    package func nextEvent(of interface: String) -> UInt64 { mail[interface]?.next ?? 0 }
    package func isInterface(_ name: String) -> Bool { mail[name] != nil }
}

extension LaunchQueue {
    package mutating func add(_ job: Job) {
        jobs[job.id] = job
        line.append(job.id)
        grant()
    }

    /// Takes a job back: one that waits vanishes, of one under way its interfaces are told.
    package mutating func abort(_ id: UInt64, _ why: SluiceError) {
        guard var job = jobs[id], job.abortion == nil else { return }
        job.abortion = why
        jobs[id] = job
        if job.isGranted {
            for interface in job.interfaces where job.pending.contains(interface) {
                mail[interface]?.add(.aborted(job: id))
            }
        } else {
            line.removeAll { $0 == id }
            finish(job)
        }
        grant()
    }

    /// Takes back everything of one client's.
    package mutating func abortAll(of connection: UInt32, _ why: SluiceError) {
        for id in jobs.values.filter({ $0.connection == connection }).map(\.id).sorted() { abort(id, why) }
    }

    /// An interface has done its part.
    package mutating func done(_ id: UInt64, by interface: String) {
        guard jobs[id]?.isGranted == true, jobs[id]?.pending.remove(interface) != nil else { return }
        // Its part is over: the next job may come there once all of this one is.
        guard let job = jobs[id], job.pending.isEmpty else { return }
        for interface in job.interfaces where users[interface] == id { users[interface] = nil }
        finish(job)
        grant()
    }

    /// Tells every interface that no more jobs come.
    package mutating func close() {
        guard !isClosed else { return }
        isClosed = true
        for interface in mail.keys { mail[interface]?.add(.closed) }
    }

    private mutating func finish(_ job: Job) {
        jobs[job.id] = nil
        over[job.id] = job
        overOrder.append(job.id)
        if overOrder.count > mostOver { over[overOrder.removeFirst()] = nil }
    }

    private mutating func grant() {
        // Interfaces that somebody earlier in the line waits for.
        var claimed: Set<String> = []
        var rest: [UInt64] = []
        for id in line {
            guard let job = jobs[id] else { continue }
            let isFree = job.interfaces.allSatisfy { users[$0] == nil && !claimed.contains($0) }
            guard isFree else {
                claimed.formUnion(job.interfaces)
                rest.append(id)
                continue
            }
            jobs[id]?.isGranted = true
            for interface in job.interfaces {
                users[interface] = id
                mail[interface]?.add(
                    .granted(job: id, connection: job.connection, function: job.function, count: job.count))
            }
        }
        line = rest
    }
}
