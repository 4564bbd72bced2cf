internal import Planning
internal import SharedMemory
internal import Sluice
internal import SluiceModel
internal import Wire

/// One actor of a run in this process, from its joining to its end.
final class ActorHost: Sendable {
    private let worker: Worker
    private let run: PlanRun
    private let number: Int
    private let kernels: KernelRegistry
    private let line: PlanLine
    let profile = ActorProfile()
    private let state = Lock(State())

    private struct State {
        /// What it has open, to be closed if the run is over before it is.
        var writers: [Writer] = []
        var readers: [Reader] = []
        var isStopped = false
    }

    init(_ worker: Worker, _ run: PlanRun, number: Int, _ kernels: KernelRegistry) {
        self.worker = worker
        self.run = run
        self.number = number
        self.kernels = kernels
        line = PlanLine(worker)
    }

    var actor: PlannedActor { run.plan.actors[number] }

    /// Joins, opens, waits at the barrier, fires, and says that it has ended.
    ///
    /// - Throws: What it has met itself; the coordinator says whether that was the cause.
    func serve() async throws(SluiceError) {
        do throws(SluiceError) {
            let firings = try await fire()
            do throws(SluiceError) {
                try await line.tell(.ended(run.id, actor: actor.name, firings: firings), "ending actor \(actor.name)")
            } catch {
                // To a coordinator that was started again there is nothing to say.
                guard error.code == .unknownRun else { throw error }
            }
        } catch {
            closeAll()
            // Others' ends look like this from here, and the coordinator knows more of them.
            if error.isConsequence, (try? await run.failure(by: .ending, .seconds(5))) != nil { throw error }
            try? await line.tell(
                .fail(run.id, actor: actor.name, error), timeout: .seconds(10), "failing actor \(actor.name)")
            throw error
        }
    }

    /// The run is over: whatever it waits for in a register ends.
    func stop() {
        state.withLock { $0.isStopped = true }
        closeAll()
    }

    private func closeAll() {
        let (writers, readers) = state.withLock { state in
            defer { (state.writers, state.readers) = ([], []) }
            return (state.writers, state.readers)
        }
        for writer in writers { writer.close() }
        for reader in readers { reader.close() }
    }
}

extension SluiceError {
    /// Whether somebody else's end may be behind it.
    fileprivate var isConsequence: Bool {
        [.closed, .cancelled, .writerDied, .nodeLost, .destroyed, .unknownChannel].contains(code)
    }
}

extension ActorHost {
    private func fire() async throws(SluiceError) -> UInt64 {
        let name = actor.name
        _ = try await line.ask(
            .join(plan: run.id.description, actor: name), "joining plan \(run.name) as actor \(name)")
        let registered = try await worker.register(actor: run.names.actor(name), timeout: .infinite)
        let block = try await block(of: registered)
        let program = unsafe try ActorProgram(run.plan, actor: number, kernels: kernels, block: block.bytes)
        let loop = try await loop(program, registered)
        try await line.tell(.ready(run.id, actor: name), "starting plan \(run.name)")
        let failure = try await ActorThread.run(loop, named: name)
        withExtendedLifetime(block) {}
        if let failure { throw failure }
        closeAll()
        await tellDuration()
        return loop.value.firings
    }

    /// For whoever profiles the run; nobody else minds if it is lost.
    private func tellDuration() async {
        guard case .kernels = actor.role else { return }
        let value = Array("\(profile.mean ?? 0)".utf8)
        try? await line.tell(
            .put(run.id, key: PlanRun.durationKey(actor.name), value), timeout: .seconds(5), "telling its duration")
    }

    /// The block of the actor's node; an empty one if the plan takes no memory there.
    private func block(of registered: SluiceActor) async throws(SluiceError) -> PlanBlock {
        guard let node = run.plan.node(named: actor.node), node.blockBytes > 0 else { return PlanBlock.empty }
        return try await registered.openBlock(run.id)
    }

