import Ring
import SluiceModel

// A ring that grows once: the writer wishes it, the agent has the reader's process map the memory and then lets the writer
// have it, and takes the old memory away once the reader has left it.

extension Scenario {
    private static let wish = 16, handed = 17, mapped = 18, granted = 19, left = 20, gone = 21
    /// What memory holds that is no longer the ring's.
    private static let garbage: UInt64 = 0xdead

    /// - Parameters:
    ///   - growsAt: The first value of the new generation.
    ///   - mortalWriter: It may die; then whoever adopts the ring looks at its table.
    static func growth(
        _ bug: Bug? = nil, slots: UInt64, values: UInt64, growsAt: UInt64, mortalWriter: Bool = false
    ) -> Scenario {
        let scenario = Scenario(
            "growth: \(slots) slots, \(values) values, from the \(growsAt + 1)th on in new memory"
                + (mortalWriter ? ", the writer may die" : ""),
            slots: slots, bug: bug)
        scenario.placeGenerations()
        for number in [wish, handed, mapped, granted, left, gone] { _ = scenario.placeFlag(number) }
        let process = scenario.newProcess()
        scenario.setWriter(scenario.add(process, scenario.growingWriter(values, growsAt: growsAt)))
        let reading = scenario.newProcess()
        scenario.placeReader(0)
        let gate = scenario.addGate(0)
        if mortalWriter {
            scenario.mortals.append(process)
            scenario.add(scenario.newProcess(), scenario.adopter(of: process, growsAt: growsAt))
            return scenario
        }
        let reader = scenario.add(
            reading, scenario.growingReader(process: reading, gate: gate, count: values, growsAt: growsAt))
        scenario.setReader(0, reader)
        scenario.setOwner(scenario.end(0).address, reader)
        let control = scenario.add(reading, scenario.mapper())
        scenario.setOwner(scenario.mappedWord.address, control)
        scenario.add(scenario.newProcess(), scenario.growingAgent())
        scenario.verdict = { world in
            world.threads[reader].locals.expected == values ? nil : "the reader has not got every value"
        }
        return scenario
    }

    // MARK: Programs

    private func growingWriter(_ values: UInt64, growsAt: UInt64) -> Program {
        { [unowned self] (locals, memory) throws(ModelInterrupt) in
            var state = locals.writer ?? WriterState(published: 0, slots: slots, fences: fences)
            let words = writerWords
            switch locals.pc {
            case 0:
                if state.published == growsAt, state.generation == 0 {
                    locals.pc = 3
                    break
                }
                do throws(ModelInterrupt) {
                    _ = try WriterSteps.awaitLoan(
                        memory, words, &state, (), &locals.budget, until: .never,
                        interrupted: { () throws(ModelInterrupt) in false })
                } catch {
                    locals.writer = state
                    throw error
                }
                locals.pc = 1
            case 1:
                for half in 0..<2 {
                    try memory.store(
                        Self.content(state.published),
                        to: Word64(address: payload(state.slot, half, generation: state.generation)))
                }
                locals.pc = 2
            case 2:
                let value = ValueHeader(
                    sequence: state.published, slot: state.slot, length: Self.length(state.published),
                    generation: state.generation, kind: 7)
                try WriterSteps.publish(memory, words, &state, (), value, nil)
                locals.pc = state.published < values ? 0 : mortals.isEmpty ? -1 : 6
            case 3:
                try memory.set(flag(Self.wish), 1)
                locals.pc = mortals.isEmpty ? 4 : 5
            case 4:
                _ = try memory.awaitSet(flag(Self.granted))
                locals.pc = 5
            case 6:
                try memory.set(flag(Self.gone), 1)
                locals.pc = -1
            default:
                try WriterSteps.move(memory, words, &state, to: GenerationLine(generation: 1, start: 0))
                locals.pc = 0
            }
            locals.writer = state
        }
    }

