import Ring
import SluiceModel

/// The memory seam over a ``World``.
///
/// One instance carries the world through one step: it answers the accesses of the operation under way from the thread's
/// log, makes exactly one more that others can notice, and interrupts the operation before the next.
final class ModelMemory: MemoryAccess {
    typealias Interrupt = ModelInterrupt
    typealias Gates = Void

    var world: World
    let scenario: Scenario
    private var thread = 0
    private var position = 0
    /// Accesses that others can notice, and that this step may still make.
    private var budget = 0
    /// A planted bug only: `released` as it was before the last load of `published`.
    private var early: UInt64?

    init(_ world: World, _ scenario: Scenario) {
        self.world = world
        self.scenario = scenario
    }

    private var bug: Bug? { scenario.bug }

    /// Runs `thread` up to its next access that others can notice, making `budget` such accesses first. False if it
    /// cannot go on now.
    func step(_ thread: Int, budget: Int = 1) throws(ModelInterrupt) -> Bool {
        self.thread = thread
        self.budget = budget
        while !world.threads[thread].isDone {
            var locals = world.threads[thread].locals
            position = 0
            do throws(ModelInterrupt) {
                try scenario.run(thread, &locals, self)
            } catch {
                switch error {
                case .paused: return true
                // After an access it is the next step that cannot go on.
                case .blocked: return self.budget < budget
                case .restart: break
                case .broken: throw error
                }
            }
            world.threads[thread].locals = locals
            world.threads[thread].log.removeAll()
            applyLate()
        }
        return true
    }

    // MARK: The log

    private func replayed() -> LogEntry? {
        guard position < world.threads[thread].log.count else { return nil }
        position += 1
        return world.threads[thread].log[position - 1]
    }

    /// What the last access was, for the path to a fault.
    private(set) var last = ""
    var isTracing = false

    private func spend(_ what: String, _ word: ModelWord? = nil) throws(ModelInterrupt) {
        guard budget > 0 else { throw .paused }
        budget -= 1
        if isTracing { last = "\(what) \(word.map { "\($0.role) [\($0.index)]" } ?? "")" }
    }

    @discardableResult
    private func record(_ value: UInt64) -> UInt64 {
        world.threads[thread].log.append(.value(value))
        position += 1
        return value
    }

    private func value(_ entry: LogEntry) -> UInt64 {
        guard case .value(let value) = entry else { fatalError("the operation took another path on its way back") }
        return value
    }

    // MARK: Memory

    /// What this thread sees: its own latest store, or memory.
    private func look(_ index: Int) -> UInt64 {
        world.threads[thread].buffer.last { $0.word == index }?.value ?? world.memory[index]
    }

    private func load(_ address: UInt) throws(ModelInterrupt) -> UInt64 {
        let word = scenario.word(redirected(address))
        if word.isIgnored { return 0 }
        if bug == .releasedReadBeforePublished, !scenario.isWriter(thread) {
            if word.role == .released, let early { return early }
            if word.role == .published, let released = scenario.releasedWord { early = try look(at: released) }
        }
        return try look(at: word)
    }

    private func look(at word: ModelWord) throws(ModelInterrupt) -> UInt64 {
        if let entry = replayed() { return value(entry) }
        // Nobody else can change it: when it is looked at makes no difference.
        if word.owner != thread, !word.isConstant { try spend("load", word) }
        return record(look(word.index))
    }

    func load(_ word: Word64) throws(ModelInterrupt) -> UInt64 {
        if bug == .omitsFenceUnasked {
            // The look without a fence before it: whatever is there is taken for a waiver.
            switch scenario.word(word.address).role {
            case .waiting: return WakeList.waived
            case .awaited: return Awaited.waived(0)
            default: break
            }
        }
        return try load(word.address)
    }
    func load(_ word: Word32) throws(ModelInterrupt) -> UInt32 { UInt32(truncatingIfNeeded: try load(word.address)) }
    func loadOrdered(_ word: Word64) throws(ModelInterrupt) -> UInt64 { try load(word.address) }

    /// Together with the access before: that others come in between shows in the payload, which is looked at later.
    func read(_ word: Word64) throws(ModelInterrupt) -> UInt64 {
        if let entry = replayed() { return value(entry) }
        return record(look(scenario.word(word.address).index))
    }

    /// Into the buffer: nobody else notices until it gets to memory.
    func store(_ value: UInt64, to word: Word64) throws(ModelInterrupt) {
        let target = scenario.word(word.address)
        if target.isIgnored { return }
        if bug == .attachWithoutVersion, target.role == .version { return }
        if replayed() != nil { return }
        if bug == .generationCountedFirst && target.role == .generationLine
            || bug == .generationCountedLate && target.role == .generationCount
        {
            world.threads[thread].late.append(BufferedStore(word: target.index, value: value))
            record(0)
            return
        }
        world.threads[thread].buffer.append(BufferedStore(word: target.index, value: value))
        record(0)
    }

