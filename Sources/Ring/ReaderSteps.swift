package import SluiceModel

/// Where a ring's reader finds its words.
package struct ReaderWords: Hashable, Sendable {
    package var ring: RingWords
    package var cursor: CursorWords
    /// This process's event word.
    package var event: Word32
    /// Of this process: how many values the stream will ever hold; `UInt64.max` while nobody knows.
    package var end: Word64
    package var gate: UInt32

    package init(ring: RingWords, cursor: CursorWords, event: Word32, end: Word64, gate: UInt32) {
        self.ring = ring
        self.cursor = cursor
        self.event = event
        self.end = end
        self.gate = gate
    }
}

/// What a ring's reading thread keeps to itself.
package struct ReaderState: Hashable, Sendable {
    /// The next value to take.
    package var next: UInt64
    /// next mod slots
    package var slot: UInt64
    /// Values below it are there: a look at `published` that may be old.
    package var known: UInt64
    /// The number of the last sleep.
    package var sleep: UInt64 = 0
    /// Of the writer's fences.
    package var waiver: Waiver
    package var patience: Patience

    package init(first: UInt64, slots: UInt64, fences: FenceRule = .ordinary) {
        next = first
        slot = first % slots
        known = first
        waiver = Waiver(fences, at: first)
        patience = Patience(slots: slots)
    }
}

extension ReaderState {
    /// The slot of the value `distance` ahead, if it is known to be there: looked at sooner it would be taken from under
    /// its writer.
    @inline(__always)
    func slotAhead(_ distance: UInt64, of slots: UInt64) -> UInt64? {
        guard known > next &+ distance else { return nil }
        let ahead = slot &+ distance
        return ahead < slots ? ahead : ahead &- slots
    }
}

/// What a reader's releasing threads share, under a lock of theirs.
package struct ReleaseState: Hashable, Sendable {
    package var leases: LeaseSet
    /// How often the writer has been woken for its last sleep.
    package var wakes = WakeCount()
    /// Whether releasing may go without a fence.
    package let mayOmitFence: Bool

    package init(first: UInt64, slots: UInt64, fences: FenceRule = .ordinary) {
        leases = LeaseSet(first: first, slots: slots)
        mayOmitFence = fences.mayOmit
    }
}

/// The ring's memory is not as its writer would have left it; only this reader fails.
package enum RingViolation: Error, Hashable, Sendable, CustomStringConvertible {
    /// More values than slots lie between what was released and what is said to be published, or fewer than none.
    case published(UInt64, released: UInt64, next: UInt64, slots: UInt64)
    /// The slot holds another value.
    case sequence(UInt64, expected: UInt64)
    /// The value exceeds its slot, or lies in a generation that is not mapped here.
    case length(UInt64, stride: UInt64, generation: UInt32)

    package var description: String {
        switch self {
        case .published(let published, let released, let next, let slots):
            "published is \(published) with \(slots) slots, where \(released) were released and \(next) is next"
        case .sequence(let found, let expected): "the slot of value \(expected) holds value \(found)"
        case .length(let length, let stride, let generation):
            "a value of \(length) bytes in slots of \(stride) of generation \(generation)"
        }
    }
}

/// What came of trying to take a value.
package enum TakeOutcome: Hashable, Sendable {
    case value(ValueHeader)
    case empty
    /// Everything up to the stream's end has been taken.
    case ended
    case violation(RingViolation)
    case timedOut
    case interrupted
}

