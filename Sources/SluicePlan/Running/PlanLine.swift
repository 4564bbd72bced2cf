internal import FoundationEssentials
internal import Planning
internal import Sluice
internal import SluiceModel
internal import Wire

/// One caller's conversation with the coordinator about plans.
struct PlanLine: Sendable {
    let worker: Worker
    private let caller = UInt64.random(in: 1 ... .max)

    init(_ worker: Worker) { self.worker = worker }

    /// - Parameter wish: What it is for: errors begin with it.
    nonisolated(nonsending)
        func ask(_ body: PlanCall.Body, timeout: Timeout = .infinite, _ wish: String) async throws(SluiceError)
        -> PlanAnswer
    {
        try await worker.planCall(PlanCall(caller: caller, body), timeout: timeout, wish: wish)
    }

    func ask(_ body: PlanCall.Body, timeout: Timeout = .infinite, _ wish: String) throws(SluiceError) -> PlanAnswer {
        try worker.planCall(PlanCall(caller: caller, body), timeout: timeout, wish: wish)
    }

    /// Something that is told, and whose answer says no more than that it was heard.
    nonisolated(nonsending)
        func tell(_ body: PlanCall.Body, timeout: Timeout = .infinite, _ wish: String) async throws(SluiceError)
    {
        guard case .done = try await ask(body, timeout: timeout, wish) else { throw .unexpected(wish) }
    }
}

extension SluiceError {
    static func unexpected(_ wish: String) -> SluiceError {
        SluiceError(.protocolViolation, "\(wish): the coordinator answered something else")
    }
}

extension CompiledPlan {
    /// As the coordinator sends it.
    init(json: [UInt8], _ wish: String) throws(SluiceError) {
        do { self = try JSONDecoder().decode(CompiledPlan.self, from: Data(json)) } catch {
            throw SluiceError(.protocolViolation, "\(wish): the plan cannot be read", cause: "\(error)")
        }
    }
}

extension PlanSpec {
    func json() throws(SluiceError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        do { return [UInt8](try encoder.encode(self)) } catch {
            throw SluiceError(.cannotEncode, "plan \(name) cannot be written as JSON", cause: "\(error)")
        }
    }
}
