/// The relay's bounds. Defaults come from the measurements in the documentation's page "Performance".
package struct RelayLimits: Sendable {
    /// Bytes that may lie inside libzmq for one peer. More only adds queueing: the relay schedules the rest.
    package var window = 2 << 20
    /// Payload bytes of one chunk: the copy on arrival stays cache-hot and overlaps the receive of the next.
    package var chunk = 512 << 10
    /// Values up to this many bytes are copied into batches, where there is something to batch.
    package var smallValue = 8 << 10
    /// Bytes of one batch, entries and padding included.
    package var batch = 16 << 10
    /// Batches inside libzmq from which on small values wait until they fill one.
    package var shortBatches = 2
    /// How long a stream's progress may go untold, nanoseconds.
    package var progressDelay: UInt64 = 1_000_000
    /// Least time between two openings of one stream, nanoseconds: a peer that breaks the rules cannot make us spin.
    package var reopenDelay: UInt64 = 10_000_000

    package init() {}
}
