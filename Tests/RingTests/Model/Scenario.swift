import Ring
import SharedMemory
import SluiceModel

typealias Program = (inout Locals, ModelMemory) throws(ModelInterrupt) -> Void

/// A small world to explore: threads with their programs, and what must hold when nothing can happen any more.
final class Scenario {
    private(set) var name: String
    let slots: UInt64
    let bug: Bug?
    /// How both sides of the ring keep their stores and looks in order.
    var fences = FenceRule.ordinary
    let ring: RingWords
    private(set) var threads: [(process: Int, program: Program)] = []
    /// Processes that may die, at any step; one does at most.
    var mortals: [Int] = []
    var list = GateList()
    /// What must hold at the end; the text says what does not.
    var verdict: (World) -> String? = { _ in nil }

    private var words: [UInt: ModelWord] = [:]
    private var initial: [UInt64] = []
    private var writerThread: Int?
    private var writerControl: Int?
    private var processes = 0

    static let ringAddress: UInt = 0x10_0000
    static let cursorAddress: UInt = 0x20_0000
    static let payloadAddress: UInt = 0x30_0000
    static let otherAddress: UInt = 0x40_0000

    init(_ name: String, slots: UInt64, bug: Bug?) {
        self.name = name
        self.slots = slots
        self.bug = bug
        ring = RingWords(address: Self.ringAddress, slots: slots)
        place(ring.published.address, .published)
        place(ring.awaited.address, .awaited)
        for slot in 0..<slots {
            let header = ring.header(slot)
            place(header.sequence.address, .sequence)
            place(header.length.address, .header)
            place(header.form.address, .header)
            for half in 0..<2 { place(payload(slot, half), .payload) }
        }
        place(loaned, .loaned)
        place(version, .version, 1)
        place(bell, .bell)
        place(armed, .armed)
        place(signalled, .signalled)
        place(eventFD, .flag)
    }

    // MARK: Words

    let loaned = otherAddress, version = otherAddress + 8, bell = otherAddress + 16
    let armed = otherAddress + 24, signalled = otherAddress + 32, eventFD = otherAddress + 40

    func payload(_ slot: UInt64, _ half: Int, generation: UInt32 = 0) -> UInt {
        Self.payloadAddress + UInt(generation) * 0x1000 + UInt(slot) * 16 + UInt(half) * 8
    }
    /// Of the reader's process: whether the second generation is mapped.
    var mappedWord: Word64 { Word64(address: Self.otherAddress + 0x400) }

    /// The words of a ring that grows once.
    func placeGenerations() {
        for slot in 0..<slots { for half in 0..<2 { place(payload(slot, half, generation: 1), .payload) } }
        let line = ring.generation(1)
        for word in [line.start, line.base, line.stride, line.size] { place(word.address, .generationLine) }
        place(ring.generationCount.address, .generationCount, 1)
        place(mappedWord.address, .mapped)
    }
    func cursor(_ reader: Int) -> CursorWords { CursorWords(address: Self.cursorAddress + UInt(reader) * 128) }
    func event(_ process: Int) -> Word32 { Word32(address: Self.otherAddress + 0x100 + UInt(process) * 8) }
    func end(_ reader: Int) -> Word64 { Word64(address: Self.otherAddress + 0x200 + UInt(reader) * 8) }
    func flag(_ number: Int) -> UInt { Self.otherAddress + 0x300 + UInt(number) * 8 }

    func word(_ address: UInt) -> ModelWord {
        guard let word = words[address] else { fatalError("no word at \(String(address, radix: 16)) in \(name)") }
        return word
    }

    private func place(_ address: UInt, _ role: Role, _ value: UInt64 = 0) {
        guard words[address] == nil else { return }
        words[address] = ModelWord(index: initial.count, owner: nil, role: role)
        initial.append(value)
    }

    func setInitial(_ address: UInt, _ value: UInt64) { initial[word(address).index] = value }
    func setOwner(_ address: UInt, _ thread: Int) { words[address]?.owner = thread }
    func ignore(_ address: UInt) { words[address]?.isIgnored = true }
    func placeFlag(_ number: Int) -> UInt {
        place(flag(number), .flag)
        return flag(number)
    }

    var writerWords: WriterWords {
        WriterWords(
            ring: ring, event: event(0), loaned: Word64(address: loaned), version: Word64(address: version))
    }

    var bellWords: BellWords {
        BellWords(
            count: Word64(address: bell), armed: Word64(address: armed), signalled: Word64(address: signalled),
            descriptor: 0)
    }

    func readerWords(_ reader: Int, process: Int, gate: UInt32) -> ReaderWords {
        ReaderWords(ring: ring, cursor: cursor(reader), event: event(process), end: end(reader), gate: gate)
    }

