internal import Planning
internal import SharedMemory
public import Sluice
public import SluiceModel
internal import Wire

/// One call of a plan's function, under way.
///
/// It takes ``count`` values of each input and gives as many of each output; several may be in the plan at once. A job that is
/// dropped before it has all of its inputs fails. All of its calls may be made from any task.
public final class PlanJob: Sendable {
    /// How many values it has of each name.
    public let count: UInt64
    public let function: String
    private let client: PlanClient
    private let number: UInt64
    private let signature: PlanFunction
    private let inputs: [String: PushedStream]
    /// And the first value that is this job's.
    private let outputs: [String: (stream: PulledStream, first: UInt64)]
    private let progress = Lock(Progress())

    private struct Progress {
        var pushed: [String: UInt64] = [:]
        var pulled: [String: Claims] = [:]
    }

    /// Which of its values somebody pulls, or has pulled.
    private struct Claims {
        var next: UInt64 = 0
        var returned: [UInt64] = []

        mutating func claim(below count: UInt64) -> UInt64? {
            if let first = returned.min() {
                returned.removeAll { $0 == first }
                return first
            }
            guard next < count else { return nil }
            next += 1
            return next - 1
        }
    }

    init(
        _ client: PlanClient, _ number: UInt64, _ function: PlanFunction, count: UInt64,
        inputs: [String: PushedStream], outputs: [String: PulledStream]
    ) {
        self.client = client
        self.number = number
        self.function = function.name
        self.count = count
        self.inputs = inputs
        self.outputs = outputs.mapValues { ($0, $0.grant(count)) }
        signature = function
    }

    deinit {
        giveUp()
        for (stream, first) in outputs.values { stream.drop(first..<first + count) }
    }

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
        guard let stream = inputs[name] else {
            throw .invalidArgument(
                "function \(function) takes no \(name), but \(signature.inputs.joined(separator: ", "))")
        }
        try client.check(value, name)
        let isThere = progress.withLock { progress in
            guard progress.pushed[name, default: 0] < count else { return false }
            progress.pushed[name, default: 0] += 1
            return true
        }
        guard isThere else { throw exhausted(name, "pushed") }
        do throws(SluiceError) {
            try await stream.push(value, timeout)
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
    /// - Throws: What has failed in its place, as ``SluiceError/Code/application``;
    ///   ``SluiceError/Code/invalidArgument`` for a name that the function does not give, or more than ``count``;
    ///   ``SluiceError/Code/timedOut``: then nothing has changed; why the run has ended.
    public func pull(_ name: String, timeout: Timeout = .usual) async throws(SluiceError) -> PlanValue {
        guard let (stream, first) = outputs[name] else {
            throw .invalidArgument(
                "function \(function) gives no \(name), but \(signature.outputs.joined(separator: ", "))")
        }
        guard let index = progress.withLock({ $0.pulled[name, default: Claims()].claim(below: count) }) else {
            throw exhausted(name, "pulled")
        }
        do throws(SluiceError) {
            return try await stream.pull(first + index, timeout)
        } catch {
            // Nothing has changed: it is the next one's.
            if [.timedOut, .cancelled].contains(error.code) {
                progress.withLock { $0.pulled[name, default: Claims()].returned.append(index) }
            }
            throw error
        }
    }

    /// Takes the next value of an output if it is there.
    public func tryPull(_ name: String) async throws(SluiceError) -> Received {
        let isOver = progress.withLock { progress in
            progress.pulled[name].map { $0.next >= count && $0.returned.isEmpty } ?? false
        }
        if isOver { return .closed }
        do throws(SluiceError) {
            return .value(try await pull(name, timeout: .zero))
        } catch {
            if error.code == .timedOut { return .empty }
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

    private func exhausted(_ name: String, _ done: String) -> SluiceError {
        .invalidArgument("all \(count) values of \(name) have been \(done); launch another job")
    }

    /// What is missing of its inputs fails, so that the jobs behind it get theirs.
    private func giveUp() {
        let pushed = progress.withLock { $0.pushed }
        let missing = inputs.map { ($1, count - min(count, pushed[$0, default: 0])) }.filter { $0.1 > 0 }
        guard !missing.isEmpty else { return }
        let failure = ApplicationFailure(
            kind: SluiceError.Code.cancelled.rawValue,
            message: "job \(number) of function \(function) was given up before all of its inputs were pushed")
        Task {
            for (stream, count) in missing {
                for _ in 0..<count { try? await stream.push(failure, .seconds(10)) }
            }
        }
    }
}
