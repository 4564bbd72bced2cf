package import SluiceModel

/// Why there is no loan.
package enum LoanError: Error, Hashable, Sendable {
    /// No slot came free in time.
    case timedOut
    /// The caller's interrupt hook said so.
    case interrupted
    /// ``RingWriter/stop()`` was called.
    case stopped
    /// ``RingWriter/finish()`` was called.
    case finished
    /// The value does not fit the slot, bytes, and no larger generation has been offered.
    case tooLarge(needed: Int, available: Int)
    /// The former loan is neither published nor given back.
    case alreadyLoaned
}

/// The one writer of a ring.
///
/// Loans, `mayReach`, `finish`, `settle` and dropping it are one thread's at a time, the writing thread's; `attach`,
/// `detach`, `stop` and what reads only may be called from any.
@safe
package final class RingWriter: @unchecked Sendable {
    let core: UnsafeMutablePointer<WriterCore>

    /// Takes a ring over, new or from a former writer: what is published and who gates it stand in the control.
    ///
    /// - Parameters:
    ///   - doorbell: Rung after a publish while a destination is among the gates; `endpoint` chooses the bell.
    ///   - resolve: The segment of a process that gates the ring. A gate whose segment is not known holds the ring at its
    ///     floor until ``resolve(gate:with:)``.
    ///   - onViolation: Told of gates that broke an invariant and were removed; called on the writing thread.
    package init(
        _ memory: RingMemory, process: ProcessSegment, doorbell: Doorbell? = nil, endpoint: UInt32 = 0,
        resolve: (ProcessLife) -> ProcessView? = { _ in nil },
        onViolation: @escaping @Sendable (GateViolation) -> Void = { _ in }
    ) {
        unsafe core = .allocate(capacity: 1)
        unsafe core.initialize(
            to: WriterCore(
                memory: memory, process: process, doorbell: doorbell, endpoint: endpoint, resolve: resolve,
                onViolation: onViolation))
    }

    deinit { unsafe WriterCore.abandon(core) }

    package var memory: RingMemory { unsafe core.pointee.memory }
    /// Values published.
    package var published: UInt64 { memory.published }
    /// Largest value that needs no growth, bytes. For the writing thread.
    package var slotSize: Int { unsafe core.pointee.slotSize }
    /// The next sequence not yet handed out.
    package var loaned: UInt64 { unsafe HardwareMemory().load(core.pointee.words.loaned) }
}

// MARK: - Writing

extension RingWriter {
    /// A slot for a value of `size` bytes, if one is free and nothing stands against it. Nil says no more than that there is
    /// none to take: ``loan(_:until:interrupted:)`` says why.
    @inline(__always)
    package func loanIfThere(_ size: Int) -> WriteLoan? {
        guard unsafe core.pointee.mayLoan(size), unsafe core.pointee.tryLoan() else { return nil }
        return unsafe WriteLoan(core, size)
    }

    /// A slot for a value of `size` bytes, or nil if none is free.
    @inline(__always)
    package func tryLoan(_ size: Int) throws(LoanError) -> WriteLoan? {
        unsafe try core.pointee.check(size)
        guard unsafe core.pointee.tryLoan() else { return nil }
        return unsafe WriteLoan(core, size)
    }

    /// A slot for a value of `size` bytes, waited for until `deadline`.
    ///
    /// - Parameter interrupted: Asked whenever this process's event word has moved, before sleeping.
    package func loan(
        _ size: Int, until deadline: Deadline = .never, interrupted: () -> Bool = { false }
    ) throws(LoanError) -> WriteLoan {
        unsafe try core.pointee.check(size)
        if unsafe !core.pointee.tryLoan() { unsafe try core.pointee.awaitLoan(deadline, interrupted) }
        return unsafe WriteLoan(core, size)
    }

    /// Announces a sleep for a free slot, to be slept elsewhere (``Waiter``); nil if there may be one now. Ends with
    /// ``finishWait()``. Whoever interrupts must be looked at after this and before sleeping.
    package func prepareWait() -> WaitPoint? { unsafe core.pointee.prepareWait() }
    package func finishWait() { unsafe core.pointee.finishWait() }

