internal import ArgumentParser
internal import Foundation
internal import PlanFiles
internal import Planning
internal import Sluice
internal import SluiceModel
internal import SluicePlan

struct PlanShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Draw a plan: actors, what goes from one to the next, slots, offsets, and who shares memory.",
        discussion: """
            text has tables; mermaid and dot are graphs, actors in their nodes, one line for
            each reader of a register; dotted lines carry order alone.

              sluice plan show sums.yaml
              sluice plan show sums.yaml --format mermaid >> NOTES.md
              sluice plan show sums.yaml --node a --node b --format dot | dot -Tsvg > sums.svg

            Of a plan that runs, given by its name, it shows what each register does at the
            moment: values in a second, and how many each consumer has not released yet.

              sluice plan show sums
            """)

    @Argument(
        help: ArgumentHelp("The plan file, - for standard input, or the name of a plan that runs.", valueName: "plan"))
    var file: String

    @Option(help: ArgumentHelp("Of a plan that runs: how long to count values.", valueName: "time"))
    var interval = Seconds(1)

    @OptionGroup var sites: PlanSites
    @OptionGroup var agent: AgentAddress

    @Option(help: "text, mermaid, dot for Graphviz, or json for all there is to know.")
    var format: Format = .text

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, mermaid, dot, json }

    /// Whether it is a file, be it there or not, rather than the name of a plan.
    private var isFile: Bool {
        file == "-" || file.contains("/") || [".yaml", ".yml", ".json"].contains { file.hasSuffix($0) }
            || FileManager.default.fileExists(atPath: file)
    }

    func run() async throws {
        if isFile {
            return Console.show(try format.draw(try sites.compile(try PlanFile.read(path: file))))
        }
        let worker = try await Worker.connect(to: agent.value, timeout: .seconds(10))
        let run = try await PlanRun.find(file, by: worker)
        let before = try await worker.status()
        let began = ContinuousClock.now
        try await Task.sleep(for: .seconds(interval.value))
        let after = try await worker.status()
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        Console.show(try format.draw(run.plan, live: run.loads(from: before, to: after, seconds: seconds)))
        worker.close()
    }
}

extension PlanRun {
    /// What each register has done between two looks.
    fileprivate func loads(from before: ClusterStatus, to after: ClusterStatus, seconds: Double) -> [String: EdgeLoad] {
        let prefix = PlanNames(plan: name, run: id).prefix
        let former = Dictionary(before.channels.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var loads: [String: EdgeLoad] = [:]
        for channel in after.channels where channel.name.hasPrefix(prefix) {
            guard let published = channel.published else { continue }
            let moved = published - min(published, former[channel.name]?.published ?? 0)
            var depth: [String: Int] = [:]
            for reader in channel.readers where reader.actor.hasPrefix(prefix) {
                depth[String(reader.actor.dropFirst(prefix.count))] = Int(published - min(published, reader.released))
            }
            loads[String(channel.name.dropFirst(prefix.count))] = EdgeLoad(
                rate: Double(moved) / max(seconds, 0.001), depth: depth)
        }
        return loads
    }
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
