internal import SharedMemory
internal import SluiceModel
internal import Wire

extension WorkerCore {
    /// Closes every endpoint and then the connection, which the control thread ends.
    func close(waits: Bool) {
        // A child has no control thread to do it, and its parent goes on.
        guard !isForked else { return }
        let open = state.withLock { state -> (writers: [WriterEndpoint], readers: [ReaderEndpoint])? in
            guard state.farewell == nil else { return nil }
            state.farewell = Deadline(nanoseconds: monotonicNow() + Bounds.farewell)
            return (Array(state.writers.values), Array(state.readers.values))
        }
        if let open {
            for writer in open.writers { writer.close() }
            for reader in open.readers { reader.close() }
            endCalls()
            wake.signal()
        }
        // Values that are still held keep the connection, and nobody waits for those; nor can the control thread, in the
        // event hook, wait for itself.
        if waits, !isControlThread, !state.withLock({ $0.hasHeldReaders }) { ended.wait() }
    }

    /// Nobody waits for the agent any more.
    private func endCalls() {
        for id in state.withLock({ $0.requests.inOrder.map(\.id) }) { abandon(id) { _ in .workerClosed } }
    }

    /// Bounds what this worker has to say when it comes back to an agent: its actors travel in one message.
    func checkActors(adding name: ActorName) throws(SluiceError) {
        let bytes = state.withLock { state in
            state.actors.reduce(0) { $0 + $1.name.rawValue.utf8.count + Bounds.actorOverheadBytes }
        }
        guard bytes + name.rawValue.utf8.count + Bounds.actorOverheadBytes <= Bounds.actorBytes else {
            throw SluiceError(
                .limitReached, "this worker has as many actors as it can tell its agent of; use another process",
                actor: name.rawValue, needed: UInt64(bytes), available: UInt64(Bounds.actorBytes))
        }
    }
}

extension SluiceError {
    static func unexpectedAnswer(_ wish: String) -> SluiceError {
        SluiceError(.protocolViolation, "\(wish): the agent's answer cannot be used")
    }
}
