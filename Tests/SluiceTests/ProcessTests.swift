import Foundation
import Glibc
import Ring
import SharedMemory
import Sluice
import SluiceModel
import Testing
import Wire

/// Real processes: exit tests run their body in a child of its own.
@Suite("Processes", .timeLimit(.minutes(1))) struct ProcessTests {
    @Test func aKilledWritersValuesAreReadAndThenItsDeath() async throws {
        let fixture = try Fixture()
        let worker = try fixture.worker()
        defer { worker.close() }
        let address = fixture.agent.address
        let actor = try await worker.register(actor: "r")
        // A thread: while the child runs, the testing library may block those of the cooperative pool.
        let reading = try Job { () -> UInt64 in
            let reader = try actor.openReader("c")
            var count: UInt64 = 0
            do throws(SluiceError) {
                while let value = try reader.read() {
                    #expect(value == pattern(Int(count), count: 8))
                    count += 1
                }
                Issue.record("the stream ended in order")
            } catch {
                #expect(error.code == .writerDied)
                #expect(error.sequence == count)
                #expect(error.actor == "w")
                #expect(error.channel == "c")
                #expect(error.node == "n1")
                #expect(error.pid != nil)
            }
            return count
        }
        await #expect(processExitsWith: .signal(SIGKILL)) { [address = address as String] in
            let worker = try Worker.connect(to: address)
            let writer = try worker.register(actor: "w").createChannel("c", readers: ["r"], slots: 4, slotSize: 8)
            for number in 0..<50 { try writer.write(pattern(number, count: 8)) }
            // In the middle of a value: nothing of it may be seen.
            let loan = try writer.loan()
            kill(getpid(), SIGKILL)
            _ = consume loan
        }
        #expect(try reading.value() == 50)
    }

    @Test func aProcessThatClosesAndExitsHasEndedInOrder() async throws {
        let fixture = try Fixture()
        let worker = try fixture.worker()
        defer { worker.close() }
        let address = fixture.agent.address
        let actor = try await worker.register(actor: "r")
        let reading = try Job { () -> Int in
            let reader = try actor.openReader("c")
            var count = 0
            while try reader.read() != nil { count += 1 }
            return count
        }
        await #expect(processExitsWith: .success) { [address = address as String] in
            let worker = try Worker.connect(to: address)
            let writer = try worker.register(actor: "w").createChannel("c", readers: ["r"], slots: 8, slotSize: 8)
            for number in 0..<8 { try writer.write(pattern(number, count: 8)) }
            worker.close()
        }
        #expect(try reading.value() == 8)
    }

    @Test func aKilledReaderLetsTheWriterGoOn() async throws {
        let fixture = try Fixture()
        let worker = try fixture.worker()
        defer { worker.close() }
        let address = fixture.agent.address
        let writer = try await worker.register(actor: "w").createChannel("c", readers: ["r"], slots: 2, slotSize: 8)
        let writing = try Job {
            for number in 0..<100 { try writer.write(pattern(number, count: 8)) }
        }
        await #expect(processExitsWith: .signal(SIGKILL)) { [address = address as String] in
            let reader = try Worker.connect(to: address).register(actor: "r").openReader("c")
            _ = try reader.read()
            let held = try reader.lease()
            kill(getpid(), SIGKILL)
            _ = consume held
        }
        try writing.value()
        #expect(writer.published == 100)
    }

    @Test func nothingIsLeftOfWhatIsClosed() async throws {
        let fixture = try Fixture()
        let address = fixture.agent.address
        await #expect(processExitsWith: .success) { [address = address as String] in
            var first: (descriptors: Int, mappings: Int)?
            for round in 0..<5 {
                let worker = try Worker.connect(to: address)
                let writing = try worker.register(actor: "w")
                let reading = try worker.register(actor: "r")
                for number in 0..<20 {
                    let writer = try writing.createChannel("c\(round)-\(number)", readers: ["r", "never"])
                    let reader = try reading.openReader("c\(round)-\(number)")
                    try writer.write([1])
                    let lease = try reader.lease()
                    if number % 2 == 0 { reader.close() }
                    _ = consume lease
                }
                worker.close()
                // While a thread goes, its memory does, and whoever looks at the list of mappings may miss others.
                try eventually { try !switches().keys.contains { $0.hasPrefix("sluice-") } }
                // The first round has set up what a process has once.
                guard let first else {
                    first = try footprint()
                    continue
                }
                try eventually { try footprint().descriptors <= first.descriptors }
                try eventually { try footprint().mappings <= first.mappings }
            }
        }
    }

    @Test func whoWaitsSleeps() async throws {
        let fixture = try Fixture()
        let address = fixture.agent.address
        await #expect(processExitsWith: .success) { [address = address as String] in
            let worker = try await Worker.connect(to: address)
            defer { worker.close() }
            let names = (0..<4).map { "r\($0)" }
            let writer = try await worker.register(actor: "w").createChannel("c", readers: names)
            var jobs: [Job<Void>] = []
            var tasks: [Task<Void, any Error>] = []
            for name in names {
                let reader = try await worker.register(actor: name).openReader("c")
                if jobs.count < 2 {
                    jobs.append(try Job { _ = try reader.read() })
                } else {
                    tasks.append(Task { _ = try await reader.read() })
                }
            }
            try await suspendUntil { try othersSleep() }
            // A window to see nothing in: a thread that sleeps is never switched to.
            let before = try switches()
            usleep(300_000)
            #expect(try switches() == before)
            #expect(before.keys.contains { $0.hasPrefix("sluice-waiter") })
            try await writer.write([1])
            for job in jobs { try job.value() }
            for task in tasks { try await task.value }
        }
    }

    @Test func everythingWaitsWithoutFutexWaitvToo() async throws {
        let fixture = try Fixture()
        let address = fixture.agent.address
        await #expect(processExitsWith: .success) { [address = address as String] in
            WaitSettings.usesWaitv = false
            let worker = try await Worker.connect(to: address)
            defer { worker.close() }
            let writer = try await worker.register(actor: "w").createChannel(
                "c", readers: ["a", "b"], slots: 1, slotSize: 8)
            let blocking = try await worker.register(actor: "a").openReader("c")
            let suspended = try await worker.register(actor: "b").openReader("c")
            let job = try Job { () -> Int in
                var count = 0
                while try blocking.read() != nil { count += 1 }
                return count
            }
            let task = Task {
                var count = 0
                for try await _ in suspended.values { count += 1 }
                return count
            }
            for number in 0..<20 { try await writer.write(pattern(number, count: 8)) }
            writer.close()
            #expect(try await task.value == 20)
            #expect(try job.value() == 20)
        }
    }

    /// In a process of its own, since a child inherits the locks of whatever else its parent does just then.
    @Test(.disabled(if: isThreadSanitized, "a child inherits the sanitizer's locks"))
    func aForkedChildIsToldAndDisturbsNobody() async throws {
        let fixture = try Fixture()
        let address = fixture.agent.address
        await #expect(processExitsWith: .success) { [address = address as String] in
            let worker = try Worker.connect(to: address)
            defer { worker.close() }
            let writer = try worker.register(actor: "w").createChannel("c", readers: ["a", "b"], slots: 2, slotSize: 8)
            let reader = try worker.register(actor: "a").openReader("c")
            let waiting = try worker.register(actor: "b").openReader("c")
            let job = try Job { () -> Int in
                var count = 0
                while try waiting.read() != nil { count += 1 }
                return count
            }
            try writer.write([1])
            let held = Held(try reader.lease())

            // A thread that is in the middle of something, in Swift's runtime or in malloc, leaves it locked for the child.
            try eventually { try waiting.next == 1 && othersSleep() }
            let child = forkForTest()
            if child == 0 { childOfFork(worker, writer, reader, held) }
            // Which of the child's checks failed, if one did.
            #expect(exitStatus(of: child) == 0)

            // Nothing was released or closed on the parent's behalf.
            try writer.write([2])
            #expect(throws: SluiceError.self) { try writer.write([3], timeout: .milliseconds(10)) }
            #expect(unsafe held.lease?.withUnsafeBytes { unsafe $0[0] } == 1)
            held.lease = nil
            try writer.write([3])
            writer.close()
            #expect(try reader.read() == [2])
            #expect(try reader.read() == [3])
            #expect(try reader.read() == nil)
            #expect(try job.value() == 3)
        }
        await fixture.agent.suspendUntilHeard { if case .goodbye = $0 { true } else { false } }
        // Of the parent; the child has said nothing.
        let said = fixture.agent.state.withLock { $0.heard.map(\.body) }
        #expect(said.count { if case .hello = $0 { true } else { false } } == 1)
        #expect(said.count { if case .closeWriter = $0 { true } else { false } } == 1)
        #expect(said.count { if case .goodbye = $0 { true } else { false } } == 1)
    }

    @Test(.disabled(if: isThreadSanitized, "the sanitizer ends a forked child that starts a thread"))
    func aChildMayConnectForItself() async throws {
        let fixture = try Fixture()
        let worker = try fixture.worker()
        defer { worker.close() }
        let actor = try await worker.register(actor: "r")
        let reading = try Job { () -> [[UInt8]?] in
            let reader = try actor.openReader("c")
            return [try reader.read(), try reader.read()]
        }
        let address = fixture.agent.address
        await #expect(processExitsWith: .success) { [address = address as String] in
            let parents = try Worker.connect(to: address)
            try eventually { try othersSleep() }
            let child = forkForTest()
            if child == 0 {
                let code = exitCode {
                    let own = try Worker.connect(to: address)
                    let writer = try own.register(actor: "w").createChannel("c", readers: ["r"])
                    try writer.write([9])
                    own.close()
                }
                _exit(code)
            }
            #expect(exitStatus(of: child) == 0)
            #expect(try parents.status().epoch == 7)
            parents.close()
        }
        #expect(try reading.value() == [[9], nil])
    }
}

