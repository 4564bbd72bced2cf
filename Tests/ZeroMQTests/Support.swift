import Synchronization
import Testing
import ZeroMQ

/// Longer than anything takes that works; a test that waits for it has failed.
let patience = 30_000

/// A server on a port of its own, and one client that is told of its connection.
func connected(
    _ context: Context, server: SocketOptions = .server, client: SocketOptions = .session
) throws -> (router: Socket, dealer: Socket) {
    let router = try Socket(context, .router, server)
    let endpoint = try router.bind("tcp://127.0.0.1:*")
    let dealer = try Socket(context, .dealer, client)
    let monitor = try dealer.monitor(.session)
    try dealer.connect(endpoint)
    try #require(event(of: monitor) { $0 == .handshakeSucceeded } != nil)
    return (router, dealer)
}

/// The first event that is wanted; nil if none came in time.
func event(of monitor: MonitorSocket, _ isWanted: (MonitorEvent.Kind) -> Bool) throws -> MonitorEvent? {
    var poller = Poller()
    poller.add(monitor.socket, token: 0)
    while try poller.wait(milliseconds: patience) > 0 {
        while let event = try monitor.next() {
            if isWanted(event.kind) { return event }
        }
    }
    return nil
}

/// One whole message, or a failure if none came in time.
func receive(_ socket: Socket) throws -> [[UInt8]] {
    var poller = Poller()
    poller.add(socket, token: 0)
    try poller.wait(milliseconds: patience)
    return try #require(try socket.receiveParts(most: 16, dontWait: true))
}

/// Counts how often libzmq gives a borrowed buffer back.
@safe final class Lender: Sendable {
    static let size = 256 << 10
    private let count = Atomic<Int>(0)
    nonisolated(unsafe) private let memory = UnsafeMutableRawPointer.allocate(byteCount: Lender.size, alignment: 16)

    init() { unsafe memory.initializeMemory(as: UInt8.self, repeating: 7, count: Lender.size) }
    deinit { unsafe memory.deallocate() }

    /// SYNC POINT: pairs with the release in the callback, whose thread is libzmq's.
    var returned: Int { count.load(ordering: .acquiring) }

    /// The lender lives until the callback has been called.
    func message() throws -> Message {
        unsafe try Message(
            noCopy: memory, size: Self.size, hint: Unmanaged.passRetained(self).toOpaque(),
            free: { _, hint in
                guard let hint = unsafe hint else { return }
                let lender = unsafe Unmanaged<Lender>.fromOpaque(hint).takeRetainedValue()
                // SYNC POINT: pairs with the load in `returned`.
                lender.count.wrappingAdd(1, ordering: .releasing)
            })
    }
}
