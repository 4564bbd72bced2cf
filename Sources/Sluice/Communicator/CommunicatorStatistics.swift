/// What one rank of a ``ChannelCommunicator`` has sent and received since it was made.
public struct CommunicatorStatistics: Hashable, Sendable {
    /// Bytes of elements that it has published for other ranks.
    public var payloadBytesSent: UInt64 = 0
    /// Bytes that it has published for them, the headers of segments included.
    public var bytesPublished: UInt64 = 0
    public var segmentsSent: UInt64 = 0
    /// Bytes of elements that it has taken.
    public var payloadBytesReceived: UInt64 = 0
    /// Collectives that it has completed.
    public var collectives: UInt64 = 0
}
