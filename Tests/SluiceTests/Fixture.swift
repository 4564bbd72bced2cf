import Glibc
import SharedMemory
import Sluice
import SluiceModel
import Synchronization
import Testing

/// A fake agent, and workers connected to it.
final class Fixture: Sendable {
    let agent: FakeAgent

    init(_ options: FakeAgent.Options = .init()) throws { agent = try FakeAgent(options: options) }

    // On this thread: the agent's own could not wait for itself.
    deinit { agent.stop() }

    func worker(onEvent: (@Sendable (WorkerEvent) -> Void)? = nil) throws -> Worker {
        try Worker.connect(to: agent.address, onEvent: onEvent)
    }

    /// A writer and its readers, in one worker.
    func channel(
        _ name: String = "c", readers: [String] = ["r"], slots: Int = 4, slotSize: Int = 1024
    ) throws -> (worker: Worker, writer: Writer, readers: [Reader]) {
        let worker = try worker()
        let writer = try worker.register(actor: "w").createChannel(
            name, readers: readers, slots: slots, slotSize: slotSize)
        let opened = try readers.map { try worker.register(actor: $0).openReader(name) }
        return (worker, writer, opened)
    }
}

/// Waits for something that another thread or process brings about; the test's own time limit ends it.
func eventually(_ condition: () throws -> Bool) rethrows {
    while try !condition() { usleep(1000) }
}

/// The same without blocking a thread of the cooperative pool, which has few.
func suspendUntil(_ condition: () throws -> Bool) async rethrows {
    while try !condition() { try? await Task.sleep(for: .milliseconds(1)) }
}

/// What several threads add to.
final class Collector<Element: Sendable>: Sendable {
    private let elements = Lock<[Element]>([])
    func add(_ element: Element) { elements.withLock { $0.append(element) } }
    var all: [Element] { elements.withLock { $0 } }
}

/// A thread of its own, with what it returns or throws.
final class Job<Value: Sendable>: Sendable {
    private let thread = Lock<NamedThread?>(nil)
    private let outcome = Lock<Result<Value, any Error>?>(nil)

    init(_ body: @escaping @Sendable () throws -> Value) throws {
        let started = try NamedThread("test-job") { [self] in
            let result = Result { try body() }
            outcome.withLock { $0 = result }
        }
        thread.withLock { $0 = started }
    }

    func value() throws -> Value {
        thread.withLock { $0?.join() }
        return try #require(outcome.withLock { $0 }).get()
    }

    var isOver: Bool { outcome.withLock { $0 != nil } }
}

/// A value whose every byte depends on its number.
func pattern(_ number: Int, count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: number &* 31 &+ $0) } }

/// What one thread says to another.
final class Flag: Sendable {
    private let value = Atomic<Bool>(false)
    var isSet: Bool {
        get { value.load(ordering: .acquiring) }
        set { value.store(newValue, ordering: .releasing) }
    }
}

struct MissingValue: Error {}

/// `#require` takes copyable values only.
func value<Wrapped: ~Copyable>(_ optional: consuming Wrapped?) throws -> Wrapped {
    guard let value = optional else { throw MissingValue() }
    return value
}
