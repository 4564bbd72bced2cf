package import SluiceModel

// What a message may hold; beyond it is refused when it arrives.
extension Limits {
    /// Nodes of a cluster.
    package static let mostNodes = 4096
    /// Actors of one worker process.
    package static let mostWorkerActors = 4096
    /// Actors on one node.
    package static let mostNodeActors = 1 << 16
    /// Channels written on one node, and reader references there.
    package static let mostNodeChannels = 1 << 16
    /// Bytes of an endpoint, such as `tcp://10.0.0.7:7411`.
    package static let mostEndpointBytes = 255
    /// Characters of a CURVE public key in Z85.
    package static let keyCharacters = 40
    /// Sequences stay below, so that no sum of a sequence and a count that passed its check overflows.
    package static let mostSequence: UInt64 = 1 << 62
    /// A lease, or a heartbeat's interval, in milliseconds: seven days.
    package static let mostLeaseMilliseconds: UInt64 = 7 * 86_400_000
    /// C memory that one byte of an arriving message may stand for, and what any message may need besides.
    static let mostUnpackedPerByte = 16
    static let leastUnpackedBytes = 256 << 10
    static let mostUnpackedBytes = 8 * mostNetworkMessageBytes
}
