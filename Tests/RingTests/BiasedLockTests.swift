import Ring
import SharedMemory
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct BiasedLockTests {
    /// The second user comes at any moment of the first one's turns.
    @Test(arguments: [0, 1, 10, 1000]) func nothingIsLostWhenASecondUserComes(alone: Int) throws {
        let turns = 2000
        for _ in 0..<50 {
            let counter = Counter()
            let isBegun = Atomic<Bool>(false)
            try withoutActuallyEscaping({ (thread: Int) in
                if thread == 0 {
                    for _ in 0..<alone { counter.add() }
                    isBegun.store(true, ordering: .releasing)
                } else {
                    while !isBegun.load(ordering: .acquiring) { NamedThread.yield() }
                }
                for _ in 0..<turns { counter.add() }
            }) { body in
                nonisolated(unsafe) let body = body
                let threads = try (0..<3).map { number in try NamedThread("turns-\(number)") { unsafe body(number) } }
                for thread in threads { thread.join() }
            }
            #expect(counter.value == alone + 3 * turns)
        }
    }

    @Test func errorsPassAndTheLockIsFreeAgain() throws {
        struct Failure: Error {}
        let counter = Counter()
        for _ in 0..<3 {
            #expect(throws: Failure.self) { try counter.lock.withLock { _ in throw Failure() } }
            counter.add()
        }
        #expect(counter.value == 3)
    }
}

/// Not atomic: two turns at once lose one.
private final class Counter: Sendable {
    let lock = BiasedLock(0)
    func add() { lock.withLock { $0 += 1 } }
    var value: Int { lock.withLock { $0 } }
}
