internal import ArgumentParser
internal import Foundation
internal import Sluice
internal import SluiceModel
internal import SluicePlan

struct PlanWorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Run actors of a plan in this process, until the plan has ended.",
        discussion: """
            It has the kernels that come with Sluice: accumulate, add_n, copy, fill,
            identity, iota, map, matmul and simulated_device. For kernels of your own,
            write a program that registers them and runs a PlanWorker.

              sluice plan worker sums                      # every actor of this node
              sluice plan worker sums --actor double       # this one
            """)

    @Argument(help: "The plan's name, or its run's number.")
    var plan: String

    @Option(
        name: .customLong("actor"), parsing: .singleValue,
        help: ArgumentHelp(
            "An actor to run; once for each (default: all that are placed on this node).", valueName: "name"))
    var actors: [String] = []

    @OptionGroup var agent: AgentAddress

    func run() async throws {
        let termination = Termination()
        let worker = try await Worker.connect(to: agent.value, timeout: .seconds(10))
        let run = try await PlanRun.find(plan, by: worker)
        let actors = actors.isEmpty ? nil : actors
        let running = Task { try await PlanWorker(worker).run(run, actors: actors) }
        let stopping = Task {
            await termination.wait()
            running.cancel()
        }
        defer { stopping.cancel() }
        try await running.value
        worker.close()
    }
}
