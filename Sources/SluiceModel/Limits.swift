/// Every bound of the service that is not a user's option, with its name.
public enum Limits {
    /// Slots of one ring: 1 ... this. (32-bit futex words must not alias.)
    public static let mostSlots = 1 << 20
    /// Bytes of one slot: 1 ... this.
    public static let mostSlotSize = 16 << 30
    /// How far a channel grows whose creator does not say, bytes.
    public static let usualLargestValue = 1 << 30
    /// Generations of one ring: each has at least twice the slots' size of the one before.
    public static let mostGenerations = 32
    /// Bytes of what a channel's ends have agreed on about its values.
    public static let mostDeclarationBytes = 16 << 10
    /// Declared readers of one channel.
    public static let mostReaders = 128
    /// Writers, and readers, of one worker process.
    public static let mostEndpoints = 1024
    /// Cursors in an agent's segment: placeholders and destinations.
    public static let mostAgentCursors = 32768
    /// Requests that one worker may have under way at its agent.
    public static let mostRequests = 4096
    /// Messages that may wait for a worker that does not read its socket.
    public static let mostQueuedMessages = 8192
    /// Bytes of one control message between worker and agent; a longer one travels in pages.
    public static let mostMessageBytes = 160 << 10
    /// Descriptors of one control message (the kernel's SCM_MAX_FD is 253).
    public static let mostMessageDescriptors = 64
    /// Bytes of one control message between agents and coordinator.
    public static let mostNetworkMessageBytes = 16 << 20
    /// Bytes of one data frame between agents.
    public static let mostFrameBytes = 2 << 20
}
