internal import CSluice
package import SluiceModel

/// Where a ring's writer finds its words.
package struct WriterWords: Hashable, Sendable {
    package var ring: RingWords
    /// This process's event word.
    package var event: Word32
    /// Of this process: the next sequence not yet handed out, and the gate list's version.
    package var loaned: Word64
    package var version: Word64

    package init(ring: RingWords, event: Word32, loaned: Word64, version: Word64) {
        self.ring = ring
        self.event = event
        self.loaned = loaned
        self.version = version
    }
}

/// What a ring's writing thread keeps to itself.
package struct WriterState: Hashable, Sendable {
    /// The same as the ring's word.
    package var published: UInt64
    /// published mod slots
    package var slot: UInt64
    /// Values below it have a free slot: a look at the gates that may be old, but never too high.
    package var limit: UInt64 = 0
    package var isLoaned = false
    /// Which one new values go to.
    package var generation: UInt32 = 0
    /// The number of the last sleep.
    package var sleep: UInt32 = 0
    /// Gates have failed of which the list tells.
    package var hasViolations = false
    /// The gate that set `limit`, if one did.
    package var slowest: SlowestGate?
    package var wakes = WakeList()
    /// Whether publishing may go without a fence.
    package let mayOmitFence: Bool
    /// Of the releasers' fences.
    package var waiver: Waiver
    package var patience: Patience

    package init(
        published: UInt64, slots: UInt64, sleep: UInt32 = 0, generation: UInt32 = 0, fences: FenceRule = .ordinary
    ) {
        self.published = published
        self.generation = generation
        slot = published % slots
        self.sleep = sleep
        mayOmitFence = fences.mayOmit
        waiver = Waiver(fences, at: published)
        patience = Patience(slots: slots)
    }
}

extension WriterState {
    /// The slot of the value `distance` ahead, if it is known to be free: looked at sooner it would be taken from under a
    /// reader.
    @inline(__always)
    func slotAhead(_ distance: UInt64, of slots: UInt64) -> UInt64? {
        guard limit > published &+ distance else { return nil }
        let ahead = slot &+ distance
        return ahead < slots ? ahead : ahead &- slots
    }
}

/// Whom a writer without room waits for.
package struct SlowestGate: Hashable, Sendable {
    package var number: UInt32
    /// Its cursor's `released`; nil while its segment is not known here.
    package var released: Word64?
    package var seen: UInt64
    package var isForeign: Bool
}

/// How a wait for room has ended.
package enum RoomOutcome: Hashable, Sendable {
    case room
    case timedOut
    case interrupted
}