    /// Indices of every word that numbers a sleep.
    lazy var sleepNumbers: [Int] = words.values.filter { $0.role == .waiting || $0.role == .awaited }.map(\.index)
        .sorted()

    /// Whether it is a header's second or third word.
    func followsInHeader(_ index: Int) -> Bool { headerTails.contains(index) }
    private lazy var headerTails = Set(words.values.filter { $0.role == .header }.map(\.index))

    /// The cursor of a world with one reader.
    var releasedWord: ModelWord? { words[cursor(0).released.address] }

    func acquiredFor(_ released: UInt) -> UInt? {
        words[released]?.role == .released ? CursorWords(address: released).acquired.address : nil
    }

    // MARK: Threads

    var hasControl: Bool { writerControl != nil }

    /// Somebody bumps this process's event word.
    func setBumped(_ process: Int) { words[event(process).address]?.isConstant = false }

    func newProcess() -> Int {
        place(event(processes).address, .event)
        words[event(processes).address]?.isConstant = true
        processes += 1
        return processes - 1
    }

    @discardableResult
    func add(_ process: Int, _ program: @escaping Program) -> Int {
        threads.append((process, program))
        return threads.count - 1
    }

    func run(_ thread: Int, _ locals: inout Locals, _ memory: ModelMemory) throws(ModelInterrupt) {
        try threads[thread].program(&locals, memory)
    }

    func isWriter(_ thread: Int) -> Bool { thread == writerThread }
    func isWriterControl(_ thread: Int) -> Bool { thread == writerControl }

    func setWriter(_ thread: Int) {
        writerThread = thread
        setOwner(ring.published.address, thread)
        setOwner(ring.awaited.address, thread)
        for slot in 0..<slots {
            let header = ring.header(slot)
            for word in [header.sequence, header.length, header.form] { setOwner(word.address, thread) }
            for half in 0..<2 { setOwner(payload(slot, half), thread) }
        }
    }

    func setWriterControl(_ thread: Int) {
        writerControl = thread
        setBumped(threads[thread].process)
    }

    /// Gives a reader its words; `thread` is the only one that stores to its cursor.
    func placeReader(_ reader: Int) {
        let cursor = cursor(reader)
        place(cursor.released.address, .released)
        place(cursor.acquired.address, .acquired)
        place(cursor.acquiredAt.address, .acquiredAt)
        place(cursor.waiting.address, .waiting)
        place(end(reader).address, .end, .max)
        ignore(cursor.acquiredAt.address)
        if bug != .reuseBeforeRelease { ignore(cursor.acquired.address) }
    }

    func setReader(_ reader: Int, _ thread: Int) {
        let cursor = cursor(reader)
        for word in [cursor.released, cursor.acquired, cursor.waiting] { setOwner(word.address, thread) }
    }

    func request(_ reader: Int, kind: GateKind = .reader, replaces: UInt32? = nil) -> GateRequest {
        GateRequest(
            kind: kind, life: ProcessLife(rawValue: 1), process: ProcessIdentity(pid: 1, startTime: 1),
            line: UInt32(reader), reader: UInt32(reader), replaces: replaces)
    }

    /// A gate that the ring has from the start.
    func addGate(_ reader: Int, kind: GateKind = .reader) -> UInt32 {
        guard let number = list.insert(request(reader, kind: kind), floor: 0, cursor: cursor(reader), view: nil) else {
            fatalError("too many gates")
        }
        setInitial(version, list.version)
        return number
    }

    // MARK: The world

    func start() throws(ModelInterrupt) -> World {
        // Nobody attaches or detaches: only the writer itself looks at these.
        if writerControl == nil {
            ignore(loaned)
            if let writerThread { setOwner(version, writerThread) }
        }
        var world = World(
            memory: initial,
            threads: threads.map { ModelThread(process: $0.process, locals: Locals()) }, list: list)
        for thread in threads.indices {
            let memory = ModelMemory(world, self)
            _ = try memory.step(thread, budget: 0)
            world = memory.world
        }
        return world
    }

    /// What a planted bug makes of a gate list.
    func planted(_ list: consuming GateList, by thread: Int) -> GateList {
        guard bug == .floorIgnoredOnReplace, isWriterControl(thread), !list.gates.isEmpty else { return list }
        list.gates[list.gates.count - 1].floor = 0
        return list
    }
}

extension Scenario {
    /// The same world, in which each side waives the other's fences after so many values without a sleep.
    func waiving(after values: UInt64) -> Scenario {
        fences = FenceRule(mayOmit: true, waivesAfter: values)
        name += ", fences waived after \(values)"
        return self
    }
}