/// Whether every other thread of this process sleeps.
func othersSleep() throws -> Bool {
    // A link to PID/task/TID.
    let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self").split(separator: "/").last
    for task in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")
    where own.map(String.init) != task {
        guard let stat = try? String(contentsOfFile: "/proc/self/task/\(task)/stat", encoding: .utf8),
            let state = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ").dropFirst().first
        else { continue }
        if state != "S" { return false }
    }
    return true
}

/// How often each of the library's threads and of the test's own has given up its core.
func switches() throws -> [String: String] {
    var counts: [String: String] = [:]
    for task in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task") {
        guard let status = try? String(contentsOfFile: "/proc/self/task/\(task)/status", encoding: .utf8) else {
            continue
        }
        let lines = status.split(separator: "\n")
        guard let name = lines.first?.split(separator: "\t").last, name.hasPrefix("sluice-") || name == "test-job"
        else {
            continue
        }
        counts["\(name) \(task)"] = lines.filter { $0.contains("ctxt_switches") }.joined(separator: " ")
    }
    return counts
}

/// Descriptors of this process, and its mappings of shared memory.
private func footprint() throws -> (descriptors: Int, mappings: Int) {
    let file = try #require(FileHandle(forReadingAtPath: "/proc/self/maps"))
    let maps = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
    return (
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count,
        maps.split(separator: "\n").count { $0.contains("sluice-") }
    )
}

