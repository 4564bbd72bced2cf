public import SluiceModel

/// A group of ranks that exchange tensors: the pluggable transport under tensor channels.
///
/// Every rank calls the same collective operations (all but send and receive) in the same order with the same arguments.
/// What does not match is an error on every rank, and the end of the group.
///
/// A transport implements ``perform(_:timeout:)`` and ``start(_:timeout:)``, both from one full description of the
/// operation; the calls with names are made of these. ``ChannelCommunicator`` does it over channels, for memory of this
/// process; one for an accelerator works on the memory of its devices, and completes with its stream.
///
/// - A timeout changes nothing that matters: the same call with the same arguments goes on where it had stopped, and a
///   different one is an error until then. The output may be partly written.
/// - After ``SluiceError/Code/destroyed``, ``SluiceError/Code/writerDied`` or ``SluiceError/Code/nodeLost`` the group is
///   over: every later call throws the same.
/// - One call of each kind at a time: one collective; one send, and one receive, for each other rank.
public protocol Communicator: AnyObject, Sendable {
    /// The group's name.
    var group: String { get }
    /// This rank's number, 0 ..< ``worldSize``.
    var rank: Int { get }
    /// How many ranks there are.
    var worldSize: Int { get }

    /// Does an operation, and blocks until it is over on this rank.
    ///
    /// - Throws: ``SluiceError/Code/timedOut`` naming the rank that is waited for; ``SluiceError/Code/invalidArgument`` for
    ///   memory that does not fit, another call under way, or ranks whose calls do not match;
    ///   ``SluiceError/Code/destroyed`` naming who destroyed the group; ``SluiceError/Code/writerDied`` and
    ///   ``SluiceError/Code/nodeLost`` naming the dead rank's actor, node and pid.
    func perform(_ operation: CommunicatorOperation, timeout: Timeout) throws(SluiceError)

    /// Begins an operation and returns at once. Operations of one kind are done in the order in which they were begun.
    func start(_ operation: CommunicatorOperation, timeout: Timeout) -> CommunicatorCompletion

    /// Ends the group, for every rank: calls that wait anywhere, and all later ones, throw
    /// ``SluiceError/Code/destroyed``. A second call does nothing.
    ///
    /// Collectives that this rank has completed can still be completed by the others.
    func destroy()
}

/// An operation that was begun.
public final class CommunicatorCompletion: Sendable {
    private struct State: Sendable {
        var outcome: Result<Void, SluiceError>?
        var waiting: [Suspension<Void>] = []
    }

    private let state = Bulletin(State())

    public init() {}

    /// By the transport: it is over. The first outcome counts.
    public func complete(_ outcome: Result<Void, SluiceError>) {
        let waiting = state.update { state -> [Suspension<Void>] in
            guard state.outcome == nil else { return [] }
            state.outcome = outcome
            defer { state.waiting = [] }
            return state.waiting
        }
        for suspension in waiting { suspension.resume(()) }
    }

    /// Whether it is over.
    public var isOver: Bool { state.now.outcome != nil }

    /// Blocks until it is over, and throws what went wrong.
    public func wait() throws(SluiceError) {
        try state.wait(until: .never) { $0.outcome }?.get()
    }

    /// Suspends until it is over, and throws what went wrong. Cancelling the task does not shorten it.
    nonisolated(nonsending)
        public func value() async throws(SluiceError)
    {
        unsafe await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            let suspension = unsafe Suspension(continuation)
            let isOver = state.update { state in
                if state.outcome == nil { state.waiting.append(suspension) }
                return state.outcome != nil
            }
            if isOver { suspension.resume(()) }
        }
        try state.now.outcome?.get()
    }
}
