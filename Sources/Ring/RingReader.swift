package import SharedMemory
package import SluiceModel

/// Why there is no value.
package enum LeaseError: Error, Hashable, Sendable {
    /// None came in time.
    case timedOut
    /// The caller's interrupt hook said so.
    case interrupted
    /// The stream has ended, and all its values have been taken.
    case ended(final: UInt64, EndReason)
    /// This reader was closed.
    case closed
    /// The ring's memory broke an invariant; this reader has failed, no other.
    case corrupted(RingViolation)
}

/// One reader of a ring.
///
/// Taking leases and `close` are one thread's at a time; leases may be released, and the end recorded, from any.
@safe
package final class RingReader: @unchecked Sendable {
    let core: UnsafeMutablePointer<ReaderCore>

    /// - Parameters:
    ///   - memory: The ring, usually mapped read-only.
    ///   - line: This reader's cursor in `process`; the ring's writer waits for it already.
    ///   - gate: The writer's number for it.
    ///   - first: This reader's first value.
    ///   - doorbell: Rung on a release while the ring's writer, an agent, asks for it.
    ///   - mark: Taken in this process: in a forked child leases are let go of without a trace, since the cursor is the
    ///     parent's. Nil for a process that never forks.
    package init(
        _ memory: RingMemory, process: ProcessSegment, line: UInt32, gate: UInt32, first: UInt64,
        doorbell: Doorbell? = nil, mark: ForkMark? = nil, onGenerationLeft: (@Sendable () -> Void)? = nil
    ) {
        unsafe core = .allocate(capacity: 1)
        unsafe core.initialize(
            to: ReaderCore(
                memory: memory, process: process, line: line, gate: gate, first: first, doorbell: doorbell, mark: mark,
                onGenerationLeft: onGenerationLeft))
    }

    deinit {
        // Leases that are still out keep the memory; the last of them frees it.
        unsafe core.pointee.close {}
        unsafe ReaderCore.abandon(core)
    }

    package var memory: RingMemory { unsafe core.pointee.memory }
    /// What the writer said of the last value that was taken. For the taking thread: of a lease it is looked up.
    @inline(__always)
    package var lastKind: UInt32 { unsafe core.pointee.kind }
    /// The next value to take.
    package var next: UInt64 { unsafe core.pointee.next }
    /// The oldest generation that a lease of this reader may still lie in.
    package var oldestGeneration: UInt32 { memory.oldestGeneration(at: status.released) }
    /// Taken and released, as everyone sees it.
    package var status: CursorStatus { unsafe core.pointee.words.cursor.status }
}

extension RingReader {
    /// The next value, if it is there. Nil says no more than that there is none to take: ``lease(until:interrupted:)``
    /// says why.
    @inline(__always)
    package func leaseIfThere() -> ReadLease? {
        guard case .value(let value) = unsafe core.pointee.take() else { return nil }
        return unsafe try? ReadLease(core, value)
    }

    /// The next value, or nil if it is not there yet.
    package func tryLease() throws(LeaseError) -> ReadLease? {
        let outcome = unsafe core.pointee.take()
        if case .value(let value) = outcome { return unsafe try ReadLease(core, value) }
        if outcome == .empty { return nil }
        throw unsafe core.pointee.error(outcome)
    }

    /// The next value, waited for until `deadline`.
    ///
    /// - Parameter interrupted: Asked whenever this process's event word has moved, before sleeping.
    package func lease(
        until deadline: Deadline = .never, interrupted: () -> Bool = { false }
    ) throws(LeaseError) -> ReadLease {
        var outcome = unsafe core.pointee.take()
        if outcome == .empty { outcome = unsafe core.pointee.awaitValue(deadline, interrupted) }
        guard case .value(let value) = outcome else { throw unsafe core.pointee.error(outcome) }
        return unsafe try ReadLease(core, value)
    }

    /// Whether there is something to take now, an end or an error included: just what ``prepareWait()`` says, without
    /// announcing anything.
    package var isReadable: Bool { unsafe core.pointee.isReadable }

    /// Whether an end of the stream has been recorded, wherever this reader is.
    package var knowsEnd: Bool { unsafe HardwareMemory().load(core.pointee.words.end) != .max }

    /// Announces a sleep for the next value, to be slept elsewhere (``Waiter``); nil if there is something to take, an
    /// end or an error included. Ends with ``finishWait()``. Whoever interrupts must be looked at after this and before
    /// sleeping.
    package func prepareWait() -> WaitPoint? { unsafe core.pointee.prepareWait() }
    package func finishWait() { unsafe core.pointee.finishWait() }

    /// From the control thread: the stream holds `final` values and no more. Those that are there may still be taken.
    package func recordEnd(final: UInt64, reason: EndReason) { unsafe core.pointee.recordEnd(final, reason) }

    /// Takes no more values; a `lease` that waits in another thread ends as well. `whenIdle` is called once, when the
    /// last lease is back: at once if none is out.
    package func close(whenIdle: @escaping @Sendable () -> Void = {}) { unsafe core.pointee.close(whenIdle) }
}
