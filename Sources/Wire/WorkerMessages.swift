package import SluiceModel

// Worker → agent. Descriptors travel beside the message, in the order that each case names.

/// A message from a worker to its agent.
package struct WorkerMessage: Hashable, Sendable {
    /// Chosen by the worker for what wants an answer; the agent's own number where this is an answer; else 0.
    package var request: UInt64
    package var body: Body

    package init(request: UInt64 = 0, _ body: Body) {
        self.request = request
        self.body = body
    }

    package enum Body: Hashable, Sendable {
        /// The first message. Descriptors: the worker's segment, its doorbell eventfd. Answer: `welcome` or `refused`.
        case hello(WorkerHello)
        /// Answer: `actorRegistered`.
        case registerActor(ActorName)
        /// Answer: `channelCreated`.
        case createChannel(CreateChannel)
        /// Answer: `readerOpened`.
        case openReader(OpenReader)
        /// The writer will publish no more than `final` values. Answer: `done`.
        case closeWriter(ChannelID, final: UInt64)
        /// The reader's last lease is back. Answer: `done`; the line is free after `lineFree`.
        case closeReader(ChannelID, line: UInt32)
        /// Answers `attach`: values from `first` on are the new gate's.
        case attached(gate: UInt32, first: UInt64)
        /// Answers `detach`, or anything else that has nothing to say but that it is done.
        case done
        /// Answers `attach` or `detach` that could not be done.
        case failed(SluiceError)
        /// After a reconnect, before `handBackDone`. Descriptors: control, then each payload. Answer: `done`.
        case handBackWriter(HandBackWriter)
        /// After a reconnect, before `handBackDone`. Descriptors: control, then each payload. Answer: `done`.
        case handBackReader(HandBackReader)
        /// All has been handed back; the worker's gates that were not are gone.
        case handBackDone
        /// The caller no longer waits for this request.
        case cancel(request: UInt64)
        /// Answer: `status`.
        case status
        /// The writer has a value of `needed` bytes, more than a slot has. Answer: `grown`, or `failed`.
        case growChannel(ChannelID, needed: UInt64, timeout: Timeout)
        /// A reader has given back the last value of a generation that is not the newest.
        case generationLeft(ChannelID)
        /// The block of a plan's run on this node. Answer: `blockOpened`.
        case openBlock(RunID)
        /// A ``PlanCall``, which the agent passes on. Answer: `planAnswer`, or `failed`.
        case planCall([UInt8], timeout: Timeout)
        /// The worker ends; what it still has open closes as if it had died, but without an alarm.
        case goodbye
    }
}

package struct WorkerHello: Hashable, Sendable {
    package var versions: VersionRange
    package var pid: Int32
    /// Clock ticks since boot, `/proc/PID/stat` field 22.
    package var startTime: UInt64
    package var life: ProcessLife
    /// Actors that it had registered with the former life of this agent, with their incarnations.
    package var actors: [ActorIdentity]

    package init(versions: VersionRange, pid: Int32, startTime: UInt64, life: ProcessLife, actors: [ActorIdentity]) {
        self.versions = versions
        self.pid = pid
        self.startTime = startTime
        self.life = life
        self.actors = actors
    }
}

package struct ActorIdentity: Hashable, Sendable {
    package var name: ActorName
    package var incarnation: Incarnation

    package init(name: ActorName, incarnation: Incarnation) {
        self.name = name
        self.incarnation = incarnation
    }
}

package struct CreateChannel: Hashable, Sendable {
    package var spec: ChannelSpec
    /// The worker's number for this writer, 0 ..< ``Limits/mostEndpoints``: its bell is `endpoint / 64`.
    package var endpoint: UInt32
    /// How long to wait for the readers' actors to be registered.
    package var timeout: Timeout

    package init(spec: ChannelSpec, endpoint: UInt32, timeout: Timeout) {
        self.spec = spec
        self.endpoint = endpoint
        self.timeout = timeout
    }
}

package struct OpenReader: Hashable, Sendable {
    package var channel: ChannelName
    package var actor: ActorName
    /// The cursor that the worker sets aside, with `released` and `acquired` 0.
    package var line: UInt32
    /// How long to wait for the channel to be created.
    package var timeout: Timeout

    package init(channel: ChannelName, actor: ActorName, line: UInt32, timeout: Timeout) {
        self.channel = channel
        self.actor = actor
        self.line = line
        self.timeout = timeout
    }
}

package struct HandBackWriter: Hashable, Sendable {
    package var spec: ChannelSpec
    package var endpoint: UInt32
    /// The generations that it has, oldest first.
    package var payloads: [PayloadSpec]

    package init(spec: ChannelSpec, endpoint: UInt32, payloads: [PayloadSpec]) {
        self.spec = spec
        self.endpoint = endpoint
        self.payloads = payloads
    }
}

package struct HandBackReader: Hashable, Sendable {
    package var spec: ChannelSpec
    package var actor: ActorName
    package var line: UInt32
    package var gate: UInt32
    package var route: Route
    /// The generations that it has, oldest first.
    package var payloads: [PayloadSpec]

    package init(
        spec: ChannelSpec, actor: ActorName, line: UInt32, gate: UInt32, route: Route, payloads: [PayloadSpec]
    ) {
        self.spec = spec
        self.actor = actor
        self.line = line
        self.gate = gate
        self.route = route
        self.payloads = payloads
    }
}
