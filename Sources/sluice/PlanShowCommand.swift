internal import ArgumentParser
internal import PlanFiles
internal import Planning

struct PlanShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Draw a plan: actors, what goes from one to the next, slots, offsets, and who shares memory.",
        discussion: """
            text has tables; mermaid and dot are graphs, actors in their nodes, one line for
            each reader of a register; dotted lines carry order alone.

              sluice plan show sums.yaml
              sluice plan show sums.yaml --format mermaid >> NOTES.md
              sluice plan show sums.yaml --node a --node b --format dot | dot -Tsvg > sums.svg
            """)

    @Argument(help: ArgumentHelp("The plan file; - is standard input.", valueName: "file"))
    var file: String

    @OptionGroup var sites: PlanSites

    @Option(help: "text, mermaid, dot for Graphviz, or json for all there is to know.")
    var format: Format = .text

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, mermaid, dot, json }

    func run() throws { Console.show(try format.draw(try sites.compile(try PlanFile.read(path: file)))) }
}

extension PlanShowCommand.Format {
    /// - Parameter live: What registers do at the moment, of a plan that runs.
    func draw(_ plan: CompiledPlan, live: [String: EdgeLoad] = [:]) throws -> String {
        switch self {
        case .text: plan.text(live: live)
        case .mermaid: plan.mermaid(live: live)
        case .dot: plan.dot(live: live)
        case .json: try plan.json() + "\n"
        }
    }
}