/// The writer's half of the protocol. The writing thread takes the steps of this file; attach and detach, taken by the
/// control thread of the same process, are in `GateSteps`.
package enum WriterSteps {
    /// Takes the next slot to write into, if one is free.
    @inline(__always)
    package static func loan<Memory: MemoryAccess>(
        _ memory: Memory, _ words: WriterWords, _ state: inout WriterState, _ gates: Memory.Gates
    ) throws(Memory.Interrupt) -> Bool {
        if state.published >= state.limit {
            try refresh(memory, words, &state, gates)
            if state.published >= state.limit { return false }
            if let slowest = state.slowest, let released = slowest.released,
                state.patience.isDue(found: state.limit - state.published)
            {
                memory.letGather(&state.patience, released, beyond: slowest.seen)
                try refresh(memory, words, &state, gates)
            }
            if state.waiver.isDue(at: state.published) {
                try memory.store(Awaited.waived(state.sleep), to: words.ring.awaited)
            }
        }
        state.isLoaned = true
        // SYNC POINT: with the load in GateSteps.attach. An old value there is as good: the new reader then gets this
        // value, too, and the limit that let this loan through does not reach past that reader's first.
        try memory.store(state.published + 1, to: words.loaned)
        return true
    }

    /// Gives a slot back unpublished.
    @inline(__always)
    package static func giveBack<Memory: MemoryAccess>(
        _ memory: Memory, _ words: WriterWords, _ state: inout WriterState
    ) throws(Memory.Interrupt) {
        try memory.store(state.published, to: words.loaned)
        state.isLoaned = false
    }

    /// Makes the loaned slot's value visible, and wakes whoever sleeps for it.
    @inline(__always)
    package static func publish<Memory: MemoryAccess>(
        _ memory: Memory, _ words: WriterWords, _ state: inout WriterState, _ gates: Memory.Gates,
        _ value: ValueHeader, _ bell: BellWords?
    ) throws(Memory.Interrupt) {
        let header = words.ring.header(state.slot)
        try memory.write(state.published, to: header.sequence)
        try memory.write(value.length, to: header.length)
        try memory.write(value.form, to: header.form)
        let published = state.published + 1
        // SYNC POINT: with the load in ReaderSteps.take: whoever sees the count sees header and payload.
        if state.mayOmitFence {
            try memory.store(published, to: words.ring.published)
        } else {
            try memory.storeOrdered(published, to: words.ring.published)
        }
        state.published = published
        state.slot = words.ring.next(state.slot)
        state.isLoaned = false
        if try !isWaived(memory, words, &state) { try wakeSleepers(memory, words, &state, gates) }
        if state.wakes.hasDestination, let bell { try DoorbellSteps.ring(memory, bell) }
    }

    /// From now on values go to another generation, whose payload every reader has mapped.
    package static func move<Memory: MemoryAccess>(
        _ memory: Memory, _ words: WriterWords, _ state: inout WriterState, to line: GenerationLine
    ) throws(Memory.Interrupt) {
        let place = words.ring.generation(line.generation)
        try memory.store(state.published, to: place.start)
        try memory.store(0, to: place.base)
        try memory.store(line.stride, to: place.stride)
        try memory.store(line.size, to: place.size)
        // SYNC POINT: with the load in RingMemory.generations: whoever takes the ring over finds the line complete, and
        // finds it before any value that lies in it.
        try memory.store(UInt64(line.generation) + 1, to: words.ring.generationCount)
        state.generation = line.generation
    }

    /// Whether every reader has waived this publish's fence.
    @inline(__always)
    private static func isWaived<Memory: MemoryAccess>(
        _ memory: Memory, _ words: WriterWords, _ state: inout WriterState
    ) throws(Memory.Interrupt) -> Bool {
        guard state.mayOmitFence else { return false }
        // SYNC POINT: with the heavy fences in ReaderSteps.prepare and GateSteps.attach: what is stored before one is seen
        // behind it, and what is looked at after it shows the sleep, or the gate, that was announced before it.
        guard try memory.load(words.version) == state.wakes.version else { return false }
        return try state.wakes.everyoneWaives(memory)
    }

    @inline(__always)
    private static func wakeSleepers<Memory: MemoryAccess>(
        _ memory: Memory, _ words: WriterWords, _ state: inout WriterState, _ gates: Memory.Gates
    ) throws(Memory.Interrupt) {
        // SYNC POINT: between the store of `published` and what follows, with the store of `waiting` in
        // ReaderSteps.prepare: either that reader sees the count, or we see it wait.
        if state.mayOmitFence { try memory.fence() }
        // After the fence: a reader whose gate came later than this load has seen the count before it first slept.
        if try memory.loadOrdered(words.version) != state.wakes.version {
            try renewWakes(memory, words, &state, gates)
        }
        if try state.wakes.someoneSleeps(memory) { try memory.wake(words.ring.published.low) }
    }

    /// Waits for a free slot and takes it.
    package static func awaitLoan<Memory: MemoryAccess>(
        _ memory: Memory, _ words: WriterWords, _ state: inout WriterState, _ gates: Memory.Gates,
        _ budget: inout SpinBudget, until deadline: Deadline,
        interrupted: () throws(Memory.Interrupt) -> Bool
    ) throws(Memory.Interrupt) -> RoomOutcome {
        while true {
            if try loan(memory, words, &state, gates) { return .room }
            if try memory.hasPassed(deadline) { return .timedOut }
            if let slowest = state.slowest, let released = slowest.released,
                try memory.spin(
                    &budget, while: released.low, holds: UInt32(truncatingIfNeeded: slowest.seen), event: words.event)
            {
                try memory.again()
                continue
            }
            if let point = try prepare(memory, words, &state, gates) {
                // After the event word was loaded: what interrupts has bumped it since, or is seen here.
                if try interrupted() {
                    try finish(memory, words)
                    return .interrupted
                }
                try memory.sleep(point, until: deadline)
                try finish(memory, words)
            }
            try memory.again()
        }
    }

    /// Announces a sleep for room. Nil if there may be room now: then nothing was announced.
    package static func prepare<Memory: MemoryAccess>(
        _ memory: Memory, _ words: WriterWords, _ state: inout WriterState, _ gates: Memory.Gates
    ) throws(Memory.Interrupt) -> WaitPoint? {
        // SYNC POINT: with WaitSteps.bump. First of all: a gate that changes after it is not slept through.
        let event = try memory.load(words.event)
        try refresh(memory, words, &state, gates)
        guard state.published >= state.limit, let slowest = state.slowest else { return nil }
        guard let released = slowest.released else {
            return WaitPoint(
                data: words.event, expected: event, event: words.event, eventExpected: event, isUnannounced: false)
        }
        state.sleep &+= 1
        // SYNC POINT: with the store of `released` in ReaderSteps.tell: either the reader sees that it is awaited, or we
        // see what it has released.
        try memory.storeOrdered(UInt64(state.sleep) << 32 | UInt64(slowest.number), to: words.ring.awaited)
        // SYNC POINT: with the load of `awaited` in ReaderSteps.tell, which had no fence before it.
        if state.waiver.ends(at: state.published) { try memory.heavyFence() }
        guard try memory.loadOrdered(released) == slowest.seen else {
            try finish(memory, words)
            return nil
        }
        return WaitPoint(
            data: released.low, expected: UInt32(truncatingIfNeeded: slowest.seen), event: words.event,
            eventExpected: event, isUnannounced: slowest.isForeign)
    }

    /// Takes the announcement back.
    @inline(__always)
    package static func finish<Memory: MemoryAccess>(
        _ memory: Memory, _ words: WriterWords
    ) throws(Memory.Interrupt) {
        try memory.store(0, to: words.ring.awaited)
    }

    /// An agent's data thread waits elsewhere: whether each release is to ring its doorbell. After this it looks again.
    package static func awaitDoorbell<Memory: MemoryAccess>(
        _ memory: Memory, _ words: WriterWords, _ state: inout WriterState, _ isWanted: Bool
    ) throws(Memory.Interrupt) {
        state.waiver.isBarred = isWanted
        // SYNC POINT: with ReaderSteps.tell, as in `prepare`.
        try memory.storeOrdered(Awaited.doorbell(state.sleep, isWanted), to: words.ring.awaited)
        if isWanted, state.waiver.ends(at: state.published) { try memory.heavyFence() }
    }

    /// Looks at every gate: how far may the writer go?
    @inline(never)
    package static func refresh<Memory: MemoryAccess>(
        _ memory: Memory, _ words: WriterWords, _ state: inout WriterState, _ gates: Memory.Gates
    ) throws(Memory.Interrupt) {
        let published = state.published
        var lowest = published
        var slowest: SlowestGate?
        var list = try memory.lock(gates)
        var position = 0
        while position < list.gates.count {
            let gate = list.gates[position]
            // SYNC POINT: with the store of `released` in ReaderSteps.tell: what lies below it is read no more.
            let released = if let cursor = gate.cursor { try memory.load(cursor.released) } else { UInt64(0) }
            if gate.cursor != nil, gate.isBroken(released, published: published) {
                list.violations.append(GateViolation(gate: gate, released: released, published: published))
                list.remove(at: position)
                state.hasViolations = true
                try memory.store(list.version, to: words.version)
                continue
            }
            if gate.last != released { list.gates[position].last = released }
            let effective = gate.effective(released, published: published)
            if effective < lowest {
                lowest = effective
                slowest = SlowestGate(
                    number: gate.number, released: gate.cursor?.released, seen: released,
                    isForeign: gate.request.kind == .foreign)
            }
            position += 1
        }
        // Here and not only after a publish: the words that this thread is about to sleep on, or to look at, stay
        // mapped for as long as they are in its own list.
        if state.wakes.version != list.version { state.wakes.renew(from: list) }
        try memory.unlock(gates, list)
        state.slowest = slowest
        // At most `published` + slots, also without a gate: so a gate that joins later, with `first` at or above the
        // `published` of now, needs no look at this limit.
        state.limit = lowest + words.ring.slots
    }

    @inline(never)
    private static func renewWakes<Memory: MemoryAccess>(
        _ memory: Memory, _ words: WriterWords, _ state: inout WriterState, _ gates: Memory.Gates
    ) throws(Memory.Interrupt) {
        let list = try memory.lock(gates)
        state.wakes.renew(from: list)
        try memory.unlock(gates, list)
    }
}

/// What a ring's `awaited` says besides one gate's number. The number of the last sleep stays in the high half: a reader
/// remembers which one it has ended.
package enum Awaited {
    package static func waived(_ sleep: UInt32) -> UInt64 { UInt64(sleep) << 32 | UInt64(SLUICE_AWAITS_WAIVED) }
    package static func doorbell(_ sleep: UInt32, _ isWanted: Bool) -> UInt64 {
        isWanted ? UInt64(sleep) << 32 | UInt64(SLUICE_AWAITS_DOORBELL) : 0
    }
    @inline(__always)
    static func isWaived(_ awaited: UInt64) -> Bool { UInt32(truncatingIfNeeded: awaited) == SLUICE_AWAITS_WAIVED }
}
