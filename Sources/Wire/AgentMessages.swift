package import SluiceModel

// Agent → worker.

/// A message from an agent to one of its workers.
package struct AgentMessage: Hashable, Sendable {
    /// The worker's number where this is an answer; the agent's own for what wants an answer; else 0.
    package var request: UInt64
    package var body: Body

    package init(request: UInt64 = 0, _ body: Body) {
        self.request = request
        self.body = body
    }

    package enum Body: Hashable, Sendable {
        /// Descriptors: the agent's segment, read-only.
        case welcome(AgentWelcome)
        /// The agent closes the connection after this.
        case refused(SluiceError, VersionRange)
        case actorRegistered(Incarnation)
        /// Descriptors: control, payload, both writable. Identity and first gates are in the control already.
        case channelCreated(ChannelID, PayloadSpec)
        /// Descriptors: control, then each payload, all read-only.
        case readerOpened(ReaderOpened)
        case done
        case failed(SluiceError)
        /// To a ring's writer. Descriptors: the segment that holds the cursor, read-only. Answer: `attached` or `failed`.
        case attach(AttachGate)
        /// To a ring's writer. Answer: `done`, once the gate is out of the list.
        case detach(ChannelID, gate: UInt32)
        /// To readers: the stream holds `final` values and no more.
        case ended(ChannelID, final: UInt64, reason: EndReason)
        /// To a writer: the channel is over (node fenced, a reader died that must not); writes fail with this.
        case failedChannel(ChannelID, SluiceError)
        /// No ring's writer looks at this cursor any more.
        case lineFree(line: UInt32)
        /// A ``ClusterStatus`` as JSON.
        case status([UInt8])
        /// Every reader can have values of this generation now. Descriptors: its payload, writable.
        case grown(ChannelID, PayloadSpec)
        /// To readers: values may soon come in this generation. Descriptors: its payload, read-only. Answer: `done` once it
        /// is mapped, or `failed`.
        case addGeneration(ChannelID, PayloadSpec)
        /// To readers: the growth has come to nothing.
        case dropGeneration(ChannelID, generation: UInt32)
        /// To a ring's writer: nobody looks at generations below `oldest` any more.
        case generationsOver(ChannelID, oldest: UInt32)
        /// A plan's block has so many bytes. Descriptors: the block, writable.
        case blockOpened(bytes: UInt64)
        /// A ``PlanAnswer``, in pages as a status.
        case planAnswer([UInt8])
    }
}

package struct AgentWelcome: Hashable, Sendable {
    package var version: UInt32
    package var node: NodeName
    package var life: ProcessLife
    package var pid: Int32
    /// The worker was known to no agent of this life: hand back what you have.
    package var wantsHandBack: Bool

    package init(version: UInt32, node: NodeName, life: ProcessLife, pid: Int32, wantsHandBack: Bool) {
        self.version = version
        self.node = node
        self.life = life
        self.pid = pid
        self.wantsHandBack = wantsHandBack
    }
}

/// How a value comes to a reader.
package enum Route: UInt32, Hashable, Sendable {
    /// The writer's own ring.
    case local = 1
    /// The node's reader reference.
    case reference = 2
}

package struct ReaderOpened: Hashable, Sendable {
    package var spec: ChannelSpec
    package var route: Route
    package var gate: UInt32
    /// The first value that is this reader's.
    package var first: UInt64
    package var writerNode: NodeName
    /// 0 where the writer is on another node.
    package var writerPID: Int32
    /// Set if the channel has ended already: how many values it holds, and why.
    package var ended: ChannelEnd?
    /// The generations that its values may lie in, oldest first.
    package var payloads: [PayloadSpec]

    package init(
        spec: ChannelSpec, route: Route, gate: UInt32, first: UInt64, writerNode: NodeName, writerPID: Int32,
        ended: ChannelEnd?, payloads: [PayloadSpec]
    ) {
        self.spec = spec
        self.route = route
        self.gate = gate
        self.first = first
        self.writerNode = writerNode
        self.writerPID = writerPID
        self.ended = ended
        self.payloads = payloads
    }
}

/// One generation of a ring's payload.
package struct PayloadSpec: Hashable, Sendable {
    package var generation: UInt32
    /// Largest value, bytes.
    package var slotSize: Int
    /// Nil: in memory of its own.
    package var place: BlockPlace?

    package init(generation: UInt32, slotSize: Int, place: BlockPlace? = nil) {
        self.generation = generation
        self.slotSize = slotSize
        self.place = place
    }
}

package struct ChannelEnd: Hashable, Sendable {
    /// As ``final``, in a ``DesiredReference`` only: the writer cannot be asked, so the stream holds what has landed.
    package static let whatLanded = UInt64.max

    package var final: UInt64
    package var reason: EndReason

    package init(final: UInt64, reason: EndReason) {
        self.final = final
        self.reason = reason
    }
}

/// One more cursor for a ring's gate list.
package struct AttachGate: Hashable, Sendable {
    package var channel: ChannelID
    package var kind: Kind
    /// Whose segment holds the cursor.
    package var life: ProcessLife
    package var pid: Int32
    package var startTime: UInt64
    package var line: UInt32
    /// Index in the channel's declared readers; for a destination, of the first reader there.
    package var reader: UInt32
    /// The gate whose place this one takes, in one step; its floor is what that one had released.
    package var replaces: UInt32?
    /// With `replaces`: a higher floor, known from the remote node. Without: ignored.
    package var floor: UInt64?

    /// `enum sluice_gate_state`.
    package enum Kind: UInt32, Hashable, Sendable {
        case placeholder = 1
        case reader = 2
        case destination = 3
    }

    package init(
        channel: ChannelID, kind: Kind, life: ProcessLife, pid: Int32, startTime: UInt64, line: UInt32, reader: UInt32,
        replaces: UInt32?, floor: UInt64?
    ) {
        self.channel = channel
        self.kind = kind
        self.life = life
        self.pid = pid
        self.startTime = startTime
        self.line = line
        self.reader = reader
        self.replaces = replaces
        self.floor = floor
    }
}

extension Limits {
    /// Bytes of one page of a status answer. A page of exactly this size is followed by another, with the same request
    /// number; a shorter one, also an empty one, is the last.
    package static let statusPageBytes = 128 << 10
}
