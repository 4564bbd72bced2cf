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
