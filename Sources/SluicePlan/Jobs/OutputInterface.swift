internal import Planning
internal import Sluice
internal import SluiceModel

/// Gives out what the plan makes under one name: each value to the client whose job it belongs to.
final class OutputInterface: Firing {
    let actor: PlannedActor
    private let feed: JobFeed
    private let registered: SluiceActor
    private let run: PlanRun
    private let input: InputPort
    private let ordinal: Int
    private let name: String
    private let slotSize: Int
    private let pulled: RegisterView
    /// Of each client; nil: it has gone.
    private var writers: [UInt32: Writer?] = [:]

    init(
        _ actor: PlannedActor, _ feed: JobFeed, _ registered: SluiceActor, _ run: PlanRun, input: InputPort,
        ordinal: Int, as name: String, _ type: BlobType
    ) throws(SluiceError) {
        self.actor = actor
        self.feed = feed
        self.registered = registered
        self.run = run
        self.input = input
        self.ordinal = ordinal
        self.name = name
        slotSize = PassedValue.slotSize(type)
        pulled = try RegisterView(alone: name, type, of: actor.name, on: actor.node)
    }

    func fire(_ number: UInt64) throws(SluiceError) -> FiringOutcome {
        guard let job = try feed.current() else { return .made }
        defer { feed.served() }
        guard var loan = try loan(job) else { return .made }
        try unsafe loan.withUnsafeMutableBytes { slot throws(SluiceError) in unsafe try pulled.begin(slot) }
        try copy()
        try loan.publish(count: pulled.close())
        return .made
    }

    func passed(_ failure: ApplicationFailure, _ number: UInt64) throws(SluiceError) {
        guard let job = try feed.current() else { return }
        defer { feed.served() }
        guard let loan = try loan(job) else { return }
        try loan.publish(failure)
    }

    private func copy() throws(SluiceError) {
        let (source, target) = (input.view, pulled)
        guard var place = target.mutableBlob(0) else { return }
        guard let blob = source.blob(ordinal) else { return place.omit() }
        try place.copy(blob)
    }

    /// A slot of the job's client; nil: it has gone.
    private func loan(_ job: JobFeed.Job) throws(SluiceError) -> WriteLoan? {
        guard let writer = try writer(job) else { return nil }
        let loan = try feed.untilDone(job) { () throws(SluiceError) in try writer.loan(timeout: .ofClient) }
        if loan == nil { writers[job.connection] = .some(nil) }
        return loan
    }

    private func writer(_ job: JobFeed.Job) throws(SluiceError) -> Writer? {
        if let known = writers[job.connection] { return known }
        let (channel, client) = (run.names.pull(name, job.connection), run.names.client(job.connection))
        let writer = try feed.untilDone(job, again: .unknownActor) { () throws(SluiceError) in
            try registered.createChannel(
                channel, readers: [client], slots: PassedValue.slots, slotSize: slotSize, largestValue: slotSize,
                timeout: .ofClient)
        }
        writers[job.connection] = .some(writer)
        return writer
    }
}

/// The end of a function that gives nothing out: its job is over when everything behind its inputs has fired.
final class EndInterface: Firing {
    let actor: PlannedActor
    private let feed: JobFeed

    init(_ actor: PlannedActor, _ feed: JobFeed) {
        self.actor = actor
        self.feed = feed
    }

    func fire(_ number: UInt64) throws(SluiceError) -> FiringOutcome {
        if try feed.current() != nil { feed.served() }
        return .made
    }

    func passed(_ failure: ApplicationFailure, _ number: UInt64) throws(SluiceError) {
        if try feed.current() != nil { feed.served() }
    }
}
