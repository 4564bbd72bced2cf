import Glibc
import SharedMemory
import Testing

@Suite("Last words") struct LastWordsTests {
    /// A worker that says goodbye while messages for it are on their way.
    @Test func whatWasSentBeforeAnUntidyCloseArrives() throws {
        let (mine, theirs) = try UnixConnection.pair()
        _ = try mine.send([9])
        _ = try theirs.send([1])
        _ = try theirs.send([2])
        // Closed with a message unread.
        Darkness.swallow(theirs)
        for expected: UInt8 in [1, 2] {
            guard case .message(let bytes, _) = try mine.receive() else {
                Issue.record("message \(expected) is lost")
                return
            }
            #expect(bytes == [expected])
        }
        guard case .ended = try mine.receive() else {
            Issue.record("no end")
            return
        }
    }
}

/// Takes the last reference.
private enum Darkness {
    static func swallow(_ connection: consuming UnixConnection) { _ = close(connection.descriptor.take()) }
}
