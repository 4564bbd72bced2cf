import SluiceModel
import Testing
import Wire

/// Whatever arrives: an error or a message, never a trap, and never a message that its own encoder could not have made.
@Suite struct GarbageTests {
    private func survive<M: AnyMessage>(_ type: M.Type, _ bytes: [UInt8], _ seed: UInt64) {
        do {
            let message = try M(decoding: bytes)
            let again = try M(decoding: message.encoded())
            #expect(again == message, "seed \(seed), \(bytes)")
        } catch {
            #expect(!error.description.isEmpty && error.message == "\(M.self)", "seed \(seed), \(error)")
        }
    }

    private func mangled(_ bytes: [UInt8], _ random: inout Seeded) -> [UInt8] {
        var bytes = bytes
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes = Array(bytes.prefix(.random(in: 0...bytes.count, using: &random)))
        case 1:
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[.random(in: bytes.indices, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
        case 2: bytes.insert(.random(in: 0...255, using: &random), at: .random(in: 0...bytes.count, using: &random))
        default: bytes += bytes.suffix(.random(in: 0...bytes.count, using: &random))
        }
        return bytes
    }

    private func mangle<M: AnyMessage>(_ type: M.Type, seed: UInt64) {
        var values = RandomValues(seed: seed)
        for index in 0..<M.cases {
            let bytes = M.random(index, &values).encoded()
            for _ in 0..<150 { survive(M.self, mangled(bytes, &values.random), seed) }
        }
    }

    /// 10 seeds × 113 cases × 150 manglings.
    @Test(arguments: 1...10) func mangledMessages(seed: UInt64) {
        mangle(WorkerMessage.self, seed: seed)
        mangle(AgentMessage.self, seed: seed)
        mangle(NodeMessage.self, seed: seed)
        mangle(CoordinatorMessage.self, seed: seed)
        mangle(PeerMessage.self, seed: seed)
        mangle(PlanCall.self, seed: seed)
        mangle(PlanAnswer.self, seed: seed)
    }

    /// 4 seeds × 7 kinds of messages × 1,500.
    @Test(arguments: 1...4) func randomBytes(seed: UInt64) {
        var random = Seeded(seed)
        for _ in 0..<1500 {
            let count = Int.random(in: 0...80, using: &random)
            // Small numbers are tags and lengths that mean something.
            let most: UInt8 = Bool.random(using: &random) ? 255 : 0x22
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...most, using: &random) }
            survive(WorkerMessage.self, bytes, seed)
            survive(AgentMessage.self, bytes, seed)
            survive(NodeMessage.self, bytes, seed)
            survive(CoordinatorMessage.self, bytes, seed)
            survive(PeerMessage.self, bytes, seed)
            survive(PlanCall.self, bytes, seed)
            survive(PlanAnswer.self, bytes, seed)
        }
    }

    @Test func emptyBytes() {
        #expect(throws: WireError(message: "PeerMessage", field: "PeerMessage.body", reason: .missing)) {
            try PeerMessage(decoding: [])
        }
    }

    @Test func tooManyBytes() {
        let most = Limits.mostNetworkMessageBytes
        #expect(
            throws: WireError(
                message: "NodeMessage", field: "NodeMessage", reason: .tooLarge(bytes: most + 1, most: most))
        ) { try NodeMessage(decoding: [UInt8](repeating: 0, count: most + 1)) }
    }

    /// Two bytes each, which protobuf-c makes a struct of: without a budget, gigabytes.
    @Test func manyEmptyParts() throws {
        let parts = 1 << 20
        // heartbeat (3) { sessions (2): "" … }
        var bytes: [UInt8] = [0x1a] + varint(parts * 2)
        for _ in 0..<parts { bytes += [0x12, 0x00] }
        let error = #expect(throws: WireError.self) { try NodeMessage(decoding: bytes) }
        guard case .tooLarge = error?.reason else {
            Issue.record("expected tooLarge, not \(String(describing: error))")
            return
        }
    }

    /// Groups nest without end and belong to no field of ours.
    @Test func deepNesting() {
        #expect(throws: WireError(message: "PeerMessage", field: "PeerMessage", reason: .malformed)) {
            try PeerMessage(decoding: [UInt8](repeating: 0x0b, count: 1 << 20))
        }
        // A length-delimited field inside itself, as deep as its bytes go.
        var bytes: [UInt8] = []
        for _ in 0..<2000 { bytes = [0x0a] + varint(bytes.count) + bytes }
        #expect(throws: WireError.self) { try PeerMessage(decoding: bytes) }
    }
}

/// Protobuf's variable-length integer.
func varint(_ value: Int) -> [UInt8] {
    var rest = UInt64(value)
    var bytes: [UInt8] = []
    while rest >= 0x80 {
        bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
        rest >>= 7
    }
    return bytes + [UInt8(rest)]
}
