import Sluice
import SluiceModel
import Testing
import Wire

/// What a worker asks the coordinator about plans.
@Suite("Plan calls", .timeLimit(.minutes(1))) struct PlanCallTests {
    private func apply(_ bytes: Int) -> PlanCall {
        PlanCall(caller: 5, .apply(spec: (0..<bytes).map { UInt8(truncatingIfNeeded: $0) }))
    }

    @Test(arguments: [0, 1, Limits.statusPageBytes / 10, 100_000]) func anAnswerMayTakeSeveralPages(bytes: Int) throws {
        let fixture = try Fixture()
        let worker = try fixture.worker()
        defer { worker.close() }
        let call = apply(bytes)
        guard case .apply(let spec) = call.body else { return }
        let answer = try worker.planCall(call, timeout: .seconds(10), wish: "applying")
        #expect(answer == .applied(RunID(rawValue: 5), plan: Array(repeating: spec, count: 10).flatMap(\.self)))
    }

    @Test func aCallThatIsTooLongIsRefusedHere() throws {
        let fixture = try Fixture()
        let worker = try fixture.worker()
        defer { worker.close() }
        let error = #expect(throws: SluiceError.self) {
            _ = try worker.planCall(apply(Limits.mostPlanCallBytes), timeout: .seconds(10), wish: "applying plan P")
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?.available == UInt64(Limits.mostPlanCallBytes))
        #expect(error?.message.hasPrefix("applying plan P") == true)
    }

    @Test func theCoordinatorsErrorComesAsItIs() async throws {
        let fixture = try Fixture()
        let worker = try fixture.worker()
        defer { worker.close() }
        let call = PlanCall(caller: 5, .finish(RunID(rawValue: 7)))
        let error = await #expect(throws: SluiceError.self) {
            _ = try await worker.planCall(call, timeout: .seconds(10), wish: "finishing")
        }
        #expect(error == SluiceError(.unknownActor, "there is no such run"))
    }

    @Test func cancellationTakesACallBack() async throws {
        let fixture = try Fixture()
        let worker = try fixture.worker()
        defer { worker.close() }
        let task = Task {
            try await worker.planCall(
                PlanCall(caller: 5, .get(RunID(rawValue: 7), key: "k")), timeout: .infinite, wish: "getting k")
        }
        await fixture.agent.suspendUntilHeard { if case .planCall = $0 { true } else { false } }
        task.cancel()
        let error = await #expect(throws: SluiceError.self) { _ = try await task.value }
        #expect(error?.code == .cancelled)
        await fixture.agent.suspendUntilHeard { if case .cancel = $0 { true } else { false } }
    }
}
