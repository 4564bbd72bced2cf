import Ring

// The model's world: simulated memory with a store buffer for each thread (x86 TSO), futexes, locks and processes that may
// die. The threads run the ring's production steps; see ModelMemory.

/// Everything that decides what can happen next.
struct World: Hashable {
    var memory: [UInt64]
    var threads: [ModelThread]
    var list: GateList
    /// The thread that has the gate list; -1: none.
    var listOwner = -1
    /// Bit p: process p has died.
    var dead: UInt8 = 0

    /// Only what can differ between two worlds of one scenario.
    func hash(into hasher: inout Hasher) {
        for word in memory { hasher.combine(word) }
        for thread in threads { thread.hash(into: &hasher) }
        Self.hash(list, &hasher)
        hasher.combine(listOwner)
        hasher.combine(dead)
    }

    static func hash(_ list: GateList, _ hasher: inout Hasher) {
        hasher.combine(list.version)
        for gate in list.gates {
            hasher.combine(gate.number)
            hasher.combine(gate.floor)
            hasher.combine(gate.last)
        }
        hasher.combine(list.violations.count)
    }

    func isDead(_ process: Int) -> Bool { dead & (1 << process) != 0 }
    func isDrained(_ process: Int) -> Bool {
        threads.allSatisfy { $0.process != process || $0.buffer.isEmpty }
    }
}

/// A store that has not reached memory yet.
struct BufferedStore: Hashable {
    var word: Int
    var value: UInt64
}

struct ModelThread: Hashable {
    let process: Int
    /// As of the beginning of the operation under way.
    var locals: Locals
    /// What the accesses of the operation under way have returned; it is executed again from its beginning for each
    /// further step, and gets the same answers up to there.
    var log: [LogEntry] = []
    var buffer: [BufferedStore] = []
    /// Words that it is queued on in the kernel.
    var queued: [Int] = []
    var isWoken = false
    /// Planted bugs only: stores that come too late.
    var late: [BufferedStore] = []
    /// Planted bugs only: sleeps that were woken once.
    var wokenOnce: [UInt64] = []

    var isDone: Bool { locals.pc < 0 }

    func hash(into hasher: inout Hasher) {
        locals.hash(into: &hasher)
        hasher.combine(log.count)
        for entry in log {
            switch entry {
            case .value(let value): hasher.combine(value)
            case .list(let list): World.hash(list, &hasher)
            }
        }
        hasher.combine(buffer.count)
        for store in buffer {
            hasher.combine(store.word)
            hasher.combine(store.value)
        }
        for word in queued { hasher.combine(word) }
        hasher.combine(queued.count << 1 | (isWoken ? 1 : 0))
        if !late.isEmpty { hasher.combine(late) }
        if !wokenOnce.isEmpty { hasher.combine(wokenOnce) }
    }
}

enum LogEntry: Hashable {
    case value(UInt64)
    case list(GateList)
}

/// What one thread's program keeps between operations.
struct Locals: Hashable {
    /// The operation that comes next; negative: the thread has ended.
    var pc = 0
    var writer: WriterState?
    var reader: ReaderState?
    var release: ReleaseState?
    var budget = SpinBudget()
    /// Values that the reader holds.
    var held: [ValueHeader] = []
    /// The reader's first value, and what it expects next.
    var first: UInt64 = 0
    var expected: UInt64 = 0
    var gate: UInt32 = 0
    var round = 0
    var wakes = WakeCount()
    var seen: [UInt64] = []
    var sleep: UInt64 = 0
    var isDoorbellWanted = false

    func hash(into hasher: inout Hasher) {
        hasher.combine(pc | round << 8 | (isDoorbellWanted ? 128 : 0))
        if let writer { writer.hash(into: &hasher) }
        if let reader { reader.hash(into: &hasher) }
        if let release { release.hash(into: &hasher) }
        hasher.combine(held.count)
        for value in held { hasher.combine(value.sequence) }
        hasher.combine(first)
        hasher.combine(expected)
        hasher.combine(gate)
        wakes.hash(into: &hasher)
        for value in seen { hasher.combine(value) }
        hasher.combine(sleep)
    }
}

enum ModelInterrupt: Error {
    /// The next access is another step's.
    case paused
    /// The next access cannot be made now.
    case blocked
    /// A loop of the operation starts over.
    case restart
    /// A property is broken.
    case broken(String)
}
