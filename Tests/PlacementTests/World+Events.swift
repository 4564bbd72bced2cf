import Placement
import SluiceModel
import Testing
import Wire

extension World {
    mutating func number(_ range: Range<Int>) -> Int { Int.random(in: range, using: &random) }
    mutating func chance(_ percent: Int) -> Bool { number(0..<100) < percent }

    private mutating func pick<Element>(_ elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[number(0..<elements.count)]
    }

    private mutating func actorName() -> ActorName { Desk.actor("actor\(number(0..<6))") }
    private mutating func channelName() -> ChannelName { channel("channel\(number(0..<3))") }

    private mutating func timeout() -> Timeout {
        chance(20) ? .zero : .milliseconds(Double(number(1..<20_000)))
    }

    /// Something happens.
    mutating func step() {
        guard let index = pick(agents.indices.filter { !agents[$0].isRetired }) else { return start(node("n0")) }
        switch number(0..<100) {
        case ..<35: _ = hear(index)
        case ..<65: _ = inform(index)
        case ..<97 where agents[index].isPaused: return
        case ..<90: work(index)
        case ..<94: pass(milliseconds: UInt64(number(1..<3000)))
        case 94: disconnect(index)
        case 95: restart(index)
        case 96: agents[index].isPaused = true
        case 97: wake(index)
        case 98: restartCoordinator()
        default:
            if chance(30) { start(agents[index].name) } else { pass(milliseconds: UInt64(number(20_000..<80_000))) }
        }
    }

    /// An agent's workers do something.
    private mutating func work(_ index: Int) {
        guard agents[index].isRegistered else { return }
        switch number(0..<12) {
        case 0, 1: registerActor(index)
        case 2: if chance(30) { killActor(index) }
        case 3, 4, 5: createChannel(index)
        case 6, 7: closeWriter(index)
        case 8: drainWriter(index)
        case 9: drainReference(index)
        default: openReader(index)
        }
    }

    private mutating func registerActor(_ index: Int) {
        let name = actorName()
        guard agents[index].actors[name] == nil else { return }
        let life = ProcessLife(rawValue: random.next() | 1)
        agents[index].ask(.registerActor(name, life: life, pid: 1))
    }

    private mutating func killActor(_ index: Int) {
        guard let actor = pick(agents[index].actors.keys.sorted()) else { return }
        let identity = agents[index].actors.removeValue(forKey: actor)!.identity
        for (id, writer) in agents[index].writers.sorted(by: { $0.key.rawValue < $1.key.rawValue })
        where writer.spec.writer == actor && writer.end == nil {
            end(id, index, .writerDied)
        }
        agents[index].say(.actorsLost([identity]))
    }

    private mutating func createChannel(_ index: Int) {
        guard let writer = pick(agents[index].actors.keys.sorted()) else { return }
        let readers = (0..<number(1..<4)).map { _ in actorName() }
        let spec = try! ChannelSpec(
            id: ChannelID(rawValue: random.next() | 1), name: channelName(), writer: writer, readers: readers, slots: 2,
            slotSize: 8)
        agents[index].writers[spec.id] = ModelAgent.Writer(spec: spec)
        agents[index].ask(.createChannel(spec, timeout: timeout()))
    }

    private mutating func closeWriter(_ index: Int) {
        let open = agents[index].writers.filter { $0.value.isCreated && $0.value.end == nil }.keys
        guard let id = pick(open.sorted { $0.rawValue < $1.rawValue }) else { return }
        end(id, index, .closed)
    }

    private mutating func end(_ id: ChannelID, _ index: Int, _ reason: EndReason) {
        let end = ChannelEnd(final: UInt64(number(0..<100)), reason: reason)
        guard agents[index].writers[id]?.isCreated == true else {
            agents[index].writers[id] = nil
            agents[index].pending = agents[index].pending.filter {
                if case .createChannel(let spec, _) = $0.value { spec.id != id } else { true }
            }
            return agents[index].ask(.abandonChannel(id))
        }
        agents[index].writers[id]?.end = end
        agents[index].ask(.endChannel(id, end))
    }

    private mutating func drainWriter(_ index: Int) {
        let ended = agents[index].writers.filter { $0.value.end != nil }.keys
        guard let id = pick(ended.sorted { $0.rawValue < $1.rawValue }) else { return }
        agents[index].writers[id] = nil
        agents[index].say(.channelDrained(id))
    }

    private mutating func drainReference(_ index: Int) {
        let early = chance(10)
        let ended = agents[index].references.filter { $0.value.end != nil || early }.keys
        guard let id = pick(ended.sorted { $0.rawValue < $1.rawValue }) else { return }
        agents[index].references[id] = nil
        agents[index].say(.referenceDrained(id))
    }

    private mutating func openReader(_ index: Int) {
        guard let actor = pick(agents[index].actors.keys.sorted()) else { return }
        agents[index].ask(.resolveReader(channelName(), actor, timeout: timeout()))
        guard
            let reference = pick(agents[index].references.values.sorted { $0.spec.id.rawValue < $1.spec.id.rawValue }),
            reference.spec.readers.contains(actor)
        else { return }
        agents[index].say(.readerOpen(reference.spec.id, actor, isOpen: chance(70)))
    }
}

// Faults.
extension World {
    private mutating func disconnect(_ index: Int) {
        toAgents[agents[index].connection] = nil
        agents[index].reconnect(to: newConnection())
    }

    /// The agent is killed and started again; some of its workers hand back what they have.
    private mutating func restart(_ index: Int) {
        toAgents[agents[index].connection] = nil
        var next = ModelAgent(
            name: agents[index].name, life: ProcessLife(rawValue: random.next() | 1), connection: newConnection())
        next.epoch = agents[index].epoch
        for (name, actor) in agents[index].actors.sorted(by: { $0.key < $1.key }) where chance(70) {
            next.actors[name] = actor
        }
        for (id, writer) in agents[index].writers where writer.isCreated && next.actors[writer.spec.writer] != nil {
            next.writers[id] = writer
        }
        for (id, reference) in agents[index].references.sorted(by: { $0.key.rawValue < $1.key.rawValue })
        where chance(50) { next.references[id] = reference }
        agents[index] = next
        agents[index].reconnect(to: next.connection)
    }

    private mutating func wake(_ index: Int) { agents[index].isPaused = false }

    /// It is killed and started again; what was not on disk is lost, and every connection.
    private mutating func restartCoordinator() {
        if chance(50) { write() }
        unwritten = []
        epoch += 1
        toAgents = [:]
        placement = Placement(epoch: epoch, options: options, rows: disk.rows, now: now)
        for index in agents.indices where !agents[index].isRetired { agents[index].reconnect(to: newConnection()) }
    }

    /// No more faults: everyone listens, and all that was asked is answered.
    mutating func calm() {
        for index in agents.indices { agents[index].isPaused = false }
        settle()
        pass(milliseconds: 130_000)
    }

    /// Every channel is closed and read to its end.
    mutating func finish() {
        for _ in 0..<3 {
            for index in agents.indices where !agents[index].isRetired {
                for id in agents[index].writers.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
                    if agents[index].writers[id]?.end == nil { end(id, index, .closed) }
                    agents[index].writers[id] = nil
                    agents[index].say(.channelDrained(id))
                }
            }
            settle()
            for index in agents.indices where !agents[index].isRetired {
                for id in agents[index].references.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
                    agents[index].references[id] = nil
                    agents[index].say(.referenceDrained(id))
                }
            }
            calm()
        }
    }
}
