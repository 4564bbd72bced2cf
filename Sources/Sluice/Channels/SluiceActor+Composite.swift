public import SluiceModel

// Channels that this actor writes, and may read itself.
extension SluiceActor {
    /// Creates a channel from this actor to itself, whose values are handed over by reference.
    ///
    /// - Parameters:
    ///   - slots: Values that may be unread at once, 1 ... ``Limits/mostSlots``.
    ///   - slotSize: Bytes for an error in a value's place, or a value that is written encoded; a longer error loses
    ///     the end of its message.
    /// - Throws: As ``createChannel(_:readers:slots:slotSize:largestValue:timeout:)-(_,_,_,_,_,_)`` does.
    public func createIntraProcessChannel<Value: Sendable>(
        _ name: String, of type: Value.Type = Value.self, slots: Int = 8, slotSize: Int = 4096,
        timeout: Timeout = .seconds(30)
    ) throws(SluiceError) -> IntraProcessWriter<Value> {
        try IntraProcessWriter(
            try createChannel(name, readers: [self.name], slots: slots, slotSize: slotSize, timeout: timeout))
    }

    /// Creates a channel from this actor to itself, whose values are handed over by reference.
    nonisolated(nonsending)
        public func createIntraProcessChannel<Value: Sendable>(
            _ name: String, of type: Value.Type = Value.self, slots: Int = 8, slotSize: Int = 4096,
            timeout: Timeout = .seconds(30)
        ) async throws(SluiceError) -> IntraProcessWriter<Value>
    {
        try IntraProcessWriter(
            try await createChannel(name, readers: [self.name], slots: slots, slotSize: slotSize, timeout: timeout))
    }

    /// Opens a channel that this actor writes to itself.
    ///
    /// - Parameter transcoder: For values that are written, or to be read, encoded.
    /// - Throws: As ``openReader(_:timeout:)-(_,_)`` does; ``SluiceError/Code/invalidArgument`` if the writer hands over
    ///   values of another type, or is another actor.
    public func openIntraProcessReader<Value: Sendable>(
        _ channel: String, of type: Value.Type = Value.self, by transcoder: Transcoder<Value>? = nil,
        timeout: Timeout = .seconds(30)
    ) throws(SluiceError) -> IntraProcessReader<Value> {
        try IntraProcessReader(try openReader(channel, timeout: timeout), by: transcoder)
    }

    /// Opens a channel that this actor writes to itself.
    nonisolated(nonsending)
        public func openIntraProcessReader<Value: Sendable>(
            _ channel: String, of type: Value.Type = Value.self, by transcoder: Transcoder<Value>? = nil,
            timeout: Timeout = .seconds(30)
        ) async throws(SluiceError) -> IntraProcessReader<Value>
    {
        try IntraProcessReader(try await openReader(channel, timeout: timeout), by: transcoder)
    }

    /// Creates a channel that takes to each reader the shortest way there is: ``ChannelForm`` says which.
    ///
    /// - Parameter transcoder: How values travel to other actors.
    /// - Throws: As ``createChannel(_:readers:slots:slotSize:largestValue:timeout:)-(_,_,_,_,_,_)`` does.
    public func createCompositeChannel<Value: Sendable>(
        _ name: String, readers: [String], by transcoder: Transcoder<Value>, slots: Int = 8, slotSize: Int = 1 << 20,
        timeout: Timeout = .seconds(30)
    ) throws(SluiceError) -> any ChannelWriter<Value> {
        try Self.writer(
            try createChannel(name, readers: readers, slots: slots, slotSize: slotSize, timeout: timeout), transcoder)
    }

    /// Creates a channel that takes to each reader the shortest way there is.
    nonisolated(nonsending)
        public func createCompositeChannel<Value: Sendable>(
            _ name: String, readers: [String], by transcoder: Transcoder<Value>, slots: Int = 8,
            slotSize: Int = 1 << 20, timeout: Timeout = .seconds(30)
        ) async throws(SluiceError) -> any ChannelWriter<Value>
    {
        try Self.writer(
            try await createChannel(name, readers: readers, slots: slots, slotSize: slotSize, timeout: timeout),
            transcoder)
    }

    /// Opens a channel that ``createCompositeChannel(_:readers:by:slots:slotSize:timeout:)-(_,_,_,_,_,_)`` has made,
    /// wherever its writer is.
    ///
    /// - Parameter transcoder: How the writer encodes values for other actors.
    public func openCompositeReader<Value: Sendable>(
        _ channel: String, by transcoder: Transcoder<Value>, timeout: Timeout = .seconds(30)
    ) throws(SluiceError) -> CompositeReader<Value> {
        try CompositeReader(try openReader(channel, timeout: timeout), by: transcoder)
    }

    /// Opens a channel that ``createCompositeChannel(_:readers:by:slots:slotSize:timeout:)-(_,_,_,_,_,_)`` has made.
    nonisolated(nonsending)
        public func openCompositeReader<Value: Sendable>(
            _ channel: String, by transcoder: Transcoder<Value>, timeout: Timeout = .seconds(30)
        ) async throws(SluiceError) -> CompositeReader<Value>
    {
        try CompositeReader(try await openReader(channel, timeout: timeout), by: transcoder)
    }

    private static func writer<Value>(
        _ writer: Writer, _ transcoder: Transcoder<Value>
    ) throws(SluiceError) -> any ChannelWriter<Value> {
        let spec = writer.endpoint.spec
        let form = ChannelForm(
            writer: spec.writer.rawValue, readers: spec.readers.map(\.rawValue), slots: spec.slots)
        switch form {
        case .intraProcess: return try IntraProcessWriter(writer)
        case .composite: return try CompositeWriter(writer, by: transcoder)
        case .sharedMemory, .bufferedSharedMemory: return TranscodedWriter(writer, by: transcoder)
        }
    }
}
