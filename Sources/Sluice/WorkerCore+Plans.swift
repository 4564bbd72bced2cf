package import SluiceModel
package import Wire

// Calls about plans: to the coordinator, by way of the agent.
extension Worker {
    /// Asks the coordinator about plans, and blocks until its answer.
    ///
    /// - Parameters:
    ///   - timeout: For the answer; of a call that waits, for what it waits for.
    ///   - wish: What it is for, as in "joining plan P as actor A": errors begin with it.
    /// - Throws: What the coordinator answers; ``SluiceError/Code/invalidArgument`` for a call of more than
    ///   ``Limits/mostPlanCallBytes`` bytes, ``SluiceError/Code/coordinatorUnavailable``,
    ///   ``SluiceError/Code/agentUnavailable``, ``SluiceError/Code/timedOut``.
    package func planCall(_ call: PlanCall, timeout: Timeout, wish: String) throws(SluiceError) -> PlanAnswer {
        try Self.answer(try handle.core.ask(try Self.request(call, wish), timeout: timeout), wish)
    }

    /// Asks the coordinator about plans, and suspends until its answer; cancelling the task takes the call back.
    nonisolated(nonsending)
        package func planCall(_ call: PlanCall, timeout: Timeout, wish: String) async throws(SluiceError) -> PlanAnswer
    {
        try Self.answer(try await handle.core.ask(try Self.request(call, wish), timeout: timeout), wish)
    }

    private static func request(_ call: PlanCall, _ wish: String) throws(SluiceError) -> Request {
        let bytes = call.encoded()
        guard bytes.count <= Limits.mostPlanCallBytes else {
            throw SluiceError(
                .invalidArgument,
                "\(wish): that takes \(bytes.count) bytes, and at most \(Limits.mostPlanCallBytes) are taken "
                    + "(Limits.mostPlanCallBytes)", needed: UInt64(bytes.count),
                available: UInt64(Limits.mostPlanCallBytes))
        }
        return .plan(bytes, wish: wish)
    }

    private static func answer(_ answer: Answer, _ wish: String) throws(SluiceError) -> PlanAnswer {
        guard case .plan(let bytes) = answer else { throw .unexpectedAnswer(wish) }
        do throws(WireError) { return try PlanAnswer(decoding: bytes) } catch {
            throw error.sluiceError(from: "the coordinator")
        }
    }
}
