/// Something that happened to a worker's connection, for those who keep a log. Nothing has to be done about it.
public enum WorkerEvent: Sendable, Hashable {
    /// The agent is away. Open channels of this node go on; the worker tries to come back.
    case agentLost(reason: String)
    /// The agent is there again, and has everything that this worker had open.
    case agentReturned(node: String)
    /// Something arrived that breaks the protocol; it was dropped.
    case dropped(reason: String)
    /// An endpoint failed outside of any call.
    case failed(channel: String, reason: String)
}