/// Its exit code, or minus the signal that ended it.
private func exitStatus(of child: pid_t) -> Int32 {
    var status: Int32 = 0
    while unsafe waitpid(child, &status, 0) < 0 && errno == EINTR {}
    return status & 0x7f == 0 ? status >> 8 & 0xff : -(status & 0x7f)
}

private final class Held {
    var lease: Sluice.ReadLease?
    init(_ lease: consuming Sluice.ReadLease?) { self.lease = consume lease }
}

/// What the child checks; it ends with the number of the first that failed.
private func childOfFork(
    _ worker: Worker, _ writer: Writer, _ reader: Reader, _ held: Held
) -> Never {
    func isForked(_ body: () throws -> Void) -> Bool {
        do {
            try body()
            return false
        } catch let error as SluiceError { return error.code == .forked } catch { return false }
    }
    let checks: [() -> Bool] = [
        { isForked { try writer.write([1]) } },
        { isForked { _ = try writer.loan() } },
        { isForked { _ = try reader.read() } },
        { isForked { _ = try reader.lease() } },
        { isForked { _ = try worker.register(actor: "x") } },
        { isForked { _ = try worker.status() } },
    ]
    var number: Int32 = 1
    for check in checks {
        if !check() { _exit(number) }
        number += 1
    }
    held.lease = nil
    writer.close()
    reader.close()
    worker.close()
    _exit(0)
}

private func exitCode(_ body: () throws -> Void) -> Int32 {
    do {
        try body()
        return 0
    } catch { return 99 }
}

private typealias Fork = @convention(c) () -> pid_t

/// fork(2), which Swift does not import: what a user's C library, or Python, would do.
private func forkForTest() -> pid_t {
    guard let symbol = unsafe dlsym(nil, "fork") else { return -1 }
    return unsafe unsafeBitCast(symbol, to: Fork.self)()
}
