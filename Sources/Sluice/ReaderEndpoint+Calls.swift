internal import Ring
internal import SharedMemory
internal import SluiceModel

// What the calls of a reader are made of. Each is between ``enter()`` and ``leave()``.
extension ReaderEndpoint {
    @inline(__always)
    func enter() throws(SluiceError) {
        let entry = gate.enter()
        if entry != .entered { throw refusal(entry) }
    }

    /// The next value; nil at the end of the stream. An error in its place is thrown.
    @inline(__always)
    func takeValue(_ timeout: Timeout) throws(SluiceError) -> Ring.ReadLease? {
        guard let slot = try takeItem(timeout) else { return nil }
        if let failure = failure(in: slot) { throw failure }
        return slot
    }

    /// The next item, whatever it is; nil at the end of the stream.
    @inline(__always)
    func takeItem(_ timeout: Timeout) throws(SluiceError) -> Ring.ReadLease? {
        if let slot = ring.leaseIfThere() { return slot }
        return try waitForValue(timeout)
    }

    @inline(never)
    private func waitForValue(_ timeout: Timeout) throws(SluiceError) -> Ring.ReadLease? {
        if let failure { throw failure }
        do throws(LeaseError) {
            return try ring.lease(until: Deadline(timeout, from: monotonicNow()), interrupted: { isInterrupted })
        } catch {
            try explain(error, timeout)
            return nil
        }
    }

    /// Copies a value out and gives its slot back; its size. One that does not fit is not taken.
    func move(
        _ slot: consuming Ring.ReadLease, into buffer: UnsafeMutableRawBufferPointer
    ) throws(SluiceError) -> Int {
        let (size, sequence) = unsafe (slot.bytes.count, slot.sequence)
        guard size <= buffer.count else {
            ring.putBack(slot)
            throw SluiceError(
                .valueTooLarge,
                """
                value \(sequence) of channel \(spec.name) has \(size) bytes and the buffer \(buffer.count); read it again \
                into a larger one
                """, channel: spec.name.rawValue, actor: actor.rawValue, node: core.node, sequence: sequence,
                needed: UInt64(size), available: UInt64(buffer.count))
        }
        unsafe buffer.copyValue(from: slot.bytes)
        return size
    }
}

// The same without blocking.
extension ReaderEndpoint {
    nonisolated(nonsending)
        func takeValue(_ timeout: Timeout) async throws(SluiceError) -> Ring.ReadLease?
    {
        guard let slot = try await takeItem(timeout) else { return nil }
        if let failure = failure(in: slot) { throw failure }
        return slot
    }

    nonisolated(nonsending)
        func takeItem(_ timeout: Timeout) async throws(SluiceError) -> Ring.ReadLease?
    {
        var deadline: Deadline?
        while true {
            do throws(LeaseError) {
                if let slot = try ring.tryLease() { return slot }
            } catch {
                try explain(error, timeout)
                return nil
            }
            if isInterrupted { throw failure ?? closedError }
            let until = deadline ?? Deadline(timeout, from: monotonicNow())
            deadline = until
            if until.hasPassed(at: monotonicNow()) { throw late(timeout) }
            switch await core.waiters.wait(for: .value(self), until: until) {
            // Timed out: one more try, so that what came at the last moment counts.
            case .ready, .timedOut: continue
            case .cancelled:
                throw SluiceError(
                    .cancelled, "reading channel \(spec.name) was cancelled", channel: spec.name.rawValue,
                    actor: actor.rawValue)
            case .failed(let error): throw error
            }
        }
    }
}

// What went wrong, in words.
extension ReaderEndpoint {
    @inline(never)
    private func refusal(_ entry: CallGate.Entry) -> SluiceError {
        switch entry {
        case .forked: return .forked("reader \(actor) of channel \(spec.name)")
        case .closed, .entered:
            leave()
            return closedError
        case .busy:
            return .invalidArgument(
                "reader \(actor) of channel \(spec.name) is in use: another call is not over yet",
                channel: spec.name.rawValue)
        }
    }

    /// Returns at an end of the stream that is in order.
    @inline(never)
    private func explain(_ error: LeaseError, _ timeout: Timeout) throws(SluiceError) {
        switch error {
        case .ended(_, .closed): return
        case .ended(let final, let reason): throw ended(final, reason)
        case .timedOut: throw late(timeout)
        case .closed: throw closedError
        case .interrupted: throw failure ?? closedError
        case .corrupted(let violation):
            throw SluiceError(
                .corrupted, "channel \(spec.name) broke an invariant of its ring; reader \(actor) has failed",
                channel: spec.name.rawValue, actor: actor.rawValue, node: core.node, sequence: ring.next,
                cause: violation.description)
        }
    }

    private func ended(_ final: UInt64, _ reason: EndReason) -> SluiceError {
        let writer = spec.writer.rawValue
        let (code, what): (SluiceError.Code, String) =
            switch reason {
            case .nodeLost: (.nodeLost, "node \(writerNode) of writer \(writer) was lost")
            case .corrupted: (.corrupted, "an invariant of the ring was broken")
            case .writerDied, .closed: (.writerDied, "writer \(writer) on node \(writerNode) died")
            }
        return SluiceError(
            code, "channel \(spec.name) is over: \(what) after publishing \(final) values", channel: spec.name.rawValue,
            actor: writer, node: writerNode, pid: writerPID == 0 ? nil : writerPID, sequence: final)
    }

    private func late(_ timeout: Timeout) -> SluiceError {
        let writer = spec.writer.rawValue
        let process = writerPID == 0 ? "" : " (pid \(writerPID))"
        return SluiceError(
            .timedOut,
            """
            value \(ring.next) of channel \(spec.name) did not come within \(timeout): writer \(writer) on node \
            \(writerNode)\(process) has not published it
            """, channel: spec.name.rawValue, actor: writer, node: writerNode, pid: writerPID == 0 ? nil : writerPID,
            sequence: ring.next)
    }

    private var closedError: SluiceError {
        SluiceError(
            .closed, "reader \(actor) of channel \(spec.name) is closed", channel: spec.name.rawValue,
            actor: actor.rawValue, node: core.node)
    }
}