    /// Reads and gives back one value at a time, and says so when it has left the old generation.
    private func growingReader(process: Int, gate: UInt32, count: UInt64, growsAt: UInt64) -> Program {
        { [unowned self] (locals, memory) throws(ModelInterrupt) in
            let words = readerWords(0, process: process, gate: gate)
            switch locals.pc {
            case 0:
                var state = locals.reader ?? ReaderState(first: 0, slots: slots, fences: fences)
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
                guard case .value(let value) = outcome, value.sequence == locals.expected else {
                    throw .broken("expected value \(locals.expected), took \(outcome)")
                }
                locals.expected += 1
                locals.held = [value]
                locals.seen = [UInt64(value.generation)]
                locals.pc = 1
            case 1:
                guard let value = locals.held.first else { fatalError("no value") }
                if value.generation > 0, try memory.load(mappedWord) == 0 {
                    throw .broken("value \(value.sequence) lies in memory that is not mapped")
                }
                locals.pc = 2
            case 2:
                guard let value = locals.held.first else { fatalError("no value") }
                var generation = value.generation
                if bug == .readsNewestGeneration, try memory.load(mappedWord) == 1 { generation = 1 }
                let expected = Self.content(value.sequence)
                let halves = (0..<2).map { payload(value.slot, $0, generation: generation) }
                guard try memory.glance(halves) == [expected, expected] else {
                    throw .broken("value \(value.sequence) is torn, overwritten, or gone, while it is read")
                }
                locals.pc = 3
            case 3:
                guard let value = locals.held.popLast() else { fatalError("no value") }
                var state = locals.release ?? ReleaseState(first: 0, slots: slots, fences: fences)
                try ReaderSteps.release(memory, words, &state, value.sequence, nil)
                locals.release = state
                // As RingReader: once everything below the first value of the new generation is given back.
                locals.pc = value.sequence == growsAt ? 4 : locals.expected == count ? -1 : 0
            default:
                try memory.set(flag(Self.left), 1)
                locals.pc = locals.expected == count ? -1 : 0
            }
        }
    }

    /// The reader's control thread.
    private func mapper() -> Program {
        { [unowned self] (locals, memory) throws(ModelInterrupt) in
            switch locals.pc {
            case 0:
                _ = try memory.awaitSet(flag(Self.handed))
                locals.pc = 1
            case 1:
                try memory.store(1, to: mappedWord)
                locals.pc = 2
            default:
                try memory.set(flag(Self.mapped), 1)
                locals.pc = -1
            }
        }
    }

    private func growingAgent() -> Program {
        { [unowned self] (locals, memory) throws(ModelInterrupt) in
            switch locals.pc {
            case 0:
                _ = try memory.awaitSet(flag(Self.wish))
                locals.pc = 1
            case 1:
                try memory.set(flag(Self.handed), 1)
                locals.pc = bug == .grantedBeforeMapped ? 3 : 2
            case 2:
                _ = try memory.awaitSet(flag(Self.mapped))
                locals.pc = 3
            case 3:
                try memory.set(flag(Self.granted), 1)
                locals.pc = 4
            case 4:
                _ = try memory.awaitSet(flag(bug == .oldMemoryGoesAtOnce ? Self.granted : Self.left))
                locals.pc = 5
            case 5:
                // The table and the cursor decide, not who has called.
                let count = try memory.load(ring.generationCount)
                let start = try memory.load(ring.generation(1).start)
                let released = try memory.load(cursor(0).released)
                guard bug == .oldMemoryGoesAtOnce || count == 2 && start <= released else {
                    throw .broken("the reader has left the old generation, and the table does not say so")
                }
                locals.pc = 6
            default:
                let place = locals.round
                try memory.set(payload(UInt64(place / 2), place % 2), Self.garbage)
                locals.round += 1
                locals.pc = UInt64(locals.round) == slots * 2 ? -1 : 6
            }
        }
    }

    /// Whoever takes the ring over after its writer's death.
    private func adopter(of process: Int, growsAt: UInt64) -> Program {
        { [unowned self] (locals, memory) throws(ModelInterrupt) in
            switch locals.pc {
            case 0:
                locals.pc = try memory.awaitDeath(process, or: flag(Self.gone)) ? 1 : -1
            default:
                let count = try memory.load(ring.generationCount)
                let published = try memory.load(ring.published)
                let line = ring.generation(1)
                let stride = try memory.load(line.stride)
                let start = try memory.load(line.start)
                guard count == 1 || start == growsAt && stride == 64 else {
                    throw .broken("the table counts a generation from value \(start) with slots of \(stride) bytes")
                }
                guard count == 2 || published <= growsAt else {
                    throw .broken("value \(growsAt) lies in a generation that the table does not know")
                }
                locals.pc = -1
            }
        }
    }
}