    private func loop(_ program: ActorProgram, _ registered: SluiceActor) async throws(SluiceError)
        -> ActorThread.Handed
    {
        // Outputs first: who waits for an input waits for somebody who is not waiting for an input.
        var outputs: [OutputPort] = []
        for (position, register) in program.outputRegisters.enumerated() {
            outputs.append(OutputPort(try await writer(register, registered), program.outputs[position]))
        }
        var inputs: [InputPort] = []
        for (position, register) in program.inputRegisters.enumerated() {
            let reader = try await reader(register, registered)
            inputs.append(
                InputPort(reader, program.inputs[position], lag: UInt64(run.plan.registers[register].lag)))
        }
        let firing = try firing(program, registered, inputs, outputs)
        return ActorThread.Handed(ActorLoop(firing, inputs: inputs, outputs: outputs, profile: profile))
    }

    private func writer(_ number: Int, _ registered: SluiceActor) async throws(SluiceError) -> Writer {
        let register = run.plan.registers[number]
        let stride = Int(clamping: register.stride)
        let writer = try await registered.createChannel(
            run.names.channel(register.name),
            readers: register.consumers.map { run.names.actor(run.plan.actors[$0].name) },
            slots: register.slots, slotSize: stride, largestValue: stride, timeout: .infinite)
        try kept {
            $0.writers.append(writer)
        } orElse: {
            writer.close()
        }
        return writer
    }

    private func reader(_ number: Int, _ registered: SluiceActor) async throws(SluiceError) -> Reader {
        let name = run.names.channel(run.plan.registers[number].name)
        let reader = try await registered.openReader(name, timeout: .infinite)
        try kept {
            $0.readers.append(reader)
        } orElse: {
            reader.close()
        }
        return reader
    }

    private func kept(_ keep: (inout State) -> Void, orElse close: () -> Void) throws(SluiceError) {
        let isStopped = state.withLock { state in
            if !state.isStopped { keep(&state) }
            return state.isStopped
        }
        guard isStopped else { return }
        close()
        throw SluiceError(.cancelled, "plan \(run.name) has ended", actor: actor.name, node: actor.node)
    }

    private func firing(
        _ program: ActorProgram, _ registered: SluiceActor, _ inputs: [InputPort], _ outputs: [OutputPort]
    ) throws(SluiceError) -> any Firing {
        let feed = JobFeed(run, actor, line)
        switch actor.role {
        case .kernels: return program
        case .input(let name):
            return try InputInterface(
                actor, feed, registered, run,
                output: outputs.first { $0.view.ordinal(of: name) != nil }, of: name)
        case .output(let name):
            guard let output = run.plan.spec.outputs.first(where: { $0.name == name }),
                let place = run.plan.place(ofBlob: output.blob, output.index),
                let position = program.inputRegisters.firstIndex(of: place.register)
            else {
                throw SluiceError(
                    .protocolViolation, "plan \(run.name) has no register for its output \(name)", actor: actor.name)
            }
            return try OutputInterface(
                actor, feed, registered, run, input: inputs[position], ordinal: place.field, as: name,
                run.plan.registers[place.register].fields[place.field].type)
        case .end: return EndInterface(actor, feed)
        }
    }
}

/// An actor's own thread: its waits block.
enum ActorThread {
    /// A loop, handed from the task that made it to the thread that runs it, and back.
    struct Handed: @unchecked Sendable {
        let value: ActorLoop
        init(_ value: ActorLoop) { self.value = value }
    }

    /// - Returns: Why it has ended, if not in order.
    static func run(_ loop: Handed, named name: String) async throws(SluiceError) -> SluiceError? {
        let result: Result<SluiceError?, SluiceError> = await withCheckedContinuation { continuation in
            do throws(SystemCallError) {
                _ = try NamedThread(name) {
                    do throws(SluiceError) {
                        try loop.value.run()
                        continuation.resume(returning: .success(nil))
                    } catch {
                        continuation.resume(returning: .success(error))
                    }
                }
            } catch {
                continuation.resume(returning: .failure(error.asSluiceError))
            }
        }
        return try result.get()
    }
}
