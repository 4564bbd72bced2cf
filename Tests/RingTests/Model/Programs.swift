import Ring
import SluiceModel

// The threads' programs: each `pc` is one operation of the production code, or one thing that its callers do.

extension Scenario {
    /// What the model writes into a value's payload and says of its length.
    static func content(_ sequence: UInt64) -> UInt64 { 1_000 + sequence }
    static func length(_ sequence: UInt64) -> UInt64 { 100 + sequence }

    /// Writes `values` values, then says how many there are.
    func writer(_ values: Int, finished: UInt?, bell: BellWords? = nil, dropsFirst: Bool = false) -> Program {
        { [unowned self] (locals, memory) throws(ModelInterrupt) in
            var state = locals.writer ?? WriterState(published: 0, slots: slots, fences: fences)
            let words = writerWords
            switch locals.pc {
            case 0:
                let outcome: RoomOutcome
                do throws(ModelInterrupt) {
                    outcome = try WriterSteps.awaitLoan(
                        memory, words, &state, (), &locals.budget, until: .never,
                        interrupted: { () throws(ModelInterrupt) in false })
                } catch {
                    locals.writer = state
                    throw error
                }
                guard outcome == .room else { throw .broken("the writer's wait ended with \(outcome)") }
                locals.pc =
                    dropsFirst && locals.round == 0 && locals.first == 0 ? 3 : bug == .publishBeforePayload ? 2 : 1
            case 1:
                for half in 0..<2 {
                    try memory.store(
                        Self.content(state.published), to: Word64(address: payload(state.slot, half)))
                }
                locals.pc = 2
                // The bug's order: this was the value before.
                if bug == .publishBeforePayload { fatalError("payload comes with the publish") }
            case 2:
                let sequence = state.published
                let slot = state.slot
                let value = ValueHeader(
                    sequence: sequence, slot: slot, length: Self.length(sequence), generation: 0, kind: 7)
                try WriterSteps.publish(memory, words, &state, (), value, bell)
                if bug == .publishBeforePayload {
                    for half in 0..<2 {
                        try memory.store(Self.content(sequence), to: Word64(address: payload(slot, half)))
                    }
                }
                locals.round += 1
                locals.pc = locals.round < values ? 0 : 4
            case 3:
                try WriterSteps.giveBack(memory, words, &state)
                locals.first = 1
                locals.pc = 0
            default:
                if let finished { try memory.set(finished, state.published + 1) }
                locals.pc = -1
            }
            locals.writer = state
        }
    }

    /// Reads until the stream ends, or `count` values; holds `hold` at a time and gives them back last first.
    ///
    /// - Parameters:
    ///   - attached: Set to `first` + 1, with the gate's number in the high half, once the gate is there; nil: it is from
    ///     the start.
    ///   - closed: What it sets when it has given back its last value.
    func reader(
        _ reader: Int, process: Int, gate: UInt32, attached: UInt? = nil, count: Int? = nil, hold: Int = 1,
        closed: UInt? = nil, bell: BellWords? = nil
    ) -> Program {
        { [unowned self] (locals, memory) throws(ModelInterrupt) in
            let words = readerWords(reader, process: process, gate: locals.gate == 0 ? gate : locals.gate)
            switch locals.pc {
            case 0:
                if let attached {
                    let answer = try memory.awaitSet(attached)
                    locals.first = (answer & 0xffff_ffff) - 1
                    locals.gate = UInt32(answer >> 32)
                }
                try ReaderSteps.begin(memory, words, first: locals.first)
                locals.reader = ReaderState(first: locals.first, slots: slots, fences: fences)
                locals.release = ReleaseState(first: locals.first, slots: slots, fences: fences)
                locals.expected = locals.first
                locals.pc = 1
            case 1:
                guard var state = locals.reader else { fatalError("no state") }
                let outcome: TakeOutcome
                do throws(ModelInterrupt) {
                    outcome = try ReaderSteps.awaitValue(
                        memory, words, &state, &locals.budget, until: .never,
                        interrupted: { () throws(ModelInterrupt) in false })
                } catch {
                    locals.reader = state
                    throw error
                }
                locals.reader = state
                try took(outcome, &locals)
                if locals.pc == 1, locals.held.count == hold || locals.expected == count.map(UInt64.init) {
                    locals.pc = 2
                }
            case 2:
                guard var state = locals.release, let value = locals.held.popLast() else { fatalError("no state") }
                // As late as possible: nothing may have touched the slot while it was held.
                let expected = Self.content(value.sequence)
                guard
                    try memory.glance([payload(value.slot, 0), payload(value.slot, 1)]) == [expected, expected]
                else { throw .broken("value \(value.sequence) is torn or overwritten while it is read") }
                if bug == .releaseOverHoles {
                    try ReaderSteps.tell(
                        memory, words, value.sequence + 1, &state.wakes, mayOmitFence: fences.mayOmit, bell)
                } else {
                    try ReaderSteps.release(memory, words, &state, value.sequence, bell)
                }
                locals.release = state
                if locals.held.isEmpty {
                    locals.pc = locals.expected == count.map(UInt64.init) ? 3 : 1
                }
            default:
                if let closed { try memory.set(closed, 1) }
                locals.pc = -1
            }
        }
    }

