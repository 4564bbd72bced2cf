/// The one error of the public library: a code to decide by, and everything that is known about the culprit.
public struct SluiceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong. New codes may be added; switch with a `default`.
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        public var description: String { rawValue }

        /// A name is empty, too long, not UTF-8, or has control characters.
        public static let invalidName = Code(rawValue: "invalidName")
        /// An argument is out of its bounds.
        public static let invalidArgument = Code(rawValue: "invalidArgument")
        /// No actor of that name is registered, and none came before the deadline.
        public static let unknownActor = Code(rawValue: "unknownActor")
        /// No channel of that name exists, and none came before the deadline.
        public static let unknownChannel = Code(rawValue: "unknownChannel")
        /// The channel's or actor's name is in use.
        public static let nameTaken = Code(rawValue: "nameTaken")
        /// The actor is not among the channel's declared readers.
        public static let notAReader = Code(rawValue: "notAReader")
        /// This reader is open already, here or in another process.
        public static let alreadyOpen = Code(rawValue: "alreadyOpen")
        /// The value is larger than the channel's slots may become, or than the buffer that it is to be read into.
        public static let valueTooLarge = Code(rawValue: "valueTooLarge")
        /// The writer published this error in place of a value; the channel goes on.
        public static let application = Code(rawValue: "application")
        /// The value cannot be encoded; `path` names the field, and nothing was published.
        public static let cannotEncode = Code(rawValue: "cannotEncode")
        /// What was read is no value of the type asked for; it is consumed, and the channel goes on.
        public static let cannotDecode = Code(rawValue: "cannotDecode")
        /// A communicator was destroyed, by this rank or another.
        public static let destroyed = Code(rawValue: "destroyed")
        /// A memory budget, a cgroup or the machine has no room for what was asked.
        public static let outOfMemory = Code(rawValue: "outOfMemory")
        /// The process or the agent is at its limit of descriptors.
        public static let outOfDescriptors = Code(rawValue: "outOfDescriptors")
        /// A named limit (``Limits``) is reached.
        public static let limitReached = Code(rawValue: "limitReached")
        /// The wait has ended without the thing waited for; nothing has changed.
        public static let timedOut = Code(rawValue: "timedOut")
        /// The call was cancelled; nothing has changed.
        public static let cancelled = Code(rawValue: "cancelled")
        /// The channel or endpoint was closed.
        public static let closed = Code(rawValue: "closed")
        /// The writer's process died; everything that it had published has been read.
        public static let writerDied = Code(rawValue: "writerDied")
        /// The writer's node was declared lost.
        public static let nodeLost = Code(rawValue: "nodeLost")
        /// The channel's shared memory broke an invariant; only this endpoint has failed.
        public static let corrupted = Code(rawValue: "corrupted")
        /// The agent cannot be reached.
        public static let agentUnavailable = Code(rawValue: "agentUnavailable")
        /// The coordinator cannot be reached.
        public static let coordinatorUnavailable = Code(rawValue: "coordinatorUnavailable")
        /// The address cannot be understood, resolved or used; the message names the step.
        public static let badAddress = Code(rawValue: "badAddress")
        /// The agent at that address runs on another host.
        public static let otherHost = Code(rawValue: "otherHost")
        /// The peer speaks no version that this build speaks.
        public static let incompatibleVersion = Code(rawValue: "incompatibleVersion")
        /// A key is wrong, missing or not on the list; or the user may not do that.
        public static let accessDenied = Code(rawValue: "accessDenied")
        /// A peer broke the protocol.
        public static let protocolViolation = Code(rawValue: "protocolViolation")
        /// The node, actor or worker has been replaced by a later incarnation.
        public static let fenced = Code(rawValue: "fenced")
        /// This process is a forked child of the one that connected; connect again.
        public static let forked = Code(rawValue: "forked")
        /// The operating system refused a call.
        public static let system = Code(rawValue: "system")
    }

    public var code: Code
    /// One sentence for a person, with what to do next where that is known.
    public var message: String
    public var channel: String?
    public var actor: String?
    public var node: String?
    public var pid: Int32?
    /// Of the value concerned; for ``Code/writerDied``, the count of values that were published.
    public var sequence: UInt64?
    /// Bytes (or descriptors) that were asked for.
    public var needed: UInt64?
    /// Bytes (or descriptors) that were left.
    public var available: UInt64?
    /// What lies beneath, in words.
    public var cause: String?
    /// Of ``Code/application``: what its origin calls that kind of error. Not part of what agents tell each other.
    public var kind: String?
    /// Of ``Code/cannotEncode`` and ``Code/cannotDecode``: the field, such as `frames[3].mask`.
    public var path: String?

    public init(
        _ code: Code, _ message: String, channel: String? = nil, actor: String? = nil, node: String? = nil,
        pid: Int32? = nil, sequence: UInt64? = nil, needed: UInt64? = nil, available: UInt64? = nil,
        cause: String? = nil
    ) {
        self.code = code
        self.message = message
        self.channel = channel
        self.actor = actor
        self.node = node
        self.pid = pid
        self.sequence = sequence
        self.needed = needed
        self.available = available
        self.cause = cause
    }

    public var description: String {
        var text = "\(code): \(message)"
        if let cause { text += " (\(cause))" }
        return text
    }
}

extension SluiceError {
    package static func invalidName(_ noun: String, _ name: String, _ why: String) -> SluiceError {
        SluiceError(.invalidName, "\"\(name)\" cannot name a \(noun): \(why)")
    }

    package static func invalidArgument(_ message: String, channel: String? = nil) -> SluiceError {
        SluiceError(.invalidArgument, message, channel: channel)
    }

    package static func system(_ call: String, _ errno: Int32, _ reason: String) -> SluiceError {
        SluiceError(.system, "\(call) failed: \(reason) (errno \(errno))")
    }
}
