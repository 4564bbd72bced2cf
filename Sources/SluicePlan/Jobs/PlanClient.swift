internal import Planning
internal import SharedMemory
public import Sluice
public import SluiceModel
internal import Wire

/// A caller of a running plan's functions, from any node.
///
/// Jobs that share an input or output never overlap; they are served in the order in which they were launched, those of other
/// clients included. Others run together. All of its calls may be made from any task.
public final class PlanClient: Sendable {
    public let run: PlanRun
    private let number: UInt32
    /// Keeps its name registered.
    private let actor: SluiceActor
    private let inputs: [String: PushedStream]
    private let outputs: [String: PulledStream]
    private let isClosed = Lock(false)

    private init(
        _ run: PlanRun, _ number: UInt32, _ actor: SluiceActor, _ inputs: [String: PushedStream]
    ) throws(SluiceError) {
        self.run = run
        self.number = number
        self.actor = actor
        self.inputs = inputs
        var outputs: [String: PulledStream] = [:]
        for output in run.plan.spec.outputs {
            outputs[output.name] = PulledStream(
                run, actor, output.name, try run.type(of: output), channel: run.names.pull(output.name, number))
        }
        self.outputs = outputs
    }

    deinit { close() }

    /// Connects to a plan, by its name; waits until it runs.
    ///
    /// - Throws: ``SluiceError/Code/timedOut``; why the run has ended, if it has.
    public static func connect(
        to plan: String, by worker: Worker, timeout: Timeout = .seconds(30)
    ) async throws(SluiceError) -> PlanClient {
        let line = PlanLine(worker)
        let wish = "connecting to plan \(plan)"
        guard
            case .connected(let id, let number, let json) = try await line.ask(
                .connect(plan: plan), timeout: timeout, wish)
        else { throw .unexpected(wish) }
        let run = PlanRun(id, try CompiledPlan(json: json, wish), line)
        let actor = try await worker.register(actor: run.names.client(number), timeout: timeout)
        var inputs: [String: PushedStream] = [:]
        // At once, so that an interface never waits for a client that has got a job and nothing else.
        for input in run.plan.spec.inputs {
            let size = PassedValue.slotSize(input.type)
            let writer = try await actor.createChannel(
                run.names.push(input.name, number), readers: [run.names.actor("in.\(input.name)")],
                slots: PassedValue.slots, slotSize: size, largestValue: size, timeout: timeout)
            inputs[input.name] = PushedStream(writer, input.name, input.type)
        }
        return try PlanClient(run, number, actor, inputs)
    }

    /// Calls a function once: pushes what it takes, and pulls what it gives.
    ///
    /// - Parameters:
    ///   - function: Of ``CompiledPlan/functions``; nil if the plan has one only.
    ///   - inputs: All of them, by name; each as it is now.
    ///   - timeout: For all of it.
    /// - Throws: Before anything is sent: ``SluiceError/Code/invalidArgument`` for a function that there is not, an input that
    ///   is missing, unknown, or not as it was declared; ``SluiceError/Code/valueTooLarge``. Later: what a kernel has thrown,
    ///   naming actor and node; ``SluiceError/Code/timedOut``, ``SluiceError/Code/cancelled``.
    public func call(
        _ function: String? = nil, _ inputs: [String: PlanValue], timeout: Timeout = .usual
    ) async throws(SluiceError) -> [String: PlanValue] {
        let function = try self.function(function)
        try check(inputs, for: function)
        let job = try await launch(function.name, timeout: timeout)
        for name in function.inputs {
            if let value = inputs[name] { try await job.push(name, value, timeout: timeout) }
        }
        var outputs: [String: PlanValue] = [:]
        for name in function.outputs { outputs[name] = try await job.pull(name, timeout: timeout) }
        try await job.finished(timeout: timeout)
        return outputs
    }

    /// Begins a job: waits until every job before it that shares an input or output has finished.
    ///
    /// - Parameter count: How many values of each input it takes, and of each output it gives.
    public func launch(_ function: String? = nil, count: UInt64 = 1, timeout: Timeout = .usual)
        async throws(SluiceError) -> PlanJob
    {
        let function = try self.function(function)
        guard count > 0 else { throw .invalidArgument("a job of no values calls nothing; give it at least one") }
        let job = UInt64.random(in: 1 ... .max)
        do throws(SluiceError) {
            return try await granted(job, function, count, timeout)
        } catch {
            // It may have been granted all the same, and then everybody behind it waits for its inputs: it takes its turn, and
            // gives it up.
            if [.timedOut, .cancelled].contains(error.code) {
                Task { _ = try? await self.granted(job, function, count, .infinite) }
            }
            throw error
        }
    }

    /// The same job once more is nothing new.
    private func granted(_ job: UInt64, _ function: PlanFunction, _ count: UInt64, _ timeout: Timeout)
        async throws(SluiceError) -> PlanJob
    {
        try await run.line.tell(
            .launch(run.id, connection: number, job: job, function: function.name, count: count), timeout: timeout,
            "launching function \(function.name) of plan \(run.name)")
        return PlanJob(
            self, job, function, count: count, inputs: inputs.filter { function.inputs.contains($0.key) },
            outputs: outputs.filter { function.outputs.contains($0.key) })
    }

    /// Leaves: jobs of its that wait vanish, and what is missing of those under way fails.
    public func close() {
        let wasClosed = isClosed.withLock { isClosed in
            defer { isClosed = true }
            return isClosed
        }
        guard !wasClosed else { return }
        for stream in inputs.values { stream.close() }
        for stream in outputs.values { stream.close() }
        let (line, id, number) = (run.line, run.id, number)
        Task { try? await line.tell(.disconnect(id, connection: number), timeout: .seconds(10), "leaving") }
    }

    private func function(_ name: String?) throws(SluiceError) -> PlanFunction {
        let functions = run.plan.functions
        if name == nil, functions.count == 1 { return functions[0] }
        guard let function = name.flatMap({ run.plan.function(named: $0) }) else {
            let names = functions.map(\.name).joined(separator: ", ")
            let which = name.map { "has no function \($0)" } ?? "has more than one function, or none: say which"
            throw .invalidArgument("plan \(run.name) \(which); it has \(names.isEmpty ? "none" : names)")
        }
        return function
    }

    private func check(_ inputs: [String: PlanValue], for function: PlanFunction) throws(SluiceError) {
        for name in function.inputs {
            guard let value = inputs[name] else {
                throw .invalidArgument("function \(function.name) of plan \(run.name) needs \(name); push it, too")
            }
            try check(value, name)
        }
        for name in inputs.keys.sorted() where !function.inputs.contains(name) {
            throw .invalidArgument(
                "function \(function.name) of plan \(run.name) takes no \(name), but "
                    + function.inputs.joined(separator: ", "))
        }
    }
}

// For its jobs.
extension PlanClient {
    func check(_ value: PlanValue, _ name: String) throws(SluiceError) {
        guard let input = run.plan.spec.inputs.first(where: { $0.name == name }) else {
            throw .invalidArgument("plan \(run.name) has no input \(name)")
        }
        try PassedValue.check(value, "input \(name) of plan \(run.name)", is: input.type)
    }
}

extension PlanRun {
    /// What comes out under a name.
    fileprivate func type(of output: PlanOutput) throws(SluiceError) -> BlobType {
        guard let place = plan.place(ofBlob: output.blob, output.index) else {
            throw SluiceError(.protocolViolation, "plan \(name) has no blob \(output.blob)")
        }
        return plan.registers[place.register].fields[place.field].type
    }
}
