internal import SharedMemory
internal import SluiceModel

/// What a ``RingReader`` and its leases share. Behind a pointer of its own: the hot path counts no references, and what
/// a lease needs stays until the last of them is back.
@safe
struct ReaderCore: ~Copyable, @unchecked Sendable {
    let memory: RingMemory
    let process: ProcessSegment
    let words: ReaderWords
    private let locals: LocalWords
    private let doorbell: Doorbell?
    private let bell: Word64
    private let mark: ForkMark?
    private let onGenerationLeft: (@Sendable () -> Void)?
    private let shared: BiasedLock<Shared>
    /// The taking thread's alone.
    private let own: UnsafeMutablePointer<Own>

    private struct Own {
        var state: ReaderState
        var budget = SpinBudget()
        /// Where the last value lies; nil before the first.
        var payload: Payload?
        /// Of the last value that was taken.
        var kind: UInt32 = 0
        var violation: RingViolation?
    }

    private struct Shared {
        var release: ReleaseState
        /// First value of the newest generation that was read from: below it lies memory that others may want back.
        var boundary = UInt64.max
        /// Neither closed nor about to leave a generation: a release has nothing more to look at.
        var isQuiet = true
        /// Set by close: how many values were taken in all.
        var taken: UInt64?
        var whenIdle: (@Sendable () -> Void)?
        var isAbandoned = false

        var isIdle: Bool { taken == release.leases.count }

        mutating func hasLeftGeneration() -> Bool {
            guard release.leases.lowest >= boundary else { return false }
            boundary = .max
            isQuiet = taken == nil
            return true
        }

        /// What is left to do after a release.
        @inline(never)
        mutating func look() -> Ending? {
            let hasLeft = hasLeftGeneration()
            if isIdle { return end() }
            return hasLeft ? Ending(hasLeftGeneration: true) : nil
        }

        /// Decided under the lock: either this thread frees the core, or whoever abandons it later does.
        mutating func end() -> Ending {
            defer { whenIdle = nil }
            return Ending(whenIdle: whenIdle, isFree: isAbandoned)
        }
    }

    private struct Ending {
        var whenIdle: (@Sendable () -> Void)?
        var isFree = false
        var hasLeftGeneration = false
    }

    init(
        memory: RingMemory, process: ProcessSegment, line: UInt32, gate: UInt32, first: UInt64, doorbell: Doorbell?,
        mark: ForkMark?, onGenerationLeft: (@Sendable () -> Void)?
    ) {
        self.memory = memory
        self.process = process
        self.doorbell = doorbell
        self.mark = mark
        self.onGenerationLeft = onGenerationLeft
        bell = process.releasedBell(line: line)
        // The end, its reason, and whether this reader was closed.
        locals = LocalWords(count: 3)
        words = ReaderWords(
            ring: memory.words, cursor: process.cursor(line), event: process.event, end: locals[0], gate: gate)
        let slots = UInt64(memory.slots)
        shared = BiasedLock(Shared(release: ReleaseState(first: first, slots: slots, fences: .current)))
        unsafe own = .allocate(capacity: 1)
        unsafe own.initialize(to: Own(state: ReaderState(first: first, slots: slots, fences: .current)))
        HardwareMemory().store(.max, to: words.end)
        ReaderSteps.begin(HardwareMemory(), words, first: first)
    }

    deinit {
        unsafe own.deinitialize(count: 1)
        unsafe own.deallocate()
    }

    private var closed: Word64 { locals[2] }
    /// In values: as many as a writer makes while a line comes from its core to this one.
    private static let prefetchDistance: UInt64 = 16
}

// MARK: - The taking thread

extension ReaderCore {
    var next: UInt64 { unsafe own.pointee.state.next }

    @inline(__always)
    func take() -> TakeOutcome {
        if HardwareMemory().load(closed) != 0 { return .interrupted }
        if let violation = unsafe own.pointee.violation { return .violation(violation) }
        let outcome = unsafe ReaderSteps.take(HardwareMemory(), words, &own.pointee.state)
        if let slot = unsafe own.pointee.state.slotAhead(Self.prefetchDistance, of: words.ring.slots) {
            memory.prefetchHeader(slot)
            unsafe own.pointee.payload?.prefetch(slot)
        }
        return outcome
    }

    func putBack() { unsafe ReaderSteps.putBack(HardwareMemory(), words, &own.pointee.state) }

    func awaitValue(_ deadline: Deadline, _ interrupted: () -> Bool) -> TakeOutcome {
        unsafe ReaderSteps.awaitValue(
            HardwareMemory(), words, &own.pointee.state, &own.pointee.budget, until: deadline,
            interrupted: { HardwareMemory().load(closed) != 0 || interrupted() })
    }

    /// Whether ``take()`` would say anything but that there is nothing.
    var isReadable: Bool {
        let memory = HardwareMemory()
        let next = next
        if unsafe own.pointee.state.known > next || own.pointee.violation != nil { return true }
        return memory.load(words.ring.published) > next || memory.load(words.end) <= next || memory.load(closed) != 0
    }

    func prepareWait() -> WaitPoint? {
        guard unsafe HardwareMemory().load(closed) == 0 && own.pointee.violation == nil else { return nil }
        let point = unsafe ReaderSteps.prepare(HardwareMemory(), words, &own.pointee.state)
        guard HardwareMemory().load(closed) == 0 else {
            if point != nil { finishWait() }
            return nil
        }
        return point
    }

