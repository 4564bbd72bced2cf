internal import Ring
public import SluiceModel

/// A registered actor: the name under which this process writes and reads channels.
///
/// The name stays registered until its worker closes. All of its calls may be made from any thread.
public final class SluiceActor: Sendable {
    let handle: WorkerHandle
    let identifier: ActorName
    /// Which life of the name this is: 1, 2, 3 …
    public let incarnation: Incarnation

    init(handle: WorkerHandle, identifier: ActorName, incarnation: Incarnation) {
        self.handle = handle
        self.identifier = identifier
        self.incarnation = incarnation
    }

    public var name: String { identifier.rawValue }
    /// The name of the node that it is on.
    public var node: String { handle.node }

    /// Creates a channel with this actor as its writer.
    ///
    /// Its name may be one that a channel had before which has ended. Readers need not be open, or even registered, yet.
    ///
    /// - Parameters:
    ///   - readers: The actors that will read it; one that is named twice counts once.
    ///   - slots: Values that may be unread at once, 1 ... ``Limits/mostSlots``.
    ///   - slotSize: Bytes of a slot at first, 1 ... ``Limits/mostSlotSize``: values up to it never wait for memory.
    ///   - largestValue: How far the channel may grow its slots for larger values, bytes; if nil,
    ///     ``Limits/usualLargestValue``, or `slotSize` if that is more. `slotSize` itself: it does not grow.
    ///   - timeout: How long to wait for the readers' actors to be registered.
    /// - Throws: ``SluiceError/Code/invalidName``, ``SluiceError/Code/invalidArgument``,
    ///   ``SluiceError/Code/unknownActor``, ``SluiceError/Code/nameTaken``, ``SluiceError/Code/outOfMemory`` with
    ///   `needed` and `available`, ``SluiceError/Code/limitReached``, ``SluiceError/Code/agentUnavailable``.
    public func createChannel(
        _ name: String, readers: [String], slots: Int = 8, slotSize: Int = 1 << 20, largestValue: Int? = nil,
        timeout: Timeout = .seconds(30)
    ) throws(SluiceError) -> Writer {
        try createChannel(
            name, readers: readers, slots: slots, slotSize: slotSize, largestValue: largestValue, declaration: [],
            timeout: timeout)
    }

    /// Creates a channel with this actor as its writer.
    nonisolated(nonsending)
        public func createChannel(
            _ name: String, readers: [String], slots: Int = 8, slotSize: Int = 1 << 20, largestValue: Int? = nil,
            timeout: Timeout = .seconds(30)
        ) async throws(SluiceError) -> Writer
    {
        try await createChannel(
            name, readers: readers, slots: slots, slotSize: slotSize, largestValue: largestValue, declaration: [],
            timeout: timeout)
    }

    /// Opens a channel that names this actor among its readers.
    ///
    /// A name may be used again once its channel has closed. An actor then opens the channels of that name in the order in
    /// which they were created, those included that have ended and that it has not read; a later life of the actor begins
    /// with the newest.
    ///
    /// - Parameter timeout: How long to wait for the channel to be created.
    /// - Throws: ``SluiceError/Code/unknownChannel`` if it was not, ``SluiceError/Code/notAReader``,
    ///   ``SluiceError/Code/alreadyOpen``, ``SluiceError/Code/invalidName``, ``SluiceError/Code/limitReached``,
    ///   ``SluiceError/Code/agentUnavailable``.
    public func openReader(_ channel: String, timeout: Timeout = .seconds(30)) throws(SluiceError) -> Reader {
        let request = try open(channel)
        return try reader(channel, try handle.core.ask(request, timeout: timeout))
    }

    /// Opens a channel that names this actor among its readers.
    nonisolated(nonsending)
        public func openReader(_ channel: String, timeout: Timeout = .seconds(30)) async throws(SluiceError) -> Reader
    {
        let request = try open(channel)
        return try reader(channel, try await handle.core.ask(request, timeout: timeout))
    }
}

extension SluiceActor {
    func createChannel(
        _ name: String, readers: [String], slots: Int, slotSize: Int, largestValue: Int?, declaration: [UInt8],
        timeout: Timeout
    ) throws(SluiceError) -> Writer {
        let request = try create(name, readers, slots, slotSize, largestValue, declaration)
        return try writer(name, try handle.core.ask(request, timeout: timeout))
    }

    nonisolated(nonsending)
        func createChannel(
            _ name: String, readers: [String], slots: Int, slotSize: Int, largestValue: Int?, declaration: [UInt8],
            timeout: Timeout
        ) async throws(SluiceError) -> Writer
    {
        let request = try create(name, readers, slots, slotSize, largestValue, declaration)
        return try writer(name, try await handle.core.ask(request, timeout: timeout))
    }

    private func create(
        _ name: String, _ readers: [String], _ slots: Int, _ slotSize: Int, _ largestValue: Int?,
        _ declaration: [UInt8]
    ) throws(SluiceError) -> Request {
        var names: [ActorName] = []
        for reader in readers { names.append(try ActorName(reader)) }
        let spec = try ChannelSpec(
            id: .random(), name: try ChannelName(name), writer: identifier, readers: names, slots: slots,
            slotSize: slotSize, largestValue: largestValue ?? max(slotSize, Limits.usualLargestValue),
            declaration: declaration)
        let number = try handle.core.take(\.endpoints, "writers", channel: name, actor: identifier)
        return .createChannel(spec, endpoint: number)
    }

    private func open(_ channel: String) throws(SluiceError) -> Request {
        let name = try ChannelName(channel)
        let line = try handle.core.take(\.lines, "readers", channel: channel, actor: identifier)
        handle.core.segment.resetCursor(line)
        return .openReader(name, identifier, line: line)
    }

    private func writer(_ channel: String, _ answer: Answer) throws(SluiceError) -> Writer {
        guard case .writer(let endpoint) = answer else { throw .unexpectedAnswer("creating channel \(channel)") }
        return Writer(handle: handle, endpoint: endpoint)
    }

    private func reader(_ channel: String, _ answer: Answer) throws(SluiceError) -> Reader {
        guard case .reader(let endpoint) = answer else { throw .unexpectedAnswer("opening channel \(channel)") }
        return Reader(handle: handle, endpoint: endpoint)
    }
}
