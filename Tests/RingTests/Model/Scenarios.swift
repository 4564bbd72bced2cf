import Ring
import SluiceModel

// The worlds that are explored. Process 0 is the ring writer's; each reader is in a process of its own.

extension Scenario {
    private static let finishedFlag = 0
    private static func attachedFlag(_ reader: Int) -> Int { 1 + reader }
    private static func closedFlag(_ reader: Int) -> Int { 8 + reader }

    /// A writer and `readers` readers that are there from the start; each is told the end by its control thread.
    ///
    /// - Parameters:
    ///   - hasEnd: Without, readers stop by themselves after the last value: a smaller world.
    ///   - mortalWriter, mortalReaders: Who may die.
    static func stream(
        _ bug: Bug? = nil, slots: UInt64, values: Int, readers: Int, hold: Int = 1, hasEnd: Bool = true,
        mortalWriter: Bool = false, mortalReaders: Int = 0
    ) -> Scenario {
        let what = (mortalWriter ? ", the writer may die" : "") + (mortalReaders > 0 ? ", a reader may die" : "")
        let scenario = Scenario(
            "stream: \(readers) readers, \(slots) slots, \(values) values, \(hold) held\(hasEnd ? ", end" : "")\(what)",
            slots: slots, bug: bug)
        let process = scenario.newProcess()
        let finished = hasEnd ? scenario.placeFlag(finishedFlag) : nil
        let writer = scenario.add(process, scenario.writer(values, finished: finished))
        scenario.setWriter(writer)
        var counts: [(thread: Int, first: UInt64, process: Int)] = []
        for reader in 0..<readers {
            let other = scenario.newProcess()
            scenario.placeReader(reader)
            let gate = scenario.addGate(reader)
            let isMortal = reader < mortalReaders
            let closed = isMortal ? scenario.placeFlag(closedFlag(reader)) : nil
            let thread = scenario.add(
                other,
                scenario.reader(
                    reader, process: other, gate: gate, count: hasEnd ? nil : values, hold: hold, closed: closed))
            scenario.setReader(reader, thread)
            counts.append((thread, 0, other))
            if let finished {
                let control = scenario.add(
                    other, scenario.recorder(reader, process: other, finished: finished, writerProcess: process))
                scenario.setOwner(scenario.end(reader).address, control)
                scenario.setBumped(other)
            } else {
                scenario.setOwner(scenario.end(reader).address, thread)
            }
            if let closed {
                scenario.mortals.append(other)
                scenario.setWriterControl(
                    scenario.add(process, scenario.detacher(gate, process: other, closed: closed)))
            }
        }
        if mortalWriter { scenario.mortals.append(process) }
        scenario.expect(counts, values: UInt64(values), writerProcess: process)
        return scenario
    }

    /// One reader, whose values another thread of its process gives back.
    static func handOver(_ bug: Bug? = nil, slots: UInt64, values: UInt64) -> Scenario {
        let scenario = Scenario(
            "handed over: \(slots) slots, \(values) values", slots: slots, bug: bug)
        let process = scenario.newProcess()
        scenario.setWriter(scenario.add(process, scenario.writer(Int(values), finished: nil)))
        let other = scenario.newProcess()
        scenario.placeReader(0)
        let gate = scenario.addGate(0)
        let handed = scenario.placeFlag(closedFlag(0))
        let taker = scenario.add(
            other, scenario.taker(0, process: other, gate: gate, count: values, handed: handed))
        let releaser = scenario.add(
            other, scenario.releaser(0, process: other, gate: gate, count: values, handed: handed))
        scenario.setReader(0, taker)
        scenario.setOwner(scenario.cursor(0).released.address, releaser)
        scenario.setOwner(scenario.end(0).address, taker)
        scenario.expect([(taker, 0, other), (releaser, 0, other)], values: values, writerProcess: process)
        return scenario
    }

