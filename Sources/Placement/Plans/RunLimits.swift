/// The bounds that runs of plans keep to. Times are nanoseconds.
package struct RunLimits: Hashable, Sendable {
    /// Runs that have not ended, and ended ones that are remembered.
    package var mostRuns = 256
    package var mostEndedRuns = 64
    /// Calls that wait, of all runs together.
    package var mostWaiting = 65_536
    /// Clients connected to one run.
    package var mostConnections = 1024
    /// Jobs of one run that wait, or are under way.
    package var mostJobs = 4096
    /// Jobs of one run that are over and remembered.
    package var mostOverJobs = 4096
    /// Keys of one run, and bytes of its keys and values together.
    package var mostKeys = 4096
    package var mostKeyBytes = 8 << 20
    /// Bytes of one node's parts in its desired set, estimated.
    package var mostPartBytes = 2 << 20
    /// Actors in one answer about all runs; what is beyond is left out.
    package var mostShownActors = 16_384
    /// What a plan may take of a node that has not told its budget, bytes.
    package var unknownBudget: UInt64 = 1 << 40
    /// How long an actor that has joined, and is not registered yet, keeps others from joining in its place; also how long a
    /// client's number is kept for it.
    package var joining: UInt64 = 5_000_000_000

    package init() {}
}
