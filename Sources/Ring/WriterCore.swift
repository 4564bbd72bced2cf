internal import CSluice
internal import SharedMemory
internal import SluiceModel

/// What a ``RingWriter`` and its loan share. Behind a pointer of its own: the hot path counts no references.
@safe
struct WriterCore: ~Copyable, @unchecked Sendable {
    let memory: RingMemory
    let process: ProcessSegment
    let words: WriterWords
    let gates: GuardedGates
    /// Of this process: not 0 once nothing may be loaned any more.
    let stopped: Word64
    /// Of this process: the newest generation that the writing thread may move to.
    private let offered: Word64
    private let locals: LocalWords
    private let doorbell: Doorbell?
    private let bell: Word64
    private let onViolation: @Sendable (GateViolation) -> Void
    /// The writing thread's alone.
    private let own: UnsafeMutablePointer<Own>

    private struct Own {
        var state: WriterState
        var budget = SpinBudget()
        /// Where new values go.
        var payload: Payload
        var isFinished: Bool
        var isAbandoned = false
    }

    init(
        memory: RingMemory, process: ProcessSegment, doorbell: Doorbell?, endpoint: UInt32,
        resolve: (ProcessLife) -> ProcessView?, onViolation: @escaping @Sendable (GateViolation) -> Void
    ) {
        precondition(memory.isWritable, "a ring's writer maps it writable")
        self.memory = memory
        self.process = process
        self.doorbell = doorbell
        self.onViolation = onViolation
        bell = process.publishedBell(endpoint: endpoint)
        locals = LocalWords(count: 4)
        stopped = locals[2]
        offered = locals[3]
        words = WriterWords(ring: memory.words, event: process.event, loaned: locals[0], version: locals[1])
        let hardware = HardwareMemory()
        let list = GateList(adopting: memory.table, resolve: resolve)
        let published = memory.published
        hardware.store(published, to: words.loaned)
        hardware.store(list.version, to: words.version)
        gates = GuardedGates(list)
        // A reader remembers the last sleep that it has ended: go on counting where the former writer was.
        let awaited = hardware.load(memory.words.awaited)
        let sleep = UInt32(truncatingIfNeeded: awaited >> 32)
        hardware.store(0, to: memory.words.awaited)
        if Awaited.isWaived(awaited) { hardware.heavyFence() }
        guard let generation = try? memory.generations().last?.generation, let payload = memory.payloads[generation]
        else { preconditionFailure("the newest generation of channel \(memory.channel) is not mapped") }
        hardware.store(UInt64(generation), to: offered)
        unsafe own = .allocate(capacity: 1)
        unsafe own.initialize(
            to: Own(
                state: WriterState(
                    published: published, slots: UInt64(memory.slots), sleep: sleep, generation: generation,
                    fences: .current), payload: payload, isFinished: memory.final != nil))
    }

    deinit {
        unsafe own.deinitialize(count: 1)
        unsafe own.deallocate()
    }

    /// The writer is dropped; an open loan is the last that may use the memory.
    static func abandon(_ core: UnsafeMutablePointer<WriterCore>) {
        unsafe core.pointee.own.pointee.isAbandoned = true
        unsafe freeIfUnused(core)
    }

    private static func freeIfUnused(_ core: UnsafeMutablePointer<WriterCore>) {
        guard unsafe core.pointee.own.pointee.isAbandoned && !core.pointee.own.pointee.state.isLoaned else { return }
        unsafe core.deinitialize(count: 1)
        unsafe core.deallocate()
    }
}

// MARK: - The writing thread

extension WriterCore {
    /// In values: as many as are made while a line comes from a reader's core to this one.
    private static let prefetchDistance: UInt64 = 16

    /// Whether ``check(_:)`` would find nothing, and no growth were needed.
    @inline(__always)
    func mayLoan(_ size: Int) -> Bool {
        unsafe HardwareMemory().load(stopped) == 0 && !own.pointee.state.isLoaned && !own.pointee.isFinished
            && size <= own.pointee.payload.slotSize
    }

    @inline(__always)
    func check(_ size: Int) throws(LoanError) {
        guard HardwareMemory().load(stopped) == 0 else { throw .stopped }
        if unsafe own.pointee.state.isLoaned { throw .alreadyLoaned }
        if unsafe own.pointee.isFinished { throw .finished }
        if unsafe size > own.pointee.payload.slotSize { try move(for: size) }
    }