    /// One reader from the start, or none; another attaches at any time.
    static func attach(
        _ bug: Bug? = nil, slots: UInt64, values: Int, early: Bool, dropsFirst: Bool = false, mortalReader: Bool = false
    ) -> Scenario {
        let scenario = Scenario(
            "attach: \(early ? "beside another reader" : "alone"), \(slots) slots, \(values) values"
                + (dropsFirst ? ", a loan is dropped" : "") + (mortalReader ? ", it may die" : ""),
            slots: slots, bug: bug)
        let process = scenario.newProcess()
        let finished = scenario.placeFlag(finishedFlag)
        let writer = scenario.add(process, scenario.writer(values, finished: finished, dropsFirst: dropsFirst))
        scenario.setWriter(writer)
        var counts: [(thread: Int, first: UInt64, process: Int)] = []
        if early {
            let other = scenario.newProcess()
            scenario.placeReader(0)
            let gate = scenario.addGate(0)
            let thread = scenario.add(other, scenario.reader(0, process: other, gate: gate, count: values))
            scenario.setReader(0, thread)
            scenario.setOwner(scenario.end(0).address, thread)
            counts.append((thread, 0, other))
        }
        let other = scenario.newProcess()
        scenario.placeReader(1)
        let attached = scenario.placeFlag(attachedFlag(1))
        scenario.setWriterControl(scenario.add(process, scenario.attacher(1, attached: attached)))
        let closed = mortalReader ? scenario.placeFlag(closedFlag(1)) : nil
        let thread = scenario.add(
            other, scenario.reader(1, process: other, gate: 0, attached: attached, closed: closed))
        scenario.setReader(1, thread)
        let control = scenario.add(
            other, scenario.recorder(1, process: other, finished: finished, writerProcess: process))
        scenario.setOwner(scenario.end(1).address, control)
        scenario.setBumped(other)
        counts.append((thread, .max, other))
        if let closed {
            scenario.mortals.append(other)
            // Gates are numbered in the order of their attach. An agent asks for the detach after the attach's answer, also
            // if the process has died in between: else the gate would come after its detach, and stay.
            let detacher = scenario.detacher(early ? 2 : 1, process: other, closed: closed)
            scenario.add(process) { (locals, memory) throws(ModelInterrupt) in
                guard locals.round == 0 else { return try detacher(&locals, memory) }
                _ = try memory.awaitSet(attached)
                locals.round = 1
            }
        }
        scenario.expect(counts, values: UInt64(values), writerProcess: process)
        return scenario
    }

    /// A declared reader, for whom a placeholder stands, comes at last.
    static func placeholder(_ bug: Bug? = nil, slots: UInt64, values: Int) -> Scenario {
        let scenario = Scenario("placeholder: \(slots) slots, \(values) values", slots: slots, bug: bug)
        let process = scenario.newProcess()
        let writer = scenario.add(process, scenario.writer(values, finished: nil))
        scenario.setWriter(writer)
        scenario.placeReader(0)
        let placeholder = scenario.addGate(0, kind: .placeholder)
        scenario.setReader(0, writer)
        let other = scenario.newProcess()
        scenario.placeReader(1)
        let attached = scenario.placeFlag(attachedFlag(1))
        scenario.setWriterControl(
            scenario.add(process, scenario.attacher(1, replaces: placeholder, attached: attached)))
        let thread = scenario.add(
            other, scenario.reader(1, process: other, gate: 0, attached: attached, count: values))
        scenario.setReader(1, thread)
        scenario.setOwner(scenario.end(1).address, thread)
        scenario.expect([(thread, 0, other)], values: UInt64(values), writerProcess: process)
        return scenario
    }

    /// A reader closes after its first value; another one reads on.
    static func close(_ bug: Bug? = nil, slots: UInt64, values: Int, others: Int) -> Scenario {
        let scenario = Scenario("close: \(slots) slots, \(values) values, \(others) go on", slots: slots, bug: bug)
        let process = scenario.newProcess()
        let writer = scenario.add(process, scenario.writer(values, finished: nil))
        scenario.setWriter(writer)
        var counts: [(thread: Int, first: UInt64, process: Int)] = []
        for reader in 0...others {
            let other = scenario.newProcess()
            scenario.placeReader(reader)
            let gate = scenario.addGate(reader)
            let closed = reader == 0 ? scenario.placeFlag(closedFlag(0)) : nil
            let thread = scenario.add(
                other,
                scenario.reader(
                    reader, process: other, gate: gate, count: reader == 0 ? 1 : values, closed: closed))
            scenario.setReader(reader, thread)
            scenario.setOwner(scenario.end(reader).address, thread)
            if let closed {
                scenario.setWriterControl(
                    scenario.add(process, scenario.detacher(gate, process: other, closed: closed)))
            } else {
                counts.append((thread, 0, other))
            }
        }
        scenario.expect(counts, values: UInt64(values), writerProcess: process)
        return scenario
    }