    func write(_ value: UInt64, to word: Word64) throws(ModelInterrupt) {
        let target = scenario.word(word.address)
        guard bug == .publishBeforeHeader, target.role == .sequence || target.role == .header else {
            return try store(value, to: word)
        }
        if replayed() != nil { return }
        world.threads[thread].late.append(BufferedStore(word: target.index, value: value))
        record(0)
    }

    func storeOrdered(_ value: UInt64, to word: Word64) throws(ModelInterrupt) {
        let target = scenario.word(word.address)
        if bug.map({ $0.unfenced == target.role }) == true { return try store(value, to: word) }
        if bug == .heavyFenceBeforeAnnouncement, target.role == .waiting || target.role == .awaited {
            try drainEveryone()
        }
        if replayed() != nil { return }
        if bug.map({ $0.delayed == target.role }) == true {
            world.threads[thread].late.append(BufferedStore(word: target.index, value: value))
            record(0)
            return
        }
        try spend("ordered store \(value) to", target)
        drain()
        world.memory[target.index] = value
        if bug == .publishBeforeHeader, target.role == .published { applyLate() }
        record(0)
    }

    func fence() throws(ModelInterrupt) {
        if bug == .noFenceWithoutWaiver { return }
        if replayed() != nil { return }
        if !world.threads[thread].buffer.isEmpty { try spend("fence") }
        drain()
        record(0)
    }

    /// At one moment, wherever every other thread is.
    func heavyFence() throws(ModelInterrupt) {
        guard scenario.fences.mayOmit, bug != .noHeavyFence, bug != .heavyFenceBeforeAnnouncement else { return }
        if bug == .attachWithoutHeavyFence, scenario.isWriterControl(thread) { return }
        try drainEveryone()
    }

    private func drainEveryone() throws(ModelInterrupt) {
        if replayed() != nil { return }
        try spend("heavy fence")
        for index in world.threads.indices { drain(index) }
        record(0)
    }

    func increment(_ word: Word64) throws(ModelInterrupt) {
        let target = scenario.word(word.address)
        guard bug == .unfencedBell, target.role == .bell else { return try increment(target) }
        if replayed() != nil { return }
        world.threads[thread].buffer.append(BufferedStore(word: target.index, value: look(target.index) + 1))
        record(0)
    }

    func increment(_ word: Word32) throws(ModelInterrupt) {
        if bug == .detachWithoutBump, scenario.isWriterControl(thread) { return }
        try increment(scenario.word(word.address))
    }

    private func increment(_ word: ModelWord) throws(ModelInterrupt) {
        if replayed() != nil { return }
        try spend("increment", word)
        drain()
        world.memory[word.index] += 1
        record(0)
    }

    func stamp(_ word: Word64) throws(ModelInterrupt) {}

    // MARK: Sleeping

    func wake(_ word: Word32) throws(ModelInterrupt) {
        if replayed() != nil { return }
        let target = scenario.word(word.address)
        try spend("wake", target)
        drain()
        record(0)
        if bug == .oneWakePerSleep, target.role != .event {
            let sleeps = scenario.sleepNumbers.map { world.memory[$0] }
            if world.threads[thread].wokenOnce == sleeps { return }
            world.threads[thread].wokenOnce = sleeps
        }
        for index in world.threads.indices where world.threads[index].queued.contains(target.index) {
            world.threads[index].queued.removeAll()
            world.threads[index].isWoken = true
        }
    }

    /// As the kernel does it: queue on the first word and compare it, then on the second; a wake in between counts.
    func sleep(_ point: WaitPoint, until deadline: Deadline) throws(ModelInterrupt) {
        if bug == .awaitedClearedEarly, scenario.word(point.data.address).role == .released {
            try storeOrdered(0, to: scenario.ring.awaited)
        }
        if point.data != point.event {
            guard try queue(point.data, point.expected, compares: bug != .sleepWithoutCompare) else { return }
        }
        if bug != .sleepOnDataOnly {
            guard try queue(point.event, point.eventExpected, compares: bug != .eventReadLate) else { return }
        }
        if replayed() != nil { return }
        guard world.threads[thread].isWoken else { throw .blocked }
        try spend("awake")
        world.threads[thread].isWoken = false
        record(0)
    }

    private func queue(_ word: Word32, _ expected: UInt32, compares: Bool) throws(ModelInterrupt) -> Bool {
        if let entry = replayed() { return value(entry) == 1 }
        let index = scenario.word(word.address).index
        if !scenario.word(word.address).isConstant { try spend("queue on", scenario.word(word.address)) }
        drain()
        guard !compares || UInt32(truncatingIfNeeded: world.memory[index]) == expected else {
            world.threads[thread].queued.removeAll()
            world.threads[thread].isWoken = false
            return record(0) == 1
        }
        // Woken for the first word already: the kernel returns as soon as it has set up the second.
        if !world.threads[thread].isWoken { world.threads[thread].queued.append(index) }
        return record(1) == 1
    }

