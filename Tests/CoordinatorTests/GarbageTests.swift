import CSluice
import Coordinator
import Foundation
import SluiceModel
import Testing
import Wire
import ZeroMQ

/// Nothing that arrives takes the coordinator down.
@Suite(.timeLimit(.minutes(1))) struct GarbageTests {
    @Test func randomMessagesAreCountedAndDropped() throws {
        let service = try started(testOptions())
        defer { service.stop() }
        let agent = try FakeAgent("x", service.endpoint)
        var generator = Seeded(seed: 42)
        let valid = NodeMessage(request: 1, agent.registration()).encoded()
        var sent: UInt64 = 0
        for round in 0..<2000 {
            var bytes: [UInt8]
            if round.isMultiple(of: 2) {
                bytes = (0..<Int.random(in: 0...300, using: &generator)).map { _ in
                    .random(in: 0...255, using: &generator)
                }
            } else {
                // Nearly right is worse.
                bytes = valid
                for _ in 0...Int.random(in: 0...3, using: &generator) {
                    bytes[Int.random(in: bytes.indices, using: &generator)] = .random(in: 0...255, using: &generator)
                }
                bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator))
            }
            if (try? NodeMessage(decoding: bytes)) == nil { sent += 1 }
            #expect(try agent.socket.send(bytes) == .sent)
        }
        #expect(try agent.socket.send([1], more: true) == .sent)
        #expect(try agent.socket.send([2]) == .sent)
        sent += 1
        // The same connection still works, so all before it has been read. (What was nearly right may be answered.)
        try agent.send(.status)
        _ = try agent.wait { if case .status = $0.body { true } else { nil } }
        #expect(service.droppedMessages == sent)
    }

    @Test func aMessageThatIsTooLargeIsDropped() throws {
        let service = try started(testOptions())
        defer { service.stop() }
        let agent = try FakeAgent("x", service.endpoint)
        let large = [UInt8](repeating: 0, count: Limits.mostNetworkMessageBytes + 1)
        #expect(try agent.socket.send(large) == .sent)
        _ = try agent.status()
        #expect(service.droppedMessages == 1)
    }

    @Test func bytesThatAreNotZeroMQAreRefused() throws {
        let service = try started(testOptions())
        defer { service.stop() }
        let port = try #require(UInt16(service.endpoint.split(separator: ":").last ?? ""))
        var generator = Seeded(seed: 7)
        for size in [0, 1, 9, 10, 64, 5000] {
            try pour((0..<size).map { _ in .random(in: 0...255, using: &generator) }, into: port)
            try pour([0xff] + Array(repeating: 0, count: 8) + [0x7f] + Array(repeating: 0xff, count: size), into: port)
            #expect(try FakeAgent("x", service.endpoint).status().nodes.isEmpty)
        }
    }

    private func pour(_ bytes: [UInt8], into port: UInt16) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(status == 0)
        // The peer may have closed in the middle: that is what it is for.
        _ = unsafe send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }
}

/// Random numbers that are the same every time.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64 (Steele, Lea and Flood, 2014).
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