    /// A worker's writer, and an agent that sends its values on, woken by the doorbell.
    static func destination(_ bug: Bug? = nil, slots: UInt64, values: Int, readers: Int = 0) -> Scenario {
        let scenario = Scenario(
            "destination: \(slots) slots, \(values) values, \(readers) local readers", slots: slots, bug: bug)
        let process = scenario.newProcess()
        let writer = scenario.add(process, scenario.writer(values, finished: nil, bell: scenario.bellWords))
        scenario.setWriter(writer)
        scenario.setOwner(scenario.signalled, writer)
        scenario.setOwner(scenario.bell, writer)
        let agent = scenario.newProcess()
        scenario.placeReader(0)
        let gate = scenario.addGate(0, kind: .destination)
        let thread = scenario.add(
            agent, scenario.destination(0, process: agent, gate: gate, count: UInt64(values)))
        scenario.setReader(0, thread)
        scenario.setOwner(scenario.armed, thread)
        var counts = [(thread, UInt64(0), agent)]
        for reader in 1..<(1 + readers) {
            let other = scenario.newProcess()
            scenario.placeReader(reader)
            let gate = scenario.addGate(reader)
            let thread = scenario.add(other, scenario.reader(reader, process: other, gate: gate, count: values))
            scenario.setReader(reader, thread)
            scenario.setOwner(scenario.end(reader).address, thread)
            counts.append((thread, 0, other))
        }
        scenario.expect(counts, values: UInt64(values), writerProcess: process)
        return scenario
    }

    /// A restarted agent's cursor takes its forerunner's place, which had released `landed` values, all of them published.
    static func replacedDestination(_ bug: Bug? = nil, slots: UInt64, values: Int, landed: UInt64) -> Scenario {
        let scenario = Scenario(
            "replaced destination: \(slots) slots, \(values) values, \(landed) landed", slots: slots, bug: bug)
        let process = scenario.newProcess()
        let writer = scenario.add(process, scenario.writer(values, finished: nil, bell: scenario.bellWords))
        scenario.setWriter(writer)
        scenario.setOwner(scenario.signalled, writer)
        scenario.setOwner(scenario.bell, writer)
        scenario.placeReader(0)
        // A reader as far as the protocol goes: it sleeps on `published` instead of on a doorbell.
        let former = scenario.addGate(0)
        let agent = scenario.newProcess()
        let attached = scenario.placeFlag(attachedFlag(1))
        // The former life: reads `landed` values, then it is gone. The next one comes after that.
        let gone = scenario.placeFlag(closedFlag(0))
        let forerunner = scenario.add(
            agent, scenario.reader(0, process: agent, gate: former, count: Int(landed), closed: gone))
        scenario.setReader(0, forerunner)
        scenario.setOwner(scenario.end(0).address, forerunner)
        let attacher = scenario.attacher(1, replaces: former, kind: .destination, attached: attached)
        scenario.setWriterControl(
            scenario.add(process) { (locals, memory) throws(ModelInterrupt) in
                guard locals.round == 0 else { return try attacher(&locals, memory) }
                _ = try memory.awaitSet(gone)
                locals.round = 1
            })
        scenario.placeReader(1)
        let thread = scenario.add(
            agent,
            scenario.destination(1, process: agent, gate: 0, count: UInt64(values), attached: attached))
        scenario.setReader(1, thread)
        scenario.setOwner(scenario.armed, thread)
        scenario.expect([(thread, landed, agent)], values: UInt64(values), writerProcess: process)
        return scenario
    }

    /// An agent writes a reader reference, and sleeps on its doorbell for credit.
    static func reference(_ bug: Bug? = nil, slots: UInt64, values: Int) -> Scenario {
        let scenario = Scenario("reader reference: \(slots) slots, \(values) values", slots: slots, bug: bug)
        let agent = scenario.newProcess()
        let writer = scenario.add(agent, scenario.agentWriter(values, finished: nil))
        scenario.setWriter(writer)
        scenario.setOwner(scenario.armed, writer)
        let other = scenario.newProcess()
        scenario.placeReader(0)
        let gate = scenario.addGate(0)
        let thread = scenario.add(
            other, scenario.reader(0, process: other, gate: gate, count: values, bell: scenario.bellWords))
        scenario.setReader(0, thread)
        scenario.setOwner(scenario.end(0).address, thread)
        scenario.setOwner(scenario.signalled, thread)
        scenario.setOwner(scenario.bell, thread)
        scenario.expect([(thread, 0, other)], values: UInt64(values), writerProcess: agent)
        return scenario
    }

    /// Everyone who lives has read everything; if the writer lives, it has written everything.
    private func expect(_ counts: [(thread: Int, first: UInt64, process: Int)], values: UInt64, writerProcess: Int) {
        let published = word(ring.published.address).index
        verdict = { world in
            let total = world.memory[published]
            guard world.isDead(writerProcess) || total == values else {
                return "\(total) of \(values) values were written"
            }
            for (thread, first, process) in counts where !world.isDead(process) {
                let locals = world.threads[thread].locals
                guard locals.expected == total || (total < locals.first && locals.expected == locals.first) else {
                    return "a reader got values up to \(locals.expected) of \(total)"
                }
                guard first == .max || locals.first == first else {
                    return "a reader started at \(locals.first), not at \(first)"
                }
            }
            return nil
        }
    }
}
