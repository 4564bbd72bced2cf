import SluiceModel
import Testing
import Wire

/// What is well-formed protobuf and yet not a message: each time the error says which field.
@Suite struct RefusalTests {
    private func field(_ number: Int, _ bytes: [UInt8]) -> [UInt8] {
        varint(number << 3 | 2) + varint(bytes.count) + bytes
    }

    private func field(_ number: Int, _ value: Int) -> [UInt8] { varint(number << 3) + varint(value) }

    private func fixed(_ number: Int, _ value: UInt8) -> [UInt8] {
        varint(number << 3 | 1) + [value, 0, 0, 0, 0, 0, 0, 0]
    }

    private func refusal(worker bytes: [UInt8]) -> WireError? {
        #expect(throws: WireError.self) { try WorkerMessage(decoding: bytes) }
    }

    private func spec(
        id: UInt8 = 1, name: String = "c", writer: String = "w", readers: [String] = ["r"], slots: Int = 1,
        slotSize: Int = 1, largestValue: Int? = nil
    ) -> [UInt8] {
        fixed(1, id) + field(2, Array(name.utf8)) + field(3, Array(writer.utf8))
            + readers.flatMap { field(4, Array($0.utf8)) } + field(5, slots) + field(6, slotSize)
            + field(7, largestValue ?? slotSize)
    }

    private func create(_ spec: [UInt8]) -> [UInt8] { field(4, field(1, spec) + field(3, [])) }

    @Test func theTestsOwnBytesAreGood() throws {
        let expected = try ChannelSpec(
            id: ChannelID(rawValue: 1), name: ChannelName("c"), writer: ActorName("w"), readers: [ActorName("r")],
            slots: 1, slotSize: 1)
        #expect(
            try WorkerMessage(decoding: create(spec())).body
                == .createChannel(CreateChannel(spec: expected, endpoint: 0, timeout: .infinite)))
    }

    @Test func aCaseOfANewerPeer() {
        let error = refusal(worker: field(1, 9) + field(77, [1, 2, 3]))
        #expect(error == WireError(message: "WorkerMessage", field: "WorkerMessage.body", reason: .unknownCase(77)))
        #expect(error?.description.contains("the peer is newer") == true)
    }

    @Test func unknownFieldsBesideAKnownCaseAreIgnored() throws {
        let bytes = WorkerMessage(request: 3, .done).encoded() + field(77, [1, 2, 3])
        #expect(try WorkerMessage(decoding: bytes) == WorkerMessage(request: 3, .done))
    }

    @Test func theLastOfTwoCasesCounts() throws {
        let bytes = WorkerMessage(.registerActor(try ActorName("a"))).encoded() + WorkerMessage(.status).encoded()
        #expect(try WorkerMessage(decoding: bytes).body == .status)
    }

    @Test(arguments: ["", "a\nb", "a\0b", String(repeating: "x", count: 256)]) func names(name: String) {
        guard case .invalid(let error)? = refusal(worker: field(3, Array(name.utf8)))?.reason else {
            Issue.record("\(name.debugDescription) passed for a name")
            return
        }
        #expect(error.code == .invalidName)
    }

    @Test func namesThatAreNotUTF8() {
        let error = refusal(worker: field(3, [0x61, 0xff]))
        #expect(error?.field == "WorkerMessage.registerActor")
        #expect(error?.description.contains("not UTF-8") == true)
    }

    @Test func specs() {
        func reason(_ spec: [UInt8]) -> WireError.Reason? { refusal(worker: create(spec))?.reason }
        #expect(reason(spec(id: 0)) == .missing)
        #expect(reason(spec(slots: 0)) == .outOfRange(0, least: 1, most: UInt64(Limits.mostSlots)))
        let most = UInt64(Limits.mostSlotSize)
        #expect(reason(spec(slotSize: .max)) == .outOfRange(UInt64(Int.max), least: 1, most: most))
        #expect(reason(spec(slotSize: 9, largestValue: 8)) == .outOfRange(8, least: 9, most: most))
        #expect(
            reason(spec() + field(8, Array(repeating: 0, count: Limits.mostDeclarationBytes + 1)))
                == .tooMany(Limits.mostDeclarationBytes + 1, most: Limits.mostDeclarationBytes))
        let many = (0..<200).map { "r\($0)" }
        #expect(reason(spec(readers: many)) == .tooMany(200, most: Limits.mostReaders))
        guard case .invalid? = reason(spec(readers: [])) else {
            Issue.record("a channel without readers passed")
            return
        }
    }

    @Test func missingParts() {
        #expect(refusal(worker: field(4, field(1, spec())))?.field == "CreateChannel.timeout")
        #expect(refusal(worker: field(4, field(3, [])))?.field == "CreateChannel.spec")
        #expect(refusal(worker: field(2, fixed(4, 1)))?.field == "WorkerHello.versions")
    }

    @Test func ranges() {
        // pid = -1: protobuf's negative numbers take ten bytes.
        let minusOne = [UInt8](repeating: 0xff, count: 9) + [1]
        #expect(refusal(worker: field(2, field(1, []) + fixed(4, 1) + [0x10] + minusOne))?.field == "WorkerHello.pid")
        let endpoint = refusal(worker: field(4, field(1, spec()) + field(2, Limits.mostEndpoints) + field(3, [])))
        #expect(endpoint?.field == "CreateChannel.endpoint")
        #expect(refusal(worker: field(8, field(1, 0)))?.field == "Attached.gate")
        #expect(refusal(worker: field(8, field(1, 1) + field(2, .max)))?.field == "Attached.first")
        #expect(refusal(worker: field(7, fixed(1, 1) + field(2, Limits.mostAgentCursors)))?.field == "CloseReader.line")
    }

    @Test func enumerations() {
        let reader = field(1, spec()) + field(2, Array("a".utf8)) + field(4, 1)
        #expect(refusal(worker: field(12, reader))?.reason == .missing)
        #expect(refusal(worker: field(12, reader + field(5, 3)))?.reason == .unknownValue(3))
    }

    @Test func readersOfAReferenceAreInItsSpec() throws {
        let spec = try ChannelSpec(
            id: .random(), name: ChannelName("c"), writer: ActorName("w"), readers: [ActorName("r")], slots: 1,
            slotSize: 1)
        let reference = DesiredReference(spec: spec, writerNode: try NodeName("n"), readers: [1], end: nil)
        let message = CoordinatorMessage(.desired(DesiredUpdate(base: 0, version: 1, references: [reference])))
        let error = #expect(throws: WireError.self) { try CoordinatorMessage(decoding: message.encoded()) }
        #expect(error?.field == "DesiredReference.readers")
    }

    @Test func creditsAreBounded() throws {
        let open = OpenStream(
            channel: .random(), stream: 1, next: 10, mayReach: 11 + UInt64(Limits.mostSlots), slotSize: 1)
        let more = #expect(throws: WireError.self) { try PeerMessage(decoding: PeerMessage.open(open).encoded()) }
        #expect(more?.field == "OpenStream.mayReach")
        var back = open
        back.mayReach = 9
        let less = #expect(throws: WireError.self) { try PeerMessage(decoding: PeerMessage.open(back).encoded()) }
        #expect(less?.field == "OpenStream.mayReach")
    }

    @Test func publicErrorNamesThePeer() {
        let error = refusal(worker: [])?.sluiceError(from: "worker 12")
        #expect(error?.code == .protocolViolation)
        #expect(error?.message.contains("worker 12") == true)
        #expect(error?.cause?.contains("WorkerMessage.body") == true)
    }
}