    func signal(_ descriptor: Int32) throws(ModelInterrupt) { try set(scenario.eventFD, 1) }

    // MARK: The gate list

    func lock(_ gates: Void) throws(ModelInterrupt) -> GateList {
        if let entry = replayed() {
            guard case .list(let list) = entry else { fatalError("the operation took another path on its way back") }
            return list
        }
        guard world.listOwner < 0 else { throw .blocked }
        try spendOnLock()
        world.listOwner = thread
        world.threads[thread].log.append(.list(world.list))
        position += 1
        return world.list
    }

    func unlock(_ gates: Void, _ list: consuming GateList) throws(ModelInterrupt) {
        if replayed() != nil { return }
        try spendOnLock()
        world.list = scenario.planted(list, by: thread)
        world.listOwner = -1
        record(0)
    }

    /// Where nobody else ever takes the lock, it is no more than a fence; and that is nothing to an empty buffer.
    private func spendOnLock() throws(ModelInterrupt) {
        if scenario.hasControl || !world.threads[thread].buffer.isEmpty { try spend("lock or unlock") }
        drain()
    }

    // MARK: Time

    func hasPassed(_ deadline: Deadline) throws(ModelInterrupt) -> Bool { false }
    func spin(_ budget: inout SpinBudget, while word: Word32, holds value: UInt32, event: Word32) -> Bool { false }
    func letGather(_ patience: inout Patience, _ word: Word64, beyond value: UInt64) {}
    func again() throws(ModelInterrupt) { throw .restart }

    // MARK: What programs need besides

    /// Something said over a socket, or an eventfd: a system call.
    func set(_ address: UInt, _ value: UInt64) throws(ModelInterrupt) {
        if replayed() != nil { return }
        try spend("set \(value)", scenario.word(address))
        drain()
        world.memory[scenario.word(address).index] = value
        record(0)
    }

    /// Waits until somebody has said so.
    func awaitSet(_ address: UInt) throws(ModelInterrupt) -> UInt64 {
        if let entry = replayed() { return value(entry) }
        let now = world.memory[scenario.word(address).index]
        guard now != 0 else { throw .blocked }
        try spend("see set", scenario.word(address))
        return record(now)
    }

    /// Waits until more than `bound` has been said.
    func await(_ address: UInt, above bound: UInt64) throws(ModelInterrupt) {
        if replayed() != nil { return }
        guard world.memory[scenario.word(address).index] > bound else { throw .blocked }
        try spend("see set", scenario.word(address))
        record(0)
    }

    /// Waits until a process has died, as its pidfd tells.
    func awaitDeath(_ process: Int) throws(ModelInterrupt) {
        if replayed() != nil { return }
        guard world.isDead(process), world.isDrained(process) else { throw .blocked }
        try spend("see death")
        record(0)
    }

    /// Waits for either.
    func awaitDeath(_ process: Int, or address: UInt) throws(ModelInterrupt) -> Bool {
        if let entry = replayed() { return value(entry) == 1 }
        let isDead = world.isDead(process) && world.isDrained(process)
        guard isDead || world.memory[scenario.word(address).index] != 0 else { throw .blocked }
        try spend("see death or end")
        return record(isDead ? 1 : 0) == 1
    }

    /// Several words at one moment, and that of the next access: whoever comes in between could as well have come before.
    func glance(_ addresses: [UInt]) throws(ModelInterrupt) -> [UInt64] {
        var values: [UInt64] = []
        for (index, address) in addresses.enumerated() {
            if let entry = replayed() {
                values.append(value(entry))
            } else {
                if index == 0 { try spend("look at", scenario.word(address)) }
                if index == addresses.count - 1 { budget += 1 }
                values.append(record(look(scenario.word(address).index)))
            }
        }
        return values
    }

    // MARK: Helpers

    private func drain() { drain(thread) }

    private func drain(_ thread: Int) {
        for store in world.threads[thread].buffer { world.memory[store.word] = store.value }
        world.threads[thread].buffer.removeAll()
    }

    private func applyLate() {
        guard !world.threads[thread].late.isEmpty else { return }
        // What is late comes only behind the first value that it should have come before.
        if bug == .generationCountedLate || bug == .generationCountedFirst,
            let state = world.threads[thread].locals.writer,
            state.generation == 0 || world.threads[thread].locals.pc != 0 || state.published < 2
        {
            return
        }
        world.threads[thread].buffer += world.threads[thread].late
        world.threads[thread].late.removeAll()
    }

    private func redirected(_ address: UInt) -> UInt {
        guard bug == .reuseBeforeRelease, scenario.isWriter(thread) else { return address }
        return scenario.acquiredFor(address) ?? address
    }
}
