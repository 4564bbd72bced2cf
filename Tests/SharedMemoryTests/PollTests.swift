import Foundation
import Glibc
import SharedMemory
import Testing

@Suite struct PollTests {
    @Test func anEventFDIsReadableUntilDrained() throws {
        let event = try EventFD()
        let epoll = try Epoll()
        try epoll.add(event.descriptor.raw, .readable, tag: 77)
        #expect(try epoll.wait(nanoseconds: 0).isEmpty)
        event.signal()
        event.signal()
        #expect(try epoll.wait(nanoseconds: nil) == [Epoll.Event(tag: 77, events: .readable)])
        #expect(event.drain() && !event.drain())
        #expect(try epoll.wait(nanoseconds: 1).isEmpty)
        try epoll.modify(event.descriptor.raw, .writable, tag: .max)
        #expect(try epoll.wait(nanoseconds: nil) == [Epoll.Event(tag: .max, events: .writable)])
        try epoll.remove(event.descriptor.raw)
        #expect(try epoll.wait(nanoseconds: 0).isEmpty)
        let error = #expect(throws: SystemCallError.self) { try epoll.remove(event.descriptor.raw) }
        #expect(error?.call == "epoll_ctl(DEL)")
    }

    @Test(.timeLimit(.minutes(1))) func aPIDFDTellsOfAProcesssEnd() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sleep")
        process.arguments = ["1000"]
        try process.run()
        let pid = process.processIdentifier
        let identity = ProcessIdentity(pid: pid, startTime: try #require(ProcessIdentity.startTime(of: pid)))
        #expect(identity.isAlive)
        // Another start time is another process.
        #expect(!ProcessIdentity(pid: pid, startTime: identity.startTime + 1).isAlive)
        let error = #expect(throws: SystemCallError.self) {
            _ = try PIDFD(ProcessIdentity(pid: pid, startTime: identity.startTime + 1))
        }
        #expect(error?.errno == ESRCH)
        let pidfd = try PIDFD(identity)
        let epoll = try Epoll()
        try epoll.add(pidfd.descriptor.raw, .readable, tag: 1)
        #expect(try !pidfd.hasEnded())
        try pidfd.signal(SIGKILL)
        while try epoll.wait(nanoseconds: nil).isEmpty {}
        #expect(try pidfd.hasEnded())
        #expect(!identity.isAlive)
        process.waitUntilExit()
    }

    @Test func thisProcessIsAlive() {
        let me = ProcessIdentity.current()
        #expect(me.pid == getpid() && me.startTime > 0 && me.isAlive)
        #expect(ProcessIdentity.startTime(of: -1) == nil)
    }

    @Test(.timeLimit(.minutes(1))) func threadsHaveNamesAndEnd() throws {
        let name = Lock("")
        let thread = try NamedThread("a name that is too long") {
            var bytes = [UInt8](repeating: 0, count: 16)
            let file = unsafe open("/proc/thread-self/comm", O_RDONLY)
            let count = unsafe read(file, &bytes, 16)
            _ = close(file)
            name.withLock { $0 = String(decoding: bytes[..<max(0, count)], as: UTF8.self) }
        }
        thread.join()
        thread.join()
        #expect(name.withLock { $0 } == "a name that is \n")
    }

    @Test func aFileLockIsHeldOnce() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        do {
            let lock = try FileLock.acquire(path: path)
            #expect(lock != nil)
            #expect(try FileLock.acquire(path: path) == nil)
            withExtendedLifetime(lock) {}
        }
        #expect(try FileLock.acquire(path: path) != nil)
        #expect(throws: SystemCallError.self) { _ = try FileLock.acquire(path: "/nowhere/at/all") }
    }
}