    /// Takes `count` values and hands each to another thread of its process, by way of `handed`.
    func taker(_ reader: Int, process: Int, gate: UInt32, count: UInt64, handed: UInt) -> Program {
        { [unowned self] (locals, memory) throws(ModelInterrupt) in
            switch locals.pc {
            case 0:
                var state = locals.reader ?? ReaderState(first: 0, slots: slots, fences: fences)
                let outcome: TakeOutcome
                do throws(ModelInterrupt) {
                    outcome = try ReaderSteps.awaitValue(
                        memory, readerWords(reader, process: process, gate: gate), &state, &locals.budget,
                        until: .never, interrupted: { () throws(ModelInterrupt) in false })
                } catch {
                    locals.reader = state
                    throw error
                }
                locals.reader = state
                guard case .value(let value) = outcome else { throw .broken("the take ended with \(outcome)") }
                try check(value, locals.expected)
                locals.expected += 1
                locals.pc = 1
            default:
                try memory.set(handed, locals.expected)
                locals.pc = locals.expected == count ? -1 : 0
            }
        }
    }

    /// Gives back what a `taker` hands over.
    func releaser(_ reader: Int, process: Int, gate: UInt32, count: UInt64, handed: UInt) -> Program {
        { [unowned self] (locals, memory) throws(ModelInterrupt) in
            var state = locals.release ?? ReleaseState(first: 0, slots: slots, fences: fences)
            let sequence = locals.expected
            switch locals.pc {
            case 0:
                try memory.await(handed, above: sequence)
                locals.pc = 1
            default:
                let slot = sequence % slots
                let expected = Self.content(sequence)
                guard try memory.glance([payload(slot, 0), payload(slot, 1)]) == [expected, expected]
                else { throw .broken("value \(sequence) is torn or overwritten while another thread has it") }
                try ReaderSteps.release(
                    memory, readerWords(reader, process: process, gate: gate), &state, sequence, nil)
                locals.release = state
                locals.expected += 1
                locals.pc = locals.expected == count ? -1 : 0
            }
        }
    }

    private func check(_ value: ValueHeader, _ expected: UInt64) throws(ModelInterrupt) {
        guard value.sequence == expected, value.length == Self.length(value.sequence), value.kind == 7 else {
            throw .broken("expected value \(expected), took \(value)")
        }
    }

    private func took(_ outcome: TakeOutcome, _ locals: inout Locals) throws(ModelInterrupt) {
        switch outcome {
        case .value(let value):
            try check(value, locals.expected)
            locals.expected += 1
            locals.held.append(value)
        case .ended:
            // Held values go back first.
            locals.pc = locals.held.isEmpty ? 3 : 2
        default:
            throw .broken("the reader's wait ended with \(outcome)")
        }
    }

    /// A reader's control thread: records the end that the agent tells, be it the writer's own or its death.
    func recorder(_ reader: Int, process: Int, finished: UInt, writerProcess: Int) -> Program {
        { [unowned self] (locals, memory) throws(ModelInterrupt) in
            let words = readerWords(reader, process: process, gate: 0)
            switch locals.pc {
            case 0:
                let isDead = try memory.awaitDeath(writerProcess, or: finished)
                // The agent reads the count off the ring, once the writer can publish nothing more.
                if isDead {
                    locals.first = try memory.load(ring.published)
                } else {
                    locals.first = try memory.awaitSet(finished) - 1
                }
                locals.pc = 1
            default:
                if bug == .endRecordedAfterBump {
                    try WaitSteps.bump(memory, words.event)
                    try memory.store(locals.first, to: words.end)
                } else {
                    try ReaderSteps.recordEnd(memory, words, locals.first)
                }
                locals.pc = -1
            }
        }
    }

    /// The writer's control thread: lets a reader in and says so.
    func attacher(_ reader: Int, replaces: UInt32? = nil, kind: GateKind = .reader, attached: UInt) -> Program {
        { [unowned self] (locals, memory) throws(ModelInterrupt) in
            switch locals.pc {
            case 0:
                var replaces = replaces
                if bug == .firstReadOutsideLock { locals.seen = [try memory.load(Word64(address: loaned))] }
                if bug == .replacedInTwoSteps, let old = replaces {
                    _ = try GateSteps.detach(memory, writerWords, (), old)
                    replaces = nil
                }
                let result = try GateSteps.attach(
                    memory, writerWords, (), request(reader, kind: kind, replaces: replaces), cursor(reader), nil)
                guard case .success(let answer) = result else { throw .broken("\(result)") }
                let first = locals.seen.first ?? answer.first
                try memory.set(attached, UInt64(answer.gate) << 32 | (first + 1))
                locals.pc = -1
            default: fatalError("no such operation")
            }
        }
    }