    /// The first sequence that no slot is free for: absolute. What an agent grants its sender.
    package func mayReach() -> UInt64 { unsafe core.pointee.mayReach() }

    /// Agents: whether every release is to ring this agent's doorbell. After `true`, look at ``mayReach()`` once more.
    package func awaitDoorbell(_ wants: Bool) { unsafe core.pointee.awaitDoorbell(wants) }

    /// Stores the stream's end in the ring, for whoever takes it over. Nothing can be published afterwards.
    ///
    /// - Returns: How many values the stream holds.
    @discardableResult
    package func finish() -> UInt64 { unsafe core.pointee.finish() }

    /// From the writing thread, when it writes nothing for a while: lets go of segments whose gates are gone.
    package func settle() { unsafe core.pointee.refresh() }
}

// MARK: - From any thread

extension RingWriter {
    /// Adds a cursor to the gate list; `first` of the answer is its first value.
    ///
    /// - Parameter view: The segment that holds the cursor.
    package func attach(_ request: GateRequest, view: ProcessView) throws(GateError) -> Attached {
        guard let cursor = view.cursor(request.line) else { throw .noSuchLine(request.line) }
        return unsafe try GateSteps.attach(
            HardwareMemory(), core.pointee.words, core.pointee.gates, request, cursor, view
        ).get()
    }

    /// Takes a cursor out of the gate list. False if there was none with that number.
    @discardableResult
    package func detach(_ gate: UInt32) -> Bool {
        unsafe GateSteps.detach(HardwareMemory(), core.pointee.words, core.pointee.gates, gate)
    }

    /// Gives a gate that was taken over the segment that its cursor lies in. Its floor stays.
    package func resolve(gate number: UInt32, with view: ProcessView) throws(GateError) {
        let found = unsafe core.pointee.gates.withLock { list -> Result<Void, GateError> in
            guard let position = list.index(of: number) else { return .failure(.unknownGate(number)) }
            let line = list.gates[position].request.line
            guard let cursor = view.cursor(line) else { return .failure(.noSuchLine(line)) }
            list.resolve(at: position, cursor, view)
            unsafe HardwareMemory().store(list.version, to: core.pointee.words.version)
            return .success(())
        }
        unsafe core.pointee.process.bumpEvent()
        // A reader that was there before may sleep for a value that came while nobody knew where its sleeps are announced.
        // Behind the fence every publish either knows, or is seen by the reader that this wakes.
        HardwareMemory().heavyFence()
        unsafe HardwareMemory().wake(core.pointee.words.ring.published.low)
        try found.get()
    }

    /// The writing thread may move to this generation as soon as a value needs it: this process has mapped its payload
    /// (``RingMemory/add(_:)``), and so has every reader.
    package func offer(generation: UInt32) { unsafe core.pointee.offer(generation) }

    /// From the writing thread: what was offered and not used is taken back.
    ///
    /// - Returns: The generation that new values go to.
    package func withdrawOffer() -> UInt32 { unsafe core.pointee.withdrawOffer() }

    /// Every gate, and how far it lets the writer go.
    package func gates() -> [GateStatus] {
        let published = published
        return unsafe core.pointee.gates.withLock { list in
            list.gates.map { gate in
                let status = gate.cursor?.status
                return GateStatus(
                    number: gate.number, request: gate.request, isResolved: gate.cursor != nil,
                    effective: gate.effective(status?.released ?? 0, published: published), cursor: status)
            }
        }
    }

    /// Makes the writing thread's loans fail from now on, also one that waits.
    package func stop() {
        unsafe HardwareMemory().store(1, to: core.pointee.stopped)
        unsafe core.pointee.process.bumpEvent()
    }
}

/// One gate of a writer, for those who watch.
package struct GateStatus: Hashable, Sendable {
    package let number: UInt32
    package let request: GateRequest
    /// Whether the segment with its cursor is known.
    package let isResolved: Bool
    /// Values below it are released as far as this gate is concerned.
    package let effective: UInt64
    package let cursor: CursorStatus?
}
