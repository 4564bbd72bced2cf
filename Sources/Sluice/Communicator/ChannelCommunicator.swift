public import SluiceModel

/// A communicator over channels, for tensors in the memory of processes on any nodes.
///
/// Each rank is an actor. Collectives run round the ring of ranks, one channel from each rank to the next; segments are
/// reduced straight from the slot in which they arrive into the slot in which they go on, or into the caller's memory.
/// Messages between two ranks have a channel of their own for each direction, made when it is first used: as many bytes
/// as its slots hold can be sent before anybody receives.
///
/// In which order a reduction is done is fixed, and every rank gets the same bits. Block b of an all-reduce, which is the
/// b-th of n parts of the elements (the first `count` mod n parts have one element more), begins with rank b: with x(r)
/// the elements of rank r it is (…((x(b) ∘ x(b+1)) ∘ x(b+2)) ∘ … ) ∘ x(b+n-1), numbers mod n. A reduce-scatter's part r
/// begins with rank r+1 and ends with rank r.
///
/// Destroy it before its worker is closed. One that is dropped is destroyed.
public final class ChannelCommunicator: Communicator {
    private let core: CommunicatorCore

    init(_ core: CommunicatorCore) { self.core = core }

    deinit { core.destroy() }

    /// Joins a group, and blocks until all of its ranks have.
    ///
    /// A rank that gives up ends the attempt for those that have met it; make it again on every rank. A group's name may
    /// be used again by a rank that has destroyed its communicator of that name.
    ///
    /// - Parameters:
    ///   - group: Its name, 1 to 128 bytes, the same on every rank; groups of different names may share actors.
    ///   - actor: This rank's actor; its place in `members` is the rank.
    ///   - members: The names of all ranks' actors, each once, at most 128, the same on every rank.
    ///   - options: The same on every rank.
    ///   - timeout: How long to wait for the others.
    /// - Throws: ``SluiceError/Code/timedOut`` naming a rank that has not come and its actor;
    ///   ``SluiceError/Code/invalidArgument``, also for ranks that do not agree on members or options;
    ///   ``SluiceError/Code/nameTaken`` while this actor is in a group of that name; and what creating channels throws.
    public static func join(
        _ group: String, as actor: SluiceActor, members: [String], options: CommunicatorOptions = .init(),
        timeout: Timeout = .seconds(30)
    ) throws(SluiceError) -> ChannelCommunicator {
        var rendezvous = try Rendezvous(group, actor, members, options, timeout)
        return ChannelCommunicator(try rendezvous.meet())
    }

    /// Joins a group without blocking a thread of the cooperative pool. Cancelling the task does not shorten it.
    nonisolated(nonsending)
        public static func join(
            _ group: String, as actor: SluiceActor, members: [String], options: CommunicatorOptions = .init(),
            timeout: Timeout = .seconds(30)
        ) async throws(SluiceError) -> ChannelCommunicator
    {
        try await onThreadOfItsOwn { () throws(SluiceError) in
            try join(group, as: actor, members: members, options: options, timeout: timeout)
        }
    }

    public var group: String { core.group.name }
    public var rank: Int { core.group.rank }
    public var worldSize: Int { core.group.worldSize }

    /// What this rank has sent and received up to now.
    public var statistics: CommunicatorStatistics { core.statistics }

    public func perform(_ operation: CommunicatorOperation, timeout: Timeout) throws(SluiceError) {
        try core.perform(operation, timeout)
    }

    public func start(_ operation: CommunicatorOperation, timeout: Timeout) -> CommunicatorCompletion {
        let completion = CommunicatorCompletion()
        core.errands(for: operation).run { [core] in
            let outcome = Result { () throws(SluiceError) in try core.perform(operation, timeout) }
            completion.complete(outcome)
        }
        return completion
    }

    public func destroy() { core.destroy() }
}
