internal import Ring
internal import SharedMemory
internal import SluiceModel
internal import Wire

// A value that no slot has room for: the agents are asked for larger ones.
extension WriterEndpoint {
    /// Waits until there is room for so many bytes, or there will never be.
    func grow(to size: Int, _ timeout: Timeout, until deadline: Deadline) throws(SluiceError) {
        try checkMayGrow(size)
        var culprit: SluiceError?
        while true {
            let promise = Promise()
            let request = Request.growChannel(spec.id, spec.name, needed: size)
            let id = try core.submit(request, deadline: deadline, promise: promise)
            endGrowthIfInterrupted(id)
            if try isGrown(promise.wait(), size, timeout, deadline, &culprit) { return }
        }
    }

    /// The same without blocking.
    nonisolated(nonsending)
        func grow(to size: Int, _ timeout: Timeout, until deadline: Deadline) async throws(SluiceError)
    {
        try checkMayGrow(size)
        var culprit: SluiceError?
        while true {
            let promise = Promise()
            let request = Request.growChannel(spec.id, spec.name, needed: size)
            let id = try core.submit(request, deadline: deadline, promise: promise)
            endGrowthIfInterrupted(id)
            let outcome = await withTaskCancellationHandler {
                await promise.value()
            } onCancel: {
                core.abandon(id) { _ in
                    SluiceError(
                        .cancelled, "writing to channel \(spec.name) was cancelled while it grew",
                        channel: spec.name.rawValue)
                }
            }
            if try isGrown(outcome, size, timeout, deadline, &culprit) { return }
        }
    }

    private func checkMayGrow(_ size: Int) throws(SluiceError) {
        guard size <= spec.largestValue else {
            let rule = spec.largestValue == spec.slotSize ? "whose slots have" : "which may grow its slots up to"
            throw SluiceError(
                .valueTooLarge,
                "a value of \(size) bytes does not fit channel \(spec.name), \(rule) \(spec.largestValue)",
                channel: spec.name.rawValue, actor: spec.writer.rawValue, node: node, sequence: ring.published,
                needed: UInt64(size), available: UInt64(spec.largestValue))
        }
    }

    /// A close, or a failure, that came before the request was there did not find it.
    private func endGrowthIfInterrupted(_ id: UInt64) {
        if isInterrupted { core.abandon(id) { _ in self.failure ?? self.closedError } }
    }

    /// False if it is worth another try: the agents' patience has an end where the caller's has none.
    ///
    /// - Parameter culprit: Who made an earlier try fail, for a last one that ends before that is known again.
    private func isGrown(
        _ outcome: Promise.Outcome, _ size: Int, _ timeout: Timeout, _ deadline: Deadline, _ culprit: inout SluiceError?
    ) throws(SluiceError) -> Bool {
        guard case .failure(var error) = outcome else { return true }
        guard error.code == .timedOut else { throw error }
        if error.pid != nil { culprit = error }
        guard deadline.hasPassed(at: monotonicNow()) else { return false }
        error = culprit ?? error
        error.message =
            "channel \(spec.name) has not grown for a value of \(size) bytes within \(timeout): \(error.message)"
        error.channel = spec.name.rawValue
        error.actor = error.actor ?? spec.writer.rawValue
        error.sequence = ring.published
        error.needed = UInt64(size)
        error.available = UInt64(memory.slotSize)
        throw error
    }

    /// Ends a growth that a call waits for.
    func abandonGrowth() {
        let waiting = core.state.withLock { $0.requests.growths(of: spec.id) }
        for id in waiting { core.abandon(id) { _ in self.failure ?? self.closedError } }
    }
}

// From the control thread.
extension WriterEndpoint {
    /// Every reader can have values of this generation.
    func grown(_ payload: PayloadSegment) throws(SluiceError) {
        do throws(ForeignMemoryError) { try ring.memory.add(payload) } catch {
            throw error.asSluiceError("the larger memory of channel \(spec.name)", channel: spec.name.rawValue)
        }
        memory.add(payload)
        ring.offer(generation: payload.generation)
    }

    /// Nobody looks at older generations any more.
    func letGo(below oldest: UInt32) {
        memory.drop { $0 < oldest }
        ring.memory.dropPayloads(below: oldest)
    }
}