/// The reader's half of the protocol.
package enum ReaderSteps {
    /// Before anything else: a reader that attached late has released what came before its first value.
    package static func begin<Memory: MemoryAccess>(
        _ memory: Memory, _ words: ReaderWords, first: UInt64
    ) throws(Memory.Interrupt) {
        try memory.store(first, to: words.cursor.acquired)
        try memory.store(first, to: words.cursor.released)
    }

    /// Takes the next value, if it is there.
    @inline(__always)
    package static func take<Memory: MemoryAccess>(
        _ memory: Memory, _ words: ReaderWords, _ state: inout ReaderState
    ) throws(Memory.Interrupt) -> TakeOutcome {
        if state.next >= state.known {
            // SYNC POINT: with the store in WriterSteps.publish: header and payload below it are complete.
            var published = try memory.load(words.ring.published)
            if published > state.next, state.patience.isDue(found: published - state.next) {
                memory.letGather(&state.patience, words.ring.published, beyond: state.next)
                published = try memory.load(words.ring.published)
            }
            let end = try memory.load(words.end)
            if state.next >= end { return .ended }
            // Below `next` only while a loan is open that was older than this reader.
            if published > state.next {
                // After `published`: what other threads give back between the two makes the difference smaller.
                let released = try memory.load(words.cursor.released)
                guard published - released <= words.ring.slots else {
                    return .violation(
                        .published(published, released: released, next: state.next, slots: words.ring.slots))
                }
                state.known = min(published, end)
                if state.waiver.isDue(at: state.next) { try memory.store(WakeList.waived, to: words.cursor.waiting) }
            }
            if state.next >= state.known { return .empty }
        }
        let header = words.ring.header(state.slot)
        let value = try read(memory, header, state.slot)
        guard value.sequence == state.next else {
            return .violation(.sequence(value.sequence, expected: state.next))
        }
        // Only from nothing to something: while values are held, it is the first one's time that counts.
        if try memory.load(words.cursor.released) == state.next { try memory.stamp(words.cursor.acquiredAt) }
        state.next += 1
        state.slot = words.ring.next(state.slot)
        try memory.store(state.next, to: words.cursor.acquired)
        return .value(value)
    }

    /// Undoes the last take: the value is the next one again. By the thread that took it, before anything else.
    package static func putBack<Memory: MemoryAccess>(
        _ memory: Memory, _ words: ReaderWords, _ state: inout ReaderState
    ) throws(Memory.Interrupt) {
        state.next -= 1
        state.slot = state.slot == 0 ? words.ring.slots - 1 : state.slot - 1
        try memory.store(state.next, to: words.cursor.acquired)
    }

    /// A slot's header.
    @inline(__always)
    package static func read<Memory: MemoryAccess>(
        _ memory: Memory, _ header: HeaderWords, _ slot: UInt64
    ) throws(Memory.Interrupt) -> ValueHeader {
        let sequence = try memory.read(header.sequence)
        let length = try memory.read(header.length)
        let form = try memory.read(header.form)
        return ValueHeader(
            sequence: sequence, slot: slot, length: length, generation: UInt32(truncatingIfNeeded: form),
            kind: UInt32(truncatingIfNeeded: form >> 32))
    }

    /// Gives a value back. Only the lowest one that is held moves the cursor; the others wait for it.
    @inline(__always)
    package static func release<Memory: MemoryAccess>(
        _ memory: Memory, _ words: ReaderWords, _ state: inout ReleaseState, _ sequence: UInt64, _ bell: BellWords?
    ) throws(Memory.Interrupt) {
        guard state.leases.giveBack(sequence) else { return }
        try tell(memory, words, state.leases.lowest, &state.wakes, mayOmitFence: state.mayOmitFence, bell)
    }

    /// Moves the cursor, and wakes the writer if it waits for this one.
    @inline(__always)
    package static func tell<Memory: MemoryAccess>(
        _ memory: Memory, _ words: ReaderWords, _ released: UInt64, _ wakes: inout WakeCount, mayOmitFence: Bool,
        _ bell: BellWords?
    ) throws(Memory.Interrupt) {
        // SYNC POINT: with the load in WriterSteps.refresh: reading is over before the slot is written again.
        if mayOmitFence {
            try memory.store(released, to: words.cursor.released)
            // SYNC POINT: with the heavy fence in WriterSteps.prepare: a store before it is seen behind it, and a look after
            // it shows the sleep that was announced before it.
            if try Awaited.isWaived(memory.load(words.ring.awaited)) { return }
            try memory.fence()
        } else {
            try memory.storeOrdered(released, to: words.cursor.released)
        }
        // SYNC POINT: a full fence lies between the store above and this, with the store of `awaited` in
        // WriterSteps.prepare: either the writer sees what was released, or we see it wait.
        let awaited = try memory.loadOrdered(words.ring.awaited)
        guard awaited != 0 else { return }
        let whom = UInt32(truncatingIfNeeded: awaited)
        if whom == words.gate {
            if wakes.isDue(awaited) { try memory.wake(words.cursor.released.low) }
        } else if whom == .max, let bell {
            try DoorbellSteps.ring(memory, bell)
        }
    }

    /// Waits for the next value and takes it.
    package static func awaitValue<Memory: MemoryAccess>(
        _ memory: Memory, _ words: ReaderWords, _ state: inout ReaderState, _ budget: inout SpinBudget,
        until deadline: Deadline, interrupted: () throws(Memory.Interrupt) -> Bool
    ) throws(Memory.Interrupt) -> TakeOutcome {
        while true {
            let outcome = try take(memory, words, &state)
            guard outcome == .empty else { return outcome }
            if try memory.hasPassed(deadline) { return .timedOut }
            let seen = UInt32(truncatingIfNeeded: state.next)
            if try memory.spin(&budget, while: words.ring.published.low, holds: seen, event: words.event) {
                try memory.again()
                continue
            }
            if let point = try prepare(memory, words, &state) {
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

    /// Announces a sleep for the next value. Nil if there is one now, or the end: then nothing was announced.
    package static func prepare<Memory: MemoryAccess>(
        _ memory: Memory, _ words: ReaderWords, _ state: inout ReaderState
    ) throws(Memory.Interrupt) -> WaitPoint? {
        guard state.next >= state.known else { return nil }
        // SYNC POINT: with WaitSteps.bump. First of all: an end recorded after it is not slept through.
        let event = try memory.load(words.event)
        if try memory.load(words.end) <= state.next { return nil }
        state.sleep += 1
        // SYNC POINT: with the store in WriterSteps.publish: either the writer sees this, or we see what it published.
        try memory.storeOrdered(state.sleep, to: words.cursor.waiting)
        // SYNC POINT: with the looks in WriterSteps.isWaived, which had no fence before them.
        if state.waiver.ends(at: state.next) { try memory.heavyFence() }
        let published = try memory.loadOrdered(words.ring.published)
        guard published <= state.next else {
            try finish(memory, words)
            return nil
        }
        return WaitPoint(
            data: words.ring.published.low, expected: UInt32(truncatingIfNeeded: published), event: words.event,
            eventExpected: event, isUnannounced: false)
    }

    /// Takes the announcement back.
    @inline(__always)
    package static func finish<Memory: MemoryAccess>(
        _ memory: Memory, _ words: ReaderWords
    ) throws(Memory.Interrupt) {
        try memory.store(0, to: words.cursor.waiting)
    }

    /// The control thread's word that the stream holds `end` values and no more.
    package static func recordEnd<Memory: MemoryAccess>(
        _ memory: Memory, _ words: ReaderWords, _ end: UInt64
    ) throws(Memory.Interrupt) {
        // SYNC POINT: with the loads of `end` in `take` and `prepare`.
        try memory.store(end, to: words.end)
        try WaitSteps.bump(memory, words.event)
    }
}