    /// The writer's control thread: takes a reader out when it has closed, or when its process has died.
    func detacher(_ gate: UInt32, process: Int, closed: UInt) -> Program {
        { [unowned self] (locals, memory) throws(ModelInterrupt) in
            switch locals.pc {
            case 0:
                if bug != .reuseBeforeDetach { _ = try memory.awaitDeath(process, or: closed) }
                locals.pc = 1
            default:
                _ = try GateSteps.detach(memory, writerWords, (), gate)
                locals.pc = -1
            }
        }
    }

    /// An agent's data thread with one destination: takes what is published, moves the cursor, sleeps on its eventfd.
    func destination(_ reader: Int, process: Int, gate: UInt32, count: UInt64, attached: UInt? = nil) -> Program {
        { [unowned self] (locals, memory) throws(ModelInterrupt) in
            let words = readerWords(reader, process: process, gate: locals.gate == 0 ? gate : locals.gate)
            switch locals.pc {
            case 0:
                if let attached {
                    let answer = try memory.awaitSet(attached)
                    locals.first = (answer & 0xffff_ffff) - 1
                    locals.gate = UInt32(answer >> 32)
                }
                try ReaderSteps.begin(memory, words, first: locals.first)
                locals.expected = locals.first
                locals.pc = 1
            case 1:
                // Before `published`: what is rung for after this is looked at in another turn.
                let bells = try memory.loadOrdered(Word64(address: bell))
                let published = try memory.load(ring.published)
                locals.seen = [bells, published]
                locals.pc = locals.expected < published ? 2 : 3
            case 2:
                let sequence = locals.expected
                let slot = sequence % slots
                let header = try ReaderSteps.read(memory, ring.header(slot), slot)
                let content = Self.content(sequence)
                guard header.sequence == sequence, header.length == Self.length(sequence),
                    try memory.glance([payload(slot, 0), payload(slot, 1)]) == [content, content]
                else { throw .broken("the destination sends a torn or overwritten value \(sequence)") }
                try ReaderSteps.tell(
                    memory, words, sequence + 1, &locals.wakes, mayOmitFence: fences.mayOmit, nil)
                locals.expected += 1
                locals.pc = locals.expected == count ? -1 : locals.expected < locals.seen[1] ? 2 : 1
            default:
                try sleepOnBells(&locals, memory)
            }
        }
    }

    /// Operations 3 and up: arm, look again, sleep, disarm; then operation 1.
    func sleepOnBells(_ locals: inout Locals, _ memory: ModelMemory) throws(ModelInterrupt) {
        switch locals.pc {
        case 3:
            locals.sleep += 1
            try memory.storeOrdered(locals.sleep, to: Word64(address: armed))
            if bug == .drainedAfterArming { try memory.set(eventFD, 0) }
            locals.pc = bug == .bellsNotLookedAtAgain ? 5 : 4
        case 4:
            let bells = try memory.loadOrdered(Word64(address: bell))
            locals.pc = bells == locals.seen[0] ? 5 : 6
        case 5:
            _ = try memory.awaitSet(eventFD)
            locals.pc = 6
        default:
            try memory.store(0, to: Word64(address: armed))
            try memory.set(eventFD, 0)
            locals.pc = 1
        }
    }

    /// An agent's data thread as a ring's writer: no sleep in a loan, but a doorbell on release and one wait for all.
    func agentWriter(_ values: Int, finished: UInt?) -> Program {
        { [unowned self] (locals, memory) throws(ModelInterrupt) in
            var state = locals.writer ?? WriterState(published: 0, slots: slots, fences: fences)
            let words = writerWords
            switch locals.pc {
            case 0, 1:
                if try WriterSteps.loan(memory, words, &state, ()) {
                    if locals.isDoorbellWanted { try WriterSteps.awaitDoorbell(memory, words, &state, false) }
                    locals.isDoorbellWanted = false
                    for half in 0..<2 {
                        try memory.store(
                            Self.content(state.published), to: Word64(address: payload(state.slot, half)))
                    }
                    locals.pc = 7
                } else {
                    locals.seen = [try memory.loadOrdered(Word64(address: bell))]
                    locals.pc = 2
                }
            case 2:
                try WriterSteps.awaitDoorbell(memory, words, &state, true)
                locals.isDoorbellWanted = true
                if bug != .creditNotLookedAtAgain { try WriterSteps.refresh(memory, words, &state, ()) }
                locals.pc = state.published < state.limit ? 1 : 3
            case 7:
                let value = ValueHeader(
                    sequence: state.published, slot: state.slot, length: Self.length(state.published), generation: 0,
                    kind: 7)
                try WriterSteps.publish(memory, words, &state, (), value, nil)
                locals.round += 1
                locals.pc = locals.round < values ? 1 : 8
            case 8:
                if let finished { try memory.set(finished, state.published + 1) }
                locals.pc = -1
            default:
                try sleepOnBells(&locals, memory)
            }
            locals.writer = state
        }
    }
}
