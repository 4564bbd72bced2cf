import CSluice
import Foundation
import Glibc
import SharedMemory
import SluiceModel
import Testing

@Suite struct UnixSocketTests {
    @Test func messagesArriveWholeWithTheirDescriptors() throws {
        let (a, b) = try UnixConnection.pair()
        guard case .wouldBlock = try b.receive() else { throw Surprise.other }
        let segments = try (0..<Limits.mostMessageDescriptors).map { try Segment(name: "\($0)", size: 4096 * ($0 + 1)) }
        #expect(try a.send([1, 2, 3], descriptors: segments.map(\.descriptor)) == .sent)
        let large = [UInt8](repeating: 9, count: Limits.mostMessageBytes)
        #expect(try a.send(large) == .sent)
        let (bytes, descriptors) = try message(b)
        #expect(bytes == [1, 2, 3] && descriptors.count == Limits.mostMessageDescriptors)
        for (index, descriptor) in descriptors.enumerated() {
            #expect(try Segment(adopting: descriptor, size: nil).size == 4096 * (index + 1))
            #expect(fcntl(descriptor.raw, F_GETFD) & FD_CLOEXEC != 0)
        }
        #expect(try message(b).0 == large)
        let peer = try a.peer()
        #expect(peer.pid == getpid() && peer.uid == getuid())
    }

    @Test func whatIsTooLargeIsRefusedBySender() throws {
        let (a, _) = try UnixConnection.pair()
        let event = try EventFD().descriptor
        #expect(throws: UnixSocketError.oversized(bytes: 0, descriptors: 0)) { _ = try a.send([]) }
        #expect(throws: UnixSocketError.oversized(bytes: Limits.mostMessageBytes + 1, descriptors: 0)) {
            _ = try a.send([UInt8](repeating: 0, count: Limits.mostMessageBytes + 1))
        }
        #expect(throws: UnixSocketError.oversized(bytes: 1, descriptors: Limits.mostMessageDescriptors + 1)) {
            _ = try a.send([1], descriptors: Array(repeating: event, count: Limits.mostMessageDescriptors + 1))
        }
    }

    @Test func whatIsTooLargeIsClosedByReceiver() throws {
        let (a, b) = try UnixConnection.pair()
        // A peer that keeps to no bounds: more descriptors than ours, then more bytes.
        let event = try EventFD().descriptor
        let before = try openDescriptors()
        let raw = [Int32](repeating: event.raw, count: 200)
        #expect(unsafe sluice_send(a.descriptor.raw, [7], 1, raw, raw.count) == 1)
        #expect(throws: UnixSocketError.oversized(bytes: 1, descriptors: 200)) { _ = try b.receive() }
        #expect(try openDescriptors() <= before + 100)
        let bytes = [UInt8](repeating: 1, count: Limits.mostMessageBytes + 10)
        #expect(unsafe sluice_send(a.descriptor.raw, bytes, bytes.count, [event.raw], 1) == bytes.count)
        #expect(throws: UnixSocketError.oversized(bytes: Limits.mostMessageBytes, descriptors: 1)) {
            _ = try b.receive()
        }
        #expect(try a.send([5]) == .sent)
        #expect(try message(b).0 == [5])
    }

    @Test func aPeerThatDoesNotReadBlocksNobody() throws {
        let (a, b) = try UnixConnection.pair()
        var sent = 0
        while try a.send([UInt8](repeating: UInt8(sent % 256), count: 50_000)) == .sent { sent += 1 }
        #expect(sent > 0)
        for number in 0..<sent { #expect(try message(b).0.first == UInt8(number % 256)) }
        #expect(try a.send([1]) == .sent)
    }

    @Test func theEndIsTold() throws {
        let (a, b) = try UnixConnection.pair()
        a.shutdown()
        guard case .ended = try b.receive() else { throw Surprise.other }
        let error = #expect(throws: UnixSocketError.self) { _ = try b.send([1]) }
        #expect(error == .system(SystemCallError("sendmsg", EPIPE)))
    }

    @Test(.timeLimit(.minutes(1))) func aListenerReplacesOnlyStaleSockets() throws {
        let path = temporaryPath()
        defer { _ = unsafe unlink(path) }
        do {
            let listener = try UnixListener(path: path)
            var status = stat()
            #expect(unsafe stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
            #expect(throws: UnixSocketError.pathTaken(path)) { _ = try UnixListener(path: path) }
            #expect(try listener.accept() != nil, "the attempt above has knocked")
            #expect(try listener.accept() == nil)
            let client = try UnixConnection.connect(path: path, deadline: .never)
            let server = try #require(try listener.accept())
            #expect(try client.send([1]) == .sent)
            #expect(try message(server).0 == [1])
        }
        #expect(throws: UnixSocketError.system(SystemCallError("connect", ENOENT))) {
            _ = try UnixConnection.connect(path: path, deadline: Deadline(nanoseconds: 1))
        }
        // Left behind by a process that was killed.
        let raw = socket(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0)
        var address = sockaddr_un()
        #expect(unsafe sluice_unix_address(&address, path) == 0 && sluice_unix_bind(raw, &address) == 0)
        _ = close(raw)
        #expect(throws: UnixSocketError.system(SystemCallError("connect", ECONNREFUSED))) {
            _ = try UnixConnection.connect(path: path, deadline: .never)
        }
        _ = try UnixListener(path: path)
        // Somebody's file.
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        #expect(throws: UnixSocketError.pathTaken(path)) { _ = try UnixListener(path: path) }
        for bad in ["", String(repeating: "x", count: 108), "a\0b"] {
            #expect(throws: UnixSocketError.badPath(bad)) { _ = try UnixListener(path: bad) }
        }
    }

    @Test(.timeLimit(.minutes(1))) func aFullBacklogIsWaitedForUntilTheDeadline() throws {
        let path = temporaryPath()
        let raw = socket(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0)
        defer {
            _ = close(raw)
            _ = unsafe unlink(path)
        }
        var address = sockaddr_un()
        #expect(unsafe sluice_unix_address(&address, path) == 0 && sluice_unix_bind(raw, &address) == 0)
        #expect(listen(raw, 0) == 0)
        var clients: [UnixConnection] = []
        let error = #expect(throws: UnixSocketError.self) {
            for _ in 0..<100 {
                let deadline = Deadline(.milliseconds(20), from: monotonicNow())
                clients.append(try UnixConnection.connect(path: path, deadline: deadline))
            }
        }
        #expect(error == .system(SystemCallError("connect", EAGAIN)))
    }

    private enum Surprise: Error { case other }

    private func message(_ connection: UnixConnection) throws -> ([UInt8], [Descriptor]) {
        guard case .message(let bytes, let descriptors) = try connection.receive() else { throw Surprise.other }
        return (bytes, descriptors)
    }

    private func openDescriptors() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    }

    private func temporaryPath() -> String {
        FileManager.default.temporaryDirectory.appendingPathComponent("sluice-\(UUID().uuidString.prefix(8))").path
    }
}
