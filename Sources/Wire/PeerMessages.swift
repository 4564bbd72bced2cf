package import SluiceModel

// Agent ↔ agent, on the control socket. Each agent dials a DEALER to each peer's ROUTER and sends on it; a session is
// the life of one such dialled connection. Values and progress travel in frames (``FrameHeader``).

/// A control message between two agents.
package enum PeerMessage: Hashable, Sendable {
    /// The first message on the control connection. Answered on the same connection: `welcome` or `refused`.
    case hello(PeerHello)
    case welcome(version: UInt32, node: NodeName, incarnation: Incarnation)
    case refused(SluiceError, VersionRange)
    /// From the receiver, to the writer's node: send, in frames of this stream, from `next` on and below `mayReach`.
    case open(OpenStream)
    /// From the writer's node, to an `open` without `next`: nothing is open yet; open it at this value.
    case opened(ChannelID, stream: UInt64, next: UInt64)
    /// From the writer's node: not possible; the error says why (unknown channel, wrong incarnation).
    case openRefused(ChannelID, stream: UInt64, SluiceError)
    /// From the writer's node: the channel holds `end.final` values and no more.
    case ended(ChannelID, stream: UInt64, ChannelEnd)
    /// From the receiver: nobody reads here any more; the destination's gate may go.
    case close(ChannelID, stream: UInt64)
    /// From the writer's node: have slots for values of so many bytes. Answer: `reserved` or `reserveRefused`.
    case reserve(ChannelID, slotSize: Int)
    /// From the receiver: values of so many bytes may come; its readers have the memory.
    case reserved(ChannelID, slotSize: Int)
    case reserveRefused(ChannelID, slotSize: Int, SluiceError)
    /// From the writer's node: the growth came to nothing; nothing above this size is needed.
    case unreserve(ChannelID, slotSize: Int)
    /// From a worker that knows only this agent's network address, as the first and only message of its connection.
    /// Answer: `located` with the same number.
    case locate(nonce: UInt64)
    case located(nonce: UInt64, SocketLocation)
}

/// Where an agent's Unix socket lies, and how to tell that it is the same file system that one sees.
package struct SocketLocation: Hashable, Sendable {
    /// Absolute.
    package var path: String
    /// What the file ``tokenPath`` holds: random bytes that the agent wrote there when it bound the socket.
    package var token: [UInt8]

    package init(path: String, token: [UInt8]) {
        self.path = path
        self.token = token
    }

    /// Beside the socket, mode 0600.
    package var tokenPath: String { path + ".token" }

    /// Bounds of a token, bytes.
    package static let tokenBytes = 16...64
}

package struct PeerHello: Hashable, Sendable {
    package var versions: VersionRange
    package var node: NodeName
    package var incarnation: Incarnation
    package var session: UInt64
    package var epoch: Epoch

    package init(versions: VersionRange, node: NodeName, incarnation: Incarnation, session: UInt64, epoch: Epoch) {
        self.versions = versions
        self.node = node
        self.incarnation = incarnation
        self.session = session
        self.epoch = epoch
    }
}

package struct OpenStream: Hashable, Sendable {
    package var channel: ChannelID
    /// A fresh number for every open; frames with another one are dropped.
    package var stream: UInt64
    /// What the reader reference has published; nil: it is new, and asks where the destination's cursor stands.
    package var next: UInt64?
    /// The first sequence that it has no slot for: absolute, never an increment. Without `next` it means nothing.
    package var mayReach: UInt64
    /// Largest value that its slots have room for, bytes.
    package var slotSize: Int

    package init(channel: ChannelID, stream: UInt64, next: UInt64?, mayReach: UInt64, slotSize: Int) {
        self.channel = channel
        self.stream = stream
        self.next = next
        self.mayReach = mayReach
        self.slotSize = slotSize
    }
}
