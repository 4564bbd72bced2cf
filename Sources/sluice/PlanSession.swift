internal import ArgumentParser
internal import Foundation
internal import PlanFiles
internal import Planning
internal import Sluice
internal import SluiceModel
internal import SluicePlan

/// What `plan run` and `plan profile` ask for.
struct PlanSessionOptions: ParsableArguments {
    @Option(
        name: .customLong("push"), parsing: .singleValue,
        help: ArgumentHelp("What to push for an input instead of its example, as JSON.", valueName: "input=value"))
    var pushes: [String] = []

    @Option(
        name: .customLong("function"), parsing: .singleValue,
        help: ArgumentHelp("A function to call; once for each (default: all, in the plan's order).", valueName: "name"))
    var functions: [String] = []

    @Option(help: ArgumentHelp("How often to call each function.", valueName: "n"))
    var jobs = 1

    @Option(help: ArgumentHelp("How long to wait for actors, and for each job.", valueName: "time"))
    var timeout = Seconds(60)

    @OptionGroup var placement: PlanPlacement
    @OptionGroup var agents: PlanAgents

    func validate() throws {
        guard jobs >= 1 else { throw ValidationError("--jobs is \(jobs); it takes at least one") }
    }
}

/// A plan that runs for one command: the actors that are not there are started, and end with it.
struct PlanSession {
    let run: PlanRun
    private let options: PlanSessionOptions
    private let values: PlanPushes
    private let nodes: [PlanNode]
    private let processes: PlanProcesses
    private let stopping: Task<Void, Never>

    init(_ file: PlanFile, _ options: PlanSessionOptions) async throws {
        let termination = Termination()
        self.options = options
        var (spec, examples) = try options.placement.placing(file)
        values = try PlanPushes(options.pushes, examples, spec)
        nodes = try await options.agents.connect()
        if nodes.count == 1 { spec.placeOpenActors(on: nodes[0].name) }
        let run = try await PlanRun.apply(spec, by: nodes[0].worker)
        self.run = run
        stopping = Task {
            await termination.wait()
            try? await run.stop(reason: "the command that runs it was told to stop")
        }
        var processes = try PlanProcesses()
        try await processes.start(run, on: nodes)
        self.processes = processes
        for (node, actors) in processes.elsewhere.sorted(by: { $0.key < $1.key }) {
            let names = actors.map { "--actor \($0)" }.joined(separator: " ")
            Console.say("waiting for node \(node); start there: sluice plan worker \(run.name) \(names)")
        }
    }

    /// Calls the functions, or lets the sources come to their end; then everything ends.
    ///
    /// - Returns: How long it has run, seconds.
    @discardableResult
    func complete(_ show: (PlanFunction, [String: PlanValue]) throws -> Void) async throws -> Double {
        defer { stopping.cancel() }
        do {
            try await run.started(timeout: options.timeout.timeout)
            let began = ContinuousClock.now
            try await call(show)
            try await run.ended()
            let duration = ContinuousClock.now - began
            try await processes.end()
            return duration / .seconds(1)
        } catch {
            let cause = await Self.cause(run, error)
            try? await processes.end()
            throw cause
        }
    }

    /// How far everybody was.
    func status() async throws -> PlanRunStatus { try await run.status() }

    /// Ends the run, and says what has: that is more than what a call met of it.
    private static func cause(_ run: PlanRun, _ met: any Error) async -> any Error {
        try? await run.stop(reason: "\(met)")
        do {
            try await run.ended(timeout: .seconds(10))
            return met
        } catch {
            return error.code == .timedOut ? met : error
        }
    }

    private func call(_ show: (PlanFunction, [String: PlanValue]) throws -> Void) async throws {
        guard !run.plan.functions.isEmpty else {
            // Sources end by themselves.
            if run.plan.actors.contains(where: { $0.role == .kernels && $0.inputs.isEmpty }) { return }
            return try await run.finish()
        }
        let timeout = options.timeout.timeout
        let client = try await PlanClient.connect(to: run.id.description, by: nodes[0].worker, timeout: timeout)
        for function in run.plan.functions where options.functions.isEmpty || options.functions.contains(function.name)
        {
            let inputs = try values.inputs(of: function)
            for _ in 0..<options.jobs {
                try show(function, try await client.call(function.name, inputs, timeout: timeout))
            }
        }
        client.close()
        try await run.finish()
    }
}
