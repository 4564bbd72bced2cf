internal import ArgumentParser
internal import PlanFiles
internal import Planning
internal import SluiceModel

struct PlanValidateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Say of plan files whether they can be, or everything that is wrong, with line and key.",
        discussion: """
            A file is read, and compiled for the nodes that are given. What is wrong is
            printed as compilers do:

              FILE:LINE:COLUMN: KEY: what is wrong, and what is possible

            Ends with 1 if any file is wrong.

              sluice plan validate deploy/plans/*.yaml
              sluice plan validate sums.yaml --node a=64MiB --node b=64MiB
              sluice plan validate sums.yaml --format json | jq '.[].problems'
            """)

    @Argument(help: ArgumentHelp("Plan files; - is standard input.", valueName: "file"))
    var files: [String]

    @OptionGroup var sites: PlanSites

    @Option(help: "text, or json for one list with an object for each file.")
    var format: Format = .text

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

    func run() throws {
        let verdicts = files.map { PlanVerdict(of: $0, sites) }
        switch format {
        case .text: for verdict in verdicts { verdict.lines.forEach(Console.print) }
        case .json: Console.print(try verdicts.json())
        }
        if verdicts.contains(where: { !$0.isValid }) { throw ExitCode(Failure.Code.failed.rawValue) }
    }
}

/// What there is to say of one plan file.
struct PlanVerdict: Codable {
    var file: String
    var isValid: Bool
    var plan: String?
    var hash: String?
    var nodes: [PlannedNode]?
    var actors: Int?
    var registers: Int?
    /// What its author may want to know.
    var notes: [String]?
    var problems: [PlanFileError.Problem]?
    /// Whether there are more of them.
    var isCutShort: Bool?
    /// Why it cannot be read at all.
    var error: String?

    init(of path: String, _ sites: PlanSites) {
        file = path
        isValid = false
        do {
            let source = try PlanFile.read(path: path)
            file = source.name
            plan = source.spec.name
            let compiled = try sites.compile(source)
            isValid = true
            hash = compiled.hash
            nodes = compiled.nodes
            actors = compiled.actors.count
            registers = compiled.registers.count
            notes = compiled.notes
        } catch let error as PlanFileError {
            file = error.file
            problems = error.problems
            isCutShort = error.isCutShort
        } catch { self.error = "\(error)" }
    }

    var lines: [String] {
        if let error { return ["\(file): \(error)"] }
        if let problems {
            var error = PlanFileError(file: file, problems: problems)
            error.isCutShort = isCutShort ?? false
            return [error.description]
        }
        let blocks = (nodes ?? []).map { "\($0.name) \(ByteSize.rounded($0.blockBytes))" }
        let line =
            "\(file): plan \(plan ?? ""), \(actors ?? 0) actors, \(registers ?? 0) registers, "
            + "memory: \(blocks.joined(separator: ", "))"
        return [line] + (notes ?? []).map { "\(file): note: \($0)" }
    }
}
