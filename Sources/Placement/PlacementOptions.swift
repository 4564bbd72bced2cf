/// The times and bounds that ``Placement`` keeps to. Times are nanoseconds.
package struct PlacementOptions: Hashable, Sendable {
    /// Silence after which a node is declared lost, by a coordinator that has been up for as long.
    package var lease: UInt64 = 60_000_000_000
    /// How often an agent says that it is there.
    package var heartbeat: UInt64 = 2_000_000_000
    /// How long the holder of a node's name has to answer when another life asks for it; also how long, after a start,
    /// a holder has to come back before its name is given away.
    package var challenge: UInt64 = 1_000_000_000
    /// How long a re-registered agent has to claim what it did not report: its workers may be reconnecting.
    package var claim: UInt64 = 1_000_000_000
    /// How long an agent may take to make a reader reference.
    package var reference: UInt64 = 10_000_000_000
    /// How long a status request waits for the agents.
    package var status: UInt64 = 100_000_000

    package var mostNodes = 1024
    package var mostActors = 65_536
    package var mostChannels = 65_536
    /// Reader openings that wait for their channel.
    package var mostWaiting = 65_536
    /// Status requests that wait for the same answer.
    package var mostStatusCallers = 256
    /// Fenced connections that are remembered; one that is forgotten is told to register again, and refused then.
    package var mostFenced = 1024
    /// Bytes of one node's whole desired set; it must fit into one message (``Limits/mostNetworkMessageBytes``).
    package var mostDesiredBytes = 12 << 20

    /// What runs of plans keep to.
    package var runs = RunLimits()

    package init() {}

    /// A silence of the shell itself beyond this (a stopped process, a stalled host) says nothing about nodes.
    var stall: UInt64 { lease / 4 }
    /// The shell ticks at least this often, so that a stall shows.
    var beat: UInt64 { max(lease / 16, 1_000_000) }
}
