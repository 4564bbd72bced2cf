internal import SluiceModel
internal import Wire

/// What a worker asks of its agent, with all that is needed to ask again after the agent's return.
enum Request {
    case registerActor(ActorName)
    case createChannel(ChannelSpec, endpoint: UInt32)
    case openReader(ChannelName, ActorName, line: UInt32)
    case closeWriter(ChannelID, final: UInt64)
    case closeReader(ChannelID, line: UInt32)
    case growChannel(ChannelID, ChannelName, needed: Int)
    case openBlock(RunID)
    case status
    /// `wish`: what it is for, for messages.
    case plan([UInt8], wish: String)

    /// The message that asks; a wait that is left to the agent is what remains until `deadline`.
    func message(until deadline: Deadline, now: UInt64) -> WorkerMessage.Body {
        switch self {
        case .registerActor(let name): .registerActor(name)
        case .createChannel(let spec, let endpoint):
            .createChannel(CreateChannel(spec: spec, endpoint: endpoint, timeout: Self.remaining(deadline, now)))
        case .openReader(let channel, let actor, let line):
            .openReader(
                OpenReader(channel: channel, actor: actor, line: line, timeout: Self.remaining(deadline, now)))
        case .closeWriter(let channel, let final): .closeWriter(channel, final: final)
        case .closeReader(let channel, let line): .closeReader(channel, line: line)
        case .growChannel(let channel, _, let needed):
            .growChannel(channel, needed: UInt64(needed), timeout: Self.remaining(deadline, now))
        case .openBlock(let run): .openBlock(run)
        case .status: .status
        case .plan(let call, _): .planCall(call, timeout: Self.remaining(deadline, now))
        }
    }

    private static func remaining(_ deadline: Deadline, _ now: UInt64) -> Timeout {
        deadline.remaining(at: now).map { Timeout(.nanoseconds(Int64(clamping: $0))) } ?? .infinite
    }

    /// How long past its deadline the agent's own answer is awaited, nanoseconds: the agent knows why. A value that waits
    /// for larger slots is a write, which shall not be late for an agent that is stopped.
    func grace(_ most: UInt64) -> UInt64 {
        if case .growChannel = self { min(most, Bounds.growthGrace) } else { most }
    }

    /// What the call wanted, for messages.
    var wish: String {
        switch self {
        case .registerActor(let name): "registering actor \(name)"
        case .createChannel(let spec, _): "creating channel \(spec.name)"
        case .openReader(let channel, let actor, _): "opening channel \(channel) as reader \(actor)"
        case .closeWriter(let channel, _): "closing the writer of channel \(channel)"
        case .closeReader(let channel, _): "closing a reader of channel \(channel)"
        case .growChannel(_, let name, let needed): "growing channel \(name) for a value of \(needed) bytes"
        case .openBlock(let run): "opening the block of plan run \(run)"
        case .status: "asking for the status"
        case .plan(_, let wish): wish
        }
    }

    var channel: String? {
        switch self {
        case .createChannel(let spec, _): spec.name.rawValue
        case .openReader(let channel, _, _): channel.rawValue
        case .growChannel(_, let name, _): name.rawValue
        default: nil
        }
    }

    var actor: String? {
        switch self {
        case .registerActor(let name): name.rawValue
        case .createChannel(let spec, _): spec.writer.rawValue
        case .openReader(_, let actor, _): actor.rawValue
        default: nil
        }
    }
}

/// What an answered request has brought.
enum Answer {
    case registered(Incarnation)
    case writer(WriterEndpoint)
    case reader(ReaderEndpoint)
    case status([UInt8])
    case block(PlanBlock)
    case plan([UInt8])
    case done
}
