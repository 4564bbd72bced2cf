internal import Planning
internal import SharedMemory
public import Sluice
public import SluiceModel
internal import Wire

/// One call of a plan's function, under way.
///
/// It takes ``count`` values of each input and gives as many of each output; several may be in the plan at once. A job that is
/// dropped before it has all of its inputs fails.
public final class PlanJob: Sendable {
    /// How many values it has of each name.
    public let count: UInt64
    public let function: String
    private let client: PlanClient
    private let number: UInt64
    private let signature: PlanFunction
    private let progress: Lock<Progress>

    private struct Progress {
        var pushed: [String: UInt64] = [:]
        var pulled: [String: UInt64] = [:]
    }

    init(_ client: PlanClient, _ number: UInt64, _ function: PlanFunction, count: UInt64) {
        self.client = client
        self.number = number
        self.function = function.name
        self.count = count
        signature = function
        progress = Lock(Progress())
    }

    deinit { giveUp() }

    /// What a pull that does not wait may bring.
    public enum Received: Sendable {
        case value(PlanValue)
        /// Not yet.
        case empty
        /// All of the job's values have been pulled.
        case closed
    }

    /// Gives the next value of an input, as it is now.
    ///
    /// - Throws: ``SluiceError/Code/invalidArgument`` for a name that the function does not take, a value that is not as
    ///   declared, or one too many; ``SluiceError/Code/valueTooLarge``; ``SluiceError/Code/timedOut`` while as many values
    ///   wait as the buffer holds: then nothing has changed.
    public func push(_ name: String, _ value: PlanValue, timeout: Timeout = .usual) async throws(SluiceError) {
        guard signature.inputs.contains(name) else {
            throw .invalidArgument(
                "function \(function) takes no \(name), but \(signature.inputs.joined(separator: ", "))")
        }
        try client.check(value, name)
        let writer = try client.writer(name)
        try claim(\.pushed, name, "pushed")
        do throws(SluiceError) {
            let loan = try await writer.loan(timeout: timeout)
            try Self.fill(loan, value, try view(of: name))
        } catch {
            progress.withLock { $0.pushed[name, default: 1] -= 1 }
            throw error
        }
    }

    public func push(_ name: String, _ tensor: Tensor, timeout: Timeout = .usual) async throws(SluiceError) {
        try await push(name, .tensor(tensor), timeout: timeout)
    }

    /// Takes the next value of an output.
    ///
    /// - Throws: What a kernel has thrown in its place, as ``SluiceError/Code/application``;
    ///   ``SluiceError/Code/invalidArgument`` for a name that the function does not give, or more than ``count``;
    ///   ``SluiceError/Code/timedOut``: then nothing has changed; why the run has ended.
    public func pull(_ name: String, timeout: Timeout = .usual) async throws(SluiceError) -> PlanValue {
        try checkOutput(name)
        try claim(\.pulled, name, "pulled")
        do throws(SluiceError) {
            let reader = try await client.reader(name, timeout: timeout)
            guard let lease = try await reader.lease(timeout: timeout) else { throw await ended(name) }
            return try value(lease, name)
        } catch {
            if error.code != .application { progress.withLock { $0.pulled[name, default: 1] -= 1 } }
            throw error
        }
    }

    /// Takes the next value of an output if it is there.
    public func tryPull(_ name: String) async throws(SluiceError) -> Received {
        try checkOutput(name)
        if progress.withLock({ $0.pulled[name, default: 0] }) >= count { return .closed }
        do throws(SluiceError) {
            return .value(try await pull(name, timeout: .zero))
        } catch {
            // The interface makes its channel with the first value.
            if error.code == .timedOut || error.code == .unknownChannel { return .empty }
            throw error
        }
    }

    /// Waits until the job is over on every node.
    ///
    /// - Throws: Why it is not, if its client has gone or its run has ended.
    public func finished(timeout: Timeout = .usual) async throws(SluiceError) {
        try await client.run.line.tell(
            .finished(client.run.id, job: number), timeout: timeout, "waiting for a job of function \(function)")
    }
}

extension PlanJob {
    private func checkOutput(_ name: String) throws(SluiceError) {
        guard signature.outputs.contains(name) else {
            throw .invalidArgument(
                "function \(function) gives no \(name), but \(signature.outputs.joined(separator: ", "))")
        }
    }

    private func claim(
        _ values: WritableKeyPath<Progress, [String: UInt64]>, _ name: String, _ done: String
    ) throws(SluiceError) {
        let isThere = progress.withLock { progress in
            guard progress[keyPath: values][name, default: 0] < count else { return false }
            progress[keyPath: values][name, default: 0] += 1
            return true
        }
        guard isThere else {
            throw .invalidArgument("all \(count) values of \(name) have been \(done); launch another job")
        }
    }

    private func view(of input: String) throws(SluiceError) -> RegisterView {
        guard let type = client.run.plan.spec.inputs.first(where: { $0.name == input })?.type else {
            throw .invalidArgument("plan \(client.run.name) has no input \(input)")
        }
        return try RegisterView(PassedValue.register(input, type), of: "client", on: "")
    }

    private static func fill(
        _ loan: consuming WriteLoan, _ value: PlanValue, _ view: RegisterView
    ) throws(SluiceError) {
        try unsafe loan.withUnsafeMutableBytes { slot throws(SluiceError) in unsafe try view.begin(slot) }
        try copy(value, view)
        try loan.publish(count: view.close())
    }

    private static func copy(_ value: PlanValue, _ view: RegisterView) throws(SluiceError) {
        guard var place = view.mutableBlob(0) else { return }
        switch value {
        case .tensor(let tensor): try place.copy(tensor)
        case .strings(let strings): try place.copy(strings)
        }
    }

    private func value(_ lease: borrowing ReadLease, _ name: String) throws(SluiceError) -> PlanValue {
        let type = try client.type(ofOutput: name)
        let view = try RegisterView(PassedValue.register(name, type), of: "client", on: "")
        try unsafe lease.withUnsafeBytes { bytes throws(SluiceError) in unsafe try view.read(bytes) }
        guard let blob = view.blob(0) else {
            throw SluiceError(.application, "the plan left \(name) out of this value")
        }
        if case .bytes = type.element { return .strings(try blob.strings()) }
        return .tensor(try blob.tensor())
    }

    /// Why there is no more of an output.
    private func ended(_ name: String) async -> SluiceError {
        do throws(SluiceError) {
            try await client.run.ended(timeout: .seconds(5))
            return SluiceError(.closed, "plan \(client.run.name) has ended; there is no more of \(name)")
        } catch {
            return error
        }
    }

    /// What is missing of its inputs fails, so that the jobs behind it get theirs.
    private func giveUp() {
        let pushed = progress.withLock { $0.pushed }
        let missing = signature.inputs.map { ($0, count - min(count, pushed[$0, default: 0])) }.filter { $0.1 > 0 }
        guard !missing.isEmpty else { return }
        let (client, number, function) = (client, number, function)
        Task {
            let failure = ApplicationFailure(
                kind: SluiceError.Code.cancelled.rawValue,
                message: "job \(number) of function \(function) was given up before all of its inputs were pushed")
            for (name, count) in missing {
                guard let writer = try? client.writer(name) else { continue }
                for _ in 0..<count {
                    guard let loan = try? await writer.loan(timeout: .seconds(10)) else { break }
                    try? loan.publish(failure)
                }
            }
        }
    }
}
