internal import Foundation

/// Everything that a run found, as it is printed.
package struct Report: Sendable {
    package var machine: Machine
    package var settings: String
    package var results: Results
    package var targets: [Target]
    /// Runs of programs that failed, and peers that did not run.
    package var notes: [String]

    package init(machine: Machine, settings: String, results: Results, targets: [Target], notes: [String]) {
        self.machine = machine
        self.settings = settings
        self.results = results
        self.targets = targets
        self.notes = notes
    }

    /// For people: what was measured where, the table, and the targets.
    package var text: [String] {
        let comparison = Comparison(results)
        let judged = targets.map { target in
            [
                target.id, target.what, target.figure, target.must, Self.shown(target.holds), target.reach,
                Self.shown(target.reaches),
                target.encrypted.contains { $0.reading.value != nil }
                    ? "\(target.encryptedFigure): \(Self.shown(target.holdsEncrypted))" : "–",
            ]
        }
        let unknown = targets.compactMap { target in target.reason.map { "\(target.id): \($0)" } }
        return machine.text + [settings, ""] + comparison.text
            + ["", "÷: ours divided by it; below 1 is better for times, above 1 for rates.", ""]
            + Numbers.markdown(
                ["", "target", "figure", "must", "holds", "reach for", "reached", "encrypted"], judged)
            + (unknown.isEmpty && notes.isEmpty ? [] : [""]) + unknown + notes
    }

    private static func shown(_ holds: Bool?) -> String { holds.map { $0 ? "yes" : "no" } ?? "unknown" }

    /// Every figure of every run.
    package var tabSeparated: [String] { results.rows.map(\.tabSeparated) }

    package var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(Document(self)), as: UTF8.self)
        }
    }
}