    /// Moves to the generation that was offered, if that has room for such a value.
    @inline(never)
    private func move(for size: Int) throws(LoanError) {
        let available = unsafe own.pointee.payload.slotSize
        // SYNC POINT: with the store in `offer`: its payload is mapped, here and by every reader.
        let number = UInt32(truncatingIfNeeded: HardwareMemory().load(offered))
        guard unsafe number > own.pointee.state.generation, let payload = memory.payloads[number],
            payload.slotSize >= size
        else { throw .tooLarge(needed: size, available: available) }
        // One that was offered and passed over holds no value, and has a line all the same: whoever maps the ring checks
        // them all.
        for generation in unsafe (own.pointee.state.generation + 1)...number {
            let slotSize = (memory.payloads[generation] ?? payload).slotSize
            let line = GenerationLine(generation: generation, start: 0, slots: memory.slots, slotSize: slotSize)
            unsafe WriterSteps.move(HardwareMemory(), words, &own.pointee.state, to: line)
        }
        unsafe own.pointee.payload = payload
    }

    /// Largest value without growth, bytes; for the writing thread.
    var slotSize: Int { unsafe own.pointee.payload.slotSize }

    func withdrawOffer() -> UInt32 {
        let generation = unsafe own.pointee.state.generation
        HardwareMemory().store(UInt64(generation), to: offered)
        return generation
    }

    /// From any thread: the writing thread may move to this generation.
    func offer(_ generation: UInt32) { HardwareMemory().store(UInt64(generation), to: offered) }

    @inline(__always)
    func tryLoan() -> Bool {
        let isLoaned = unsafe WriterSteps.loan(HardwareMemory(), words, &own.pointee.state, gates)
        if let slot = unsafe own.pointee.state.slotAhead(Self.prefetchDistance, of: words.ring.slots) {
            memory.prefetchHeaderToWrite(slot)
            unsafe own.pointee.payload.prefetchToWrite(slot)
        }
        if unsafe own.pointee.state.hasViolations { reportViolations() }
        return isLoaned
    }

    func awaitLoan(_ deadline: Deadline, _ interrupted: () -> Bool) throws(LoanError) {
        let outcome = unsafe WriterSteps.awaitLoan(
            HardwareMemory(), words, &own.pointee.state, gates, &own.pointee.budget, until: deadline,
            interrupted: { HardwareMemory().load(stopped) != 0 || interrupted() })
        if unsafe own.pointee.state.hasViolations { reportViolations() }
        switch outcome {
        case .room: return
        case .timedOut: throw .timedOut
        case .interrupted: throw HardwareMemory().load(stopped) != 0 ? .stopped : .interrupted
        }
    }

    func prepareWait() -> WaitPoint? {
        let point = unsafe WriterSteps.prepare(HardwareMemory(), words, &own.pointee.state, gates)
        if unsafe own.pointee.state.hasViolations { reportViolations() }
        return point
    }

    func finishWait() { WriterSteps.finish(HardwareMemory(), words) }

    func refresh() {
        unsafe WriterSteps.refresh(HardwareMemory(), words, &own.pointee.state, gates)
        if unsafe own.pointee.state.hasViolations { reportViolations() }
    }

    func mayReach() -> UInt64 {
        refresh()
        return unsafe own.pointee.state.limit
    }

    func awaitDoorbell(_ wants: Bool) {
        unsafe WriterSteps.awaitDoorbell(HardwareMemory(), words, &own.pointee.state, wants)
    }

    func finish() -> UInt64 {
        let published = unsafe own.pointee.state.published
        precondition(unsafe !own.pointee.state.isLoaned, "value \(published) is on loan")
        unsafe own.pointee.isFinished = true
        HardwareMemory().store(published, to: words.ring.final)
        return published
    }

    @inline(never)
    private func reportViolations() {
        unsafe own.pointee.state.hasViolations = false
        let violations = gates.withLock { list in
            defer { list.violations = [] }
            return list.violations
        }
        for violation in violations { onViolation(violation) }
    }
}

// MARK: - The loan

extension WriterCore {
    @inline(__always)
    var loanedSequence: UInt64 { unsafe own.pointee.state.published }

    @inline(__always)
    func loanedBytes(_ size: Int) -> UnsafeMutableRawBufferPointer {
        unsafe own.pointee.payload.mutableBytes(slot: own.pointee.state.slot, length: size)
    }

    @inline(__always)
    static func publish(_ core: UnsafeMutablePointer<WriterCore>, length: Int, kind: UInt32) {
        unsafe core.pointee.publish(length: length, kind: kind)
        if unsafe core.pointee.own.pointee.isAbandoned { unsafe freeIfUnused(core) }
    }

    static func giveBack(_ core: UnsafeMutablePointer<WriterCore>) {
        unsafe WriterSteps.giveBack(HardwareMemory(), core.pointee.words, &core.pointee.own.pointee.state)
        if unsafe core.pointee.own.pointee.isAbandoned { unsafe freeIfUnused(core) }
    }

    @inline(__always)
    private func publish(length: Int, kind: UInt32) {
        let value = unsafe ValueHeader(
            sequence: own.pointee.state.published, slot: own.pointee.state.slot, length: UInt64(length),
            generation: own.pointee.state.generation, kind: kind)
        unsafe WriterSteps.publish(
            HardwareMemory(), words, &own.pointee.state, gates, value, doorbell?.words(bell))
    }
}
