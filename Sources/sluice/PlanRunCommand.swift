internal import ArgumentParser
internal import Foundation
internal import PlanFiles
internal import Planning
internal import Sluice
internal import SluiceModel
internal import SluicePlan

struct PlanRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a plan: start the actors that are not there, call its functions, print what comes out.",
        discussion: """
            The plan is applied, one process is started for each actor on the nodes whose
            agents are given, and each function is called with the examples of the plan file
            (or with --push). A plan without inputs runs until its sources end.

              sluice plan run deploy/plans/two-functions.yaml
              sluice plan run deploy/plans/two-functions.yaml --jobs 1000 --quiet
              sluice plan run sums.yaml --push 'x=[[1, 2], [3, 4]]'

            With one agent, actors that the file leaves open are placed on its node; with
            several, the coordinator chooses. On two nodes of this host (sluice up --nodes 2 prints the addresses):

              sluice plan run deploy/plans/two-functions.yaml \\
                  --address unix://…/node1.sock --address unix://…/node2.sock \\
                  --place matmul=node1 --place add_n=node2

            Actors on other hosts are started there, with `sluice plan worker`.
            """)

    @Argument(help: ArgumentHelp("The plan file; - is standard input.", valueName: "file"))
    var file: String

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

    @Option(help: "text, or json for one object for each job.")
    var format: Format = .text

    @Flag(help: "Print nothing of what comes out.")
    var quiet = false

    @Option(help: ArgumentHelp("How long to wait for actors, and for each job.", valueName: "time"))
    var timeout = Seconds(60)

    @OptionGroup var placement: PlanPlacement
    @OptionGroup var agents: PlanAgents

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

    func validate() throws {
        guard jobs >= 1 else { throw ValidationError("--jobs is \(jobs); it takes at least one") }
    }

    func run() async throws {
        let termination = Termination()
        var (spec, examples) = try placement.placing(try PlanFile.read(path: file))
        let values = try PlanPushes(pushes, examples, spec)
        let nodes = try await agents.connect()
        if nodes.count == 1 { spec.placeOpenActors(on: nodes[0].name) }
        let run = try await PlanRun.apply(spec, by: nodes[0].worker)
        let stopping = Task {
            await termination.wait()
            try? await run.stop(reason: "sluice plan run was told to stop")
        }
        defer { stopping.cancel() }
        var processes = try PlanProcesses()
        try await processes.start(run, on: nodes)
        for (node, actors) in processes.elsewhere.sorted(by: { $0.key < $1.key }) {
            let options = actors.map { "--actor \($0)" }.joined(separator: " ")
            Console.say("waiting for node \(node); start there: sluice plan worker \(run.name) \(options)")
        }
        do {
            try await run.started(timeout: timeout.timeout)
            try await call(run, values, nodes[0].worker)
            try await run.ended()
        } catch {
            let cause = await Self.cause(run, error)
            try? await processes.end()
            throw cause
        }
        try await processes.end()
        for node in nodes { node.worker.close() }
    }

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

    private func call(_ run: PlanRun, _ values: PlanPushes, _ worker: Worker) async throws {
        guard !run.plan.functions.isEmpty else {
            // Sources end by themselves.
            if run.plan.actors.contains(where: { $0.inputs.isEmpty }) { return }
            return try await run.finish()
        }
        let client = try await PlanClient.connect(to: run.id.description, by: worker, timeout: timeout.timeout)
        for function in run.plan.functions where functions.isEmpty || functions.contains(function.name) {
            let inputs = try values.inputs(of: function)
            for _ in 0..<jobs {
                let outputs = try await client.call(function.name, inputs, timeout: timeout.timeout)
                if !quiet { try PlanResults(format, function, outputs).show() }
            }
        }
        client.close()
        try await run.finish()
    }
}
