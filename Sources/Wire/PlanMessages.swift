package import SluiceModel

// Worker process ↔ coordinator, about plans: bytes that the agent passes on without looking into them.

/// A question to the coordinator about plans, or something that it is told.
///
/// Every call may be repeated: a lost answer is had by asking again, and changes nothing. Those that wait (long polls) are
/// answered when it is so, or with ``SluiceError/Code/timedOut`` at their deadline. Every wait for a run that has ended with
/// an error is answered with that error.
package struct PlanCall: Hashable, Sendable {
    /// Who calls: a random number, never 0, of each actor's loop and of each client.
    package var caller: UInt64
    package var body: Body

    package init(caller: UInt64, _ body: Body) {
        self.caller = caller
        self.body = body
    }

    package enum Body: Hashable, Sendable {
        /// A ``PlanSpec`` as JSON. Answer: `applied`, once it is compiled.
        case apply(spec: [UInt8])
        /// Waits until the run is in this phase or a later one. Answer: `reached`, also if it has ended with an error.
        case wait(RunID, PlanPhase)
        /// Waits for a run of the plan (its name, or a run's number) whose memory is there. Answer: `joined`.
        case join(plan: String, actor: String)
        /// The actor's channels are open; waits until the whole run is ready. Answer: `done`.
        case ready(RunID, actor: String)
        /// Ends the run with this error. Answer: `done`.
        case fail(RunID, actor: String, SluiceError)
        /// The actor has drained. Answer: `done`.
        case ended(RunID, actor: String, firings: UInt64)
        /// A value for whoever asks. The same once more is nothing new; another value under the same key is refused. Answer:
        /// `done`.
        case put(RunID, key: String, [UInt8])
        /// Waits for the key. Answer: `value`.
        case get(RunID, key: String)
        /// Waits for a run of the plan that is running. Answer: `connected`.
        case connect(plan: String)
        /// Its waiting launches vanish, its granted jobs are aborted. Answer: `done`.
        case disconnect(RunID, connection: UInt32)
        /// Waits until the job is granted. `job` is a random number of the caller's, never 0. Answer: `done`.
        case launch(RunID, connection: UInt32, job: UInt64, function: String, count: UInt64)
        /// Takes a job back: one that waits vanishes, one under way is aborted. To be called after a launch that was cancelled
        /// or has timed out, too: it may have been granted meanwhile. Answer: `done`.
        case abort(RunID, connection: UInt32, job: UInt64)
        /// What an interface actor is to know, from event number `after` on; waits for the first. Answer: `events`.
        case events(RunID, actor: String, after: UInt64)
        /// The interface actor has done its part of the job. Answer: `done`.
        case done(RunID, actor: String, job: UInt64)
        /// Waits until every interface has. Answer: `done`; an aborted job's is an error.
        case finished(RunID, job: UInt64)
        /// No more jobs: those that wait are served, then inputs close and the graph drains. Answer: `done`, at once.
        case finish(RunID)
        /// Ends the run now, with an error. Answer: `done`.
        case stop(RunID, reason: String)
        /// Runs that there are, or have been not long ago: all, or those of a plan's name or run's number. Answer: `runs`.
        case show(plan: String?)
    }
}

/// How far a run is. Later phases are greater.
package enum PlanPhase: UInt32, Hashable, Sendable, Comparable {
    /// Nodes make their parts.
    case materialising = 1
    /// Actors come and open their channels.
    case gathering = 2
    case running = 4
    /// It drains, or its memory is being given back.
    case ending = 5
    /// Its memory is free everywhere.
    case ended = 6

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// What the coordinator answers; errors come as `failed` of the conversation that carries this.
package enum PlanAnswer: Hashable, Sendable {
    case done
    /// A ``CompiledPlan`` as JSON.
    case applied(RunID, plan: [UInt8])
    /// `error`: why it has ended, if not in order.
    case reached(PlanPhase, error: SluiceError?)
    case joined(RunID, plan: [UInt8])
    /// The client's actor is to be registered as `plan/PLAN/RUN/client/CONNECTION`.
    case connected(RunID, connection: UInt32, plan: [UInt8])
    case value([UInt8])
    /// In the order of their indices, without a gap.
    case events([PlanEvent])
    case runs([RunReport])
}

/// Something that an interface actor is to know.
package struct PlanEvent: Hashable, Sendable {
    /// 0, 1 … of each interface.
    package var index: UInt64
    package var kind: Kind

    package enum Kind: Hashable, Sendable {
        /// A job begins: `count` values come from, or go to, that connection's channels.
        case granted(job: UInt64, connection: UInt32, function: String, count: UInt64)
        /// Its client has gone; what is missing of it is not coming.
        case aborted(job: UInt64)
        /// There are no more jobs.
        case closed
    }

    package init(index: UInt64, _ kind: Kind) {
        self.index = index
        self.kind = kind
    }
}

/// A run as the coordinator sees it.
package struct RunReport: Hashable, Sendable {
    package var run: RunID
    package var plan: String
    package var hash: String
    package var phase: PlanPhase
    /// No more jobs are taken.
    package var isFinishing: Bool
    package var error: SluiceError?
    package var actors: [RunActorReport]
    package var connections: UInt32
    /// Jobs that wait, and that are under way.
    package var queued: UInt32
    package var granted: UInt32
    /// A ``CompiledPlan`` as JSON; empty unless that one run was asked for.
    package var compiled: [UInt8]

    package init(
        run: RunID, plan: String, hash: String, phase: PlanPhase, isFinishing: Bool, error: SluiceError?,
        actors: [RunActorReport], connections: UInt32, queued: UInt32, granted: UInt32, compiled: [UInt8]
    ) {
        self.run = run
        self.plan = plan
        self.hash = hash
        self.phase = phase
        self.isFinishing = isFinishing
        self.error = error
        self.actors = actors
        self.connections = connections
        self.queued = queued
        self.granted = granted
        self.compiled = compiled
    }
}

/// One actor of a run.
package struct RunActorReport: Hashable, Sendable {
    package var name: String
    package var node: String
    package var state: PlanActorState
    /// 0: nobody has joined.
    package var pid: Int32
    /// Known once it has ended.
    package var firings: UInt64

    package init(name: String, node: String, state: PlanActorState, pid: Int32, firings: UInt64) {
        self.name = name
        self.node = node
        self.state = state
        self.pid = pid
        self.firings = firings
    }
}

/// How far an actor of a run is. Later states are greater.
package enum PlanActorState: UInt32, Hashable, Sendable, Comparable {
    case awaited = 1
    case joined = 2
    case ready = 3
    case ended = 4

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

extension Limits {
    /// Bytes of one call about plans: a plan's declaration, or a value for others.
    package static let mostPlanCallBytes = 128 << 10
    /// Bytes of a compiled plan as JSON.
    package static let mostCompiledPlanBytes = 8 << 20
    /// Bytes of a label: a plan's name, an actor's within it, a function's, a key, a reason.
    package static let mostLabelBytes = 255
    /// Registers, and guards, of one part.
    package static let mostPartRegisters = 1 << 16
    /// Parts of one node.
    package static let mostNodeParts = 1024
    /// Events of one answer.
    package static let mostPlanEvents = 1024
    /// Actors of one run, interfaces included.
    package static let mostRunActors = 4096
    /// Runs of one answer.
    package static let mostRunReports = 4096
}