    func finishWait() { ReaderSteps.finish(HardwareMemory(), words) }

    /// What its writer said of the last value that was taken.
    @inline(__always)
    var kind: UInt32 { unsafe own.pointee.kind }

    /// Where a taken value lies.
    // By way of the pointer: a method that is not inlined would be handed a copy of the whole core.
    @inline(__always)
    static func locate(
        _ core: UnsafeMutablePointer<ReaderCore>, _ value: ValueHeader
    ) throws(LeaseError) -> UnsafeRawBufferPointer {
        let own = unsafe core.pointee.own
        unsafe own.pointee.kind = value.kind
        if let payload = unsafe own.pointee.payload, payload.generation == value.generation,
            let bytes = unsafe payload.bytes(slot: value.slot, length: value.length)
        {
            return unsafe bytes
        }
        return unsafe try locateElsewhere(core, value)
    }

    /// The first value of a generation, or one that is not where it should be.
    @inline(never)
    private static func locateElsewhere(
        _ core: UnsafeMutablePointer<ReaderCore>, _ value: ValueHeader
    ) throws(LeaseError) -> UnsafeRawBufferPointer {
        let own = unsafe core.pointee.own
        let former = unsafe own.pointee.payload
        if let payload = unsafe core.pointee.memory.payloads[value.generation],
            payload.generation >= former?.generation ?? 0,
            let bytes = unsafe payload.bytes(slot: value.slot, length: value.length)
        {
            unsafe own.pointee.payload = payload
            if let former, former.generation < payload.generation { unsafe core.pointee.comeTo(value.sequence) }
            return unsafe bytes
        }
        let violation = RingViolation.length(
            value.length, stride: former?.stride ?? 0, generation: value.generation)
        unsafe own.pointee.violation = violation
        throw .corrupted(violation)
    }

    /// A new generation begins with this value: what lies before it is left once it has all been given back.
    private func comeTo(_ first: UInt64) {
        let hasLeft = shared.withLock { shared in
            shared.boundary = first
            shared.isQuiet = false
            return shared.hasLeftGeneration()
        }
        if hasLeft { onGenerationLeft?() }
    }

    /// Of a value that is held: its slot's header stays as it is.
    func kind(_ sequence: UInt64) -> UInt32 {
        let form = HardwareMemory().read(words.ring.header(sequence % words.ring.slots).form)
        return UInt32(truncatingIfNeeded: form >> 32)
    }

    @inline(never)
    func error(_ outcome: TakeOutcome) -> LeaseError {
        switch outcome {
        case .ended:
            let memory = HardwareMemory()
            // SYNC POINT: with the store in `recordEnd`; the reason was stored before the end that was seen.
            let reason = EndReason(rawValue: UInt32(truncatingIfNeeded: memory.load(locals[1])))
            return .ended(final: memory.load(words.end), reason ?? .closed)
        case .violation(let violation):
            unsafe own.pointee.violation = violation
            return .corrupted(violation)
        case .interrupted: return HardwareMemory().load(closed) != 0 ? .closed : .interrupted
        case .timedOut: return .timedOut
        case .value, .empty: fatalError("\(outcome) is no error")
        }
    }
}

// MARK: - Any thread

extension ReaderCore {
    func recordEnd(_ final: UInt64, _ reason: EndReason) {
        HardwareMemory().store(UInt64(reason.rawValue), to: locals[1])
        ReaderSteps.recordEnd(HardwareMemory(), words, final)
    }

    func close(_ whenIdle: @escaping @Sendable () -> Void) {
        let next = next
        let isIdle: Bool = shared.withLock { shared in
            guard shared.taken == nil else { return false }
            shared.taken = next
            shared.isQuiet = false
            if !shared.isIdle { shared.whenIdle = whenIdle }
            return shared.isIdle
        }
        HardwareMemory().store(1, to: closed)
        process.bumpEvent()
        if isIdle { whenIdle() }
    }

    @inline(__always)
    static func release(_ core: UnsafeMutablePointer<ReaderCore>, _ sequence: UInt64) {
        if let mark = unsafe core.pointee.mark, mark.isForked { return }
        guard let ending = unsafe core.pointee.release(sequence) else { return }
        if ending.hasLeftGeneration { unsafe core.pointee.onGenerationLeft?() }
        // Unless it is this thread's to free, the core may be gone by now.
        ending.whenIdle?()
        if ending.isFree { unsafe free(core) }
    }

    /// What is left to do with the last lease of a closed reader.
    @inline(__always)
    private func release(_ sequence: UInt64) -> Ending? {
        let words = words
        let bell = doorbell?.words(bell)
        return shared.withLock { shared in
            ReaderSteps.release(HardwareMemory(), words, &shared.release, sequence, bell)
            return shared.isQuiet ? nil : shared.look()
        }
    }

    /// The reader object is gone.
    static func abandon(_ core: UnsafeMutablePointer<ReaderCore>) {
        let isFree = unsafe core.pointee.shared.withLock { shared in
            shared.isAbandoned = true
            return shared.isIdle
        }
        if isFree { unsafe free(core) }
    }

    private static func free(_ core: UnsafeMutablePointer<ReaderCore>) {
        unsafe core.deinitialize(count: 1)
        unsafe core.deallocate()
    }
}
