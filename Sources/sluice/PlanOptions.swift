internal import ArgumentParser
internal import Foundation
internal import PlanFiles
internal import Planning
internal import SluiceModel

/// `--node`, for commands that compile without a cluster.
struct PlanSites: ParsableArguments {
    @Option(
        name: .customLong("node"), parsing: .singleValue,
        help: ArgumentHelp(
            "A node that there is, and what a plan may take of its memory, such as a=2GiB; once for each (default: the nodes that the file names, else one called local; \(PlanSites.usualBudget) each).",
            valueName: "name[=budget]"))
    var nodes: [PlanSite] = []

    static let usualBudget = ByteSize(1 << 40)

    func validate() throws {
        var seen: Set<String> = []
        for node in nodes where !seen.insert(node.name).inserted {
            throw ValidationError("--node \(node.name) stands twice; keep one")
        }
    }

    /// Makes a plan of a file.
    ///
    /// - Throws: `PlanFileError`, with the line and column of what the compiler refuses.
    func compile(_ file: PlanFile) throws(PlanFileError) -> CompiledPlan {
        let named = file.spec.namedNodes.map { PlanSite(name: $0, budget: nil) }
        let chosen = !nodes.isEmpty ? nodes : named.isEmpty ? [PlanSite(name: "local", budget: nil)] : named
        let sites = chosen.map { Compiler.Site($0.name, budget: UInt64(($0.budget ?? Self.usualBudget).bytes)) }
        do { return try Compiler.compile(file.spec, sites: sites) } catch { throw file.locating(error) }
    }
}

/// A node on the command line: NAME, or NAME=BUDGET.
struct PlanSite: Hashable, Sendable, ExpressibleByArgument {
    let name: String
    let budget: ByteSize?

    init(name: String, budget: ByteSize?) {
        self.name = name
        self.budget = budget
    }

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard (try? NodeName(String(parts[0]))) != nil else { return nil }
        name = String(parts[0])
        if parts.count == 1 {
            budget = nil
        } else {
            guard let size = ByteSize(argument: String(parts[1])) else { return nil }
            budget = size
        }
    }
}

extension PlanSpec {
    /// In the order of their names.
    fileprivate var namedNodes: [String] {
        let all = inputs.compactMap(\.node) + outputs.compactMap(\.node) + actors.flatMap(\.nodes) + budgets.keys
        return Set(all).sorted()
    }
}

extension PlanFile {
    /// Reads a file; `-` is standard input.
    ///
    /// - Throws: `SluiceError` if there is none, and `PlanFileError` if it is no plan.
    static func read(path: String) throws -> PlanFile {
        let bytes = try InputFile(path).all(atMost: PlanFile.mostBytes + 1)
        return try read(bytes: bytes, named: path == "-" ? "standard input" : path)
    }
}

extension Encodable {
    /// As `--format json` shows it.
    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
