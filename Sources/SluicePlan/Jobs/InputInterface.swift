internal import Planning
internal import Sluice
internal import SluiceModel

/// Receives what clients push under one name, and puts it into the plan's register: one value for each firing.
final class InputInterface: Firing {
    let actor: PlannedActor
    private let feed: JobFeed
    private let registered: SluiceActor
    private let run: PlanRun
    private let name: String
    /// Nil if nobody in the plan reads the input.
    private let output: OutputPort?
    private let pushed: RegisterView
    /// Of each client; nil: it has gone.
    private var readers: [UInt32: Reader?] = [:]

    init(
        _ actor: PlannedActor, _ feed: JobFeed, _ registered: SluiceActor, _ run: PlanRun, output: OutputPort?,
        of name: String
    ) throws(SluiceError) {
        self.actor = actor
        self.feed = feed
        self.registered = registered
        self.run = run
        self.output = output
        self.name = name
        guard let type = run.plan.spec.inputs.first(where: { $0.name == name })?.type else {
            throw SluiceError(.protocolViolation, "plan \(run.name) has no input \(name)", actor: actor.name)
        }
        pushed = try RegisterView(alone: name, type, of: actor.name, on: actor.node)
    }

    func fire(_ number: UInt64) throws(SluiceError) -> FiringOutcome {
        guard let job = try feed.current() else { return .finished }
        defer { feed.served() }
        guard let reader = try reader(job), let lease = try take(reader, job) else {
            readers[job.connection] = .some(nil)
            return .failed(
                ApplicationFailure(
                    SluiceError(
                        .cancelled, "the client of job \(job.number) has gone before it pushed \(name)",
                        actor: actor.name, node: actor.node)))
        }
        if lease.kind == ValueKind.failure { return .failed(ApplicationFailure(reader.failure(in: lease))) }
        do throws(SluiceError) {
            try unsafe lease.withUnsafeBytes { bytes throws(SluiceError) in unsafe try pushed.read(bytes) }
            try copy()
            return .made
        } catch {
            // It is the client's value that is wrong, not the plan.
            return .failed(ApplicationFailure(error))
        }
    }

    func passed(_ failure: ApplicationFailure, _ number: UInt64) {}

    private func copy() throws(SluiceError) {
        guard let target = output?.view, let ordinal = target.ordinal(of: name) else { return }
        let source = pushed
        guard let blob = source.blob(0), var place = target.mutableBlob(ordinal) else { return }
        try place.copy(blob)
    }

    /// The next value of a client that may go at any time; nil: it has.
    private func take(_ reader: Reader, _ job: JobFeed.Job) throws(SluiceError) -> ReadLease? {
        try feed.untilDone(job) { () throws(SluiceError) in
            do throws(SluiceError) { return try reader.leaseItem(timeout: .ofClient) } catch {
                guard [.writerDied, .nodeLost].contains(error.code) else { throw error }
                return nil
            }
        }
    }

    private func reader(_ job: JobFeed.Job) throws(SluiceError) -> Reader? {
        if let known = readers[job.connection] { return known }
        let channel = run.names.push(name, job.connection)
        let reader = try feed.untilDone(job, again: .unknownChannel) { () throws(SluiceError) in
            try registered.openReader(channel, timeout: .ofClient)
        }
        if let reader { readers[job.connection] = reader }
        return reader
    }
}
