import SluiceModel
import Testing
import Wire

/// Calls and parts of plans that are well-formed protobuf and yet cannot be.
@Suite struct PlanRefusalTests {
    private let run = RunID(rawValue: 3)

    private func refusal(_ body: PlanCall.Body, caller: UInt64 = 1) -> WireError? {
        #expect(throws: WireError.self) { try PlanCall(decoding: PlanCall(caller: caller, body).encoded()) }
    }

    private func refusal(_ part: PlanPart) -> WireError? {
        let update = DesiredUpdate(base: 0, version: 1, parts: [part])
        return #expect(throws: WireError.self) {
            try CoordinatorMessage(decoding: CoordinatorMessage(.desired(update)).encoded())
        }
    }

    private func part(
        offset: UInt64 = 0, stride: UInt64 = 64, slots: Int = 1, block: UInt64 = 64
    ) throws -> PlanPart {
        PlanPart(
            run: run, plan: "p", blockBytes: block,
            registers: [
                PartRegister(channel: try ChannelName("c"), offset: offset, stride: stride, slots: slots)
            ])
    }

    @Test func numbersThatAreNever0() {
        #expect(refusal(.show(plan: nil), caller: 0)?.field == "PlanCall.caller")
        #expect(refusal(.finish(RunID(rawValue: 0)))?.reason == .missing)
        #expect(refusal(.finished(run, job: 0))?.field == "RunJob.job")
        let launch = PlanCall.Body.launch(run, connection: 1, job: 0, function: "f", count: 1)
        #expect(refusal(launch)?.field == "LaunchJob.job")
    }

    @Test(arguments: ["", String(repeating: "x", count: Limits.mostLabelBytes + 1)]) func labels(_ label: String) {
        #expect(refusal(.connect(plan: label))?.field == "PlanCall.connect")
        #expect(refusal(.join(plan: label, actor: "a"))?.field == "JoinRun.plan")
        #expect(refusal(.put(run, key: label, []))?.field == "PutValue.key")
        if !label.isEmpty { #expect(refusal(.show(plan: label))?.field == "PlanCall.show") }
    }

    @Test func aCallThatIsTooLong() {
        let most = Limits.mostPlanCallBytes
        guard case .tooLarge(_, most)? = refusal(.put(run, key: "k", Array(repeating: 1, count: most)))?.reason else {
            Issue.record("\(most) bytes and a key passed")
            return
        }
    }

    @Test func aPartLiesInItsBlock() throws {
        #expect(refusal(try part(block: 63))?.field == "PlanPart.registers")
        #expect(refusal(try part(slots: 2, block: 127))?.field == "PlanPart.registers")
        #expect(refusal(try part(offset: 64, block: 127))?.field == "PlanPart.registers")
        #expect(
            refusal(try part(offset: 1 << 61, stride: 1 << 61, slots: 8, block: 1 << 62))?.field == "PlanPart.registers"
        )
        #expect(refusal(try part(block: 1 << 63))?.field == "PlanPart.blockBytes")
    }

    @Test func aPartIsAligned() throws {
        #expect(refusal(try part(offset: 32, block: 1024))?.field == "PartRegister.offset")
        #expect(refusal(try part(stride: 0))?.field == "PartRegister.stride")
        #expect(refusal(try part(stride: 65, block: 1024))?.field == "PartRegister.stride")
        #expect(refusal(try part(slots: 0))?.field == "PartRegister.slots")
    }
}
