internal import ArgumentParser
internal import PlanFiles
internal import Planning

struct PlanCompileCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compile",
        abstract: "Print the plan that a file becomes: every actor's node, every register's slots and offsets.",
        discussion: """
            The same file and nodes always give the same plan, with the same hash; two
            plans with the same hash are one.

              sluice plan compile sums.yaml --node a --node b | jq .registers
              sluice plan compile sums.yaml --format text
            """)

    @Argument(help: ArgumentHelp("The plan file; - is standard input.", valueName: "file"))
    var file: String

    @OptionGroup var sites: PlanSites

    @Option(help: "json for all there is to know, or text for tables.")
    var format: Format = .json

    enum Format: String, ExpressibleByArgument, CaseIterable { case json, text }

    func run() throws {
        let plan = try sites.compile(try PlanFile.read(path: file))
        switch format {
        case .text: Console.show(plan.text())
        case .json: Console.print(try plan.json())
        }
    }
}
