internal import Planning
internal import Sluice
internal import SluiceModel
internal import Wire

/// The jobs that the coordinator has granted to one interface actor, in order. Its actor's thread's.
final class JobFeed {
    /// A job, and how many of its values are still to come.
    struct Job {
        let number: UInt64
        let connection: UInt32
        let function: String
        var remaining: UInt64
    }

    private let run: PlanRun
    private let actor: PlannedActor
    private let line: PlanLine
    private var next: UInt64 = 0
    private var granted: [Job] = []
    private var aborted: Set<UInt64> = []
    private var isClosed = false

    init(_ run: PlanRun, _ actor: PlannedActor, _ line: PlanLine) {
        self.run = run
        self.actor = actor
        self.line = line
    }

    /// The job that the next value belongs to; waits for one. Nil: there are no more.
    func current() throws(SluiceError) -> Job? {
        while granted.isEmpty, !isClosed { try listen(.infinite) }
        return granted.first
    }

    /// Tries what the job's client must do its part for, until it can be done. Nil: that client has gone.
    ///
    /// - Parameters:
    ///   - codes: What it is tried again after, besides ``SluiceError/Code/timedOut``.
    ///   - body: Waits for ``SluiceModel/Timeout/ofClient`` at most.
    func untilDone<Value: ~Copyable>(
        _ job: Job, again codes: SluiceError.Code..., try body: () throws(SluiceError) -> Value?
    ) throws(SluiceError) -> Value? {
        while true {
            do throws(SluiceError) {
                return try body()
            } catch {
                guard error.code == .timedOut || codes.contains(error.code) else { throw error }
                if try isAborted(job) { return nil }
            }
        }
    }

    /// Whether its client has gone. Asks, so that a wait for that client can end.
    private func isAborted(_ job: Job) throws(SluiceError) -> Bool {
        if !aborted.contains(job.number) {
            do throws(SluiceError) { try listen(.zero) } catch { guard error.code == .timedOut else { throw error } }
        }
        return aborted.contains(job.number)
    }

    /// One value of the current job is through.
    func served() {
        guard !granted.isEmpty else { return }
        granted[0].remaining -= 1
        guard granted[0].remaining == 0 else { return }
        let job = granted.removeFirst().number
        aborted.remove(job)
        let (run, actor, line) = (run.id, actor.name, line)
        // Nobody here waits for it, and the coordinator for nothing else.
        Task { try? await line.tell(.done(run, actor: actor, job: job), "ending a job of interface \(actor)") }
    }

    private func listen(_ timeout: Timeout) throws(SluiceError) {
        let wish = "listening for jobs of interface \(actor.name)"
        let answer: PlanAnswer
        do throws(SluiceError) {
            answer = try line.ask(.events(run.id, actor: actor.name, after: next), timeout: timeout, wish)
        } catch {
            guard error.code == .unknownRun else { throw error }
            // A coordinator that was started again knows nothing of it: what is under way goes on, and nothing new comes.
            isClosed = true
            return
        }
        guard case .events(let events) = answer else { throw .unexpected(wish) }
        for event in events where event.index >= next {
            next = event.index + 1
            switch event.kind {
            case .granted(let job, let connection, let function, let count):
                granted.append(Job(number: job, connection: connection, function: function, remaining: count))
            case .aborted(let job): aborted.insert(job)
            case .closed: isClosed = true
            }
        }
    }
}

extension Timeout {
    /// How long an interface waits for a client before it asks whether that is still there.
    static let ofClient = Timeout.seconds(1)
}
