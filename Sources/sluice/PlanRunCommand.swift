internal import ArgumentParser
internal import Foundation
internal import PlanFiles
internal import Planning
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

    @Option(help: "text, or json for one object for each job.")
    var format: Format = .text

    @Flag(help: "Print nothing of what comes out.")
    var quiet = false

    @OptionGroup var session: PlanSessionOptions

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

    func run() async throws {
        let session = try await PlanSession(try PlanFile.read(path: file), session)
        let seconds = try await session.complete { function, outputs in
            if !quiet { try PlanResults(format, function, outputs).show() }
        }
        guard session.run.plan.functions.isEmpty, !quiet else { return }
        // Nothing comes out of it: what there is to tell is how fast it was.
        let status = try await session.status()
        for actor in status.actors {
            let rate = fixed(Double(actor.firings) / seconds, 1)
            Console.print("\(actor.name): \(actor.firings) firings on \(actor.node), \(rate)/s")
        }
    }
}
