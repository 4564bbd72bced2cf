internal import Foundation
internal import SluiceModel

/// Runs the programs of a plan, in turns, and collects their figures.
struct Runner {
    var plan: Plan
    var repetitions: Int
    var seconds: Double
    var foreign: ForeignPeers?
    /// Those of the folder that are measured.
    var peers: [Contender]

    private(set) var results = Results()
    private(set) var notes: [String] = []
    /// Whether a program of this project failed.
    private(set) var hasFailed = false
    private var run = 0

    init(plan: Plan, repetitions: Int, seconds: Double, foreign: ForeignPeers?, peers: [Contender]) {
        self.plan = plan
        self.repetitions = repetitions
        self.seconds = seconds
        self.foreign = foreign
        self.peers = peers
    }

    mutating func absent(_ peer: Contender, _ reason: String) {
        results.absences[peer] = reason
        notes.append("\(peer.title) did not run: \(reason)")
    }

    mutating func runAll() async {
        for repetition in 1...repetitions {
            for group in plan.groups where repetition == 1 || !group.isOnce {
                Progress.say("\(repetition)/\(repetitions) \(group.name)")
                for step in group.steps { await run(step) }
            }
            for peer in peers where results.absences[peer] == nil {
                Progress.say("\(repetition)/\(repetitions) \(peer.title)")
                await run(peer)
            }
        }
    }

    mutating func run(_ step: Step) async {
        guard let name = step.executable else { return }
        run += 1
        do {
            let outcome = try await Program.run(
                Program.beside(name), step.arguments, within: 8 * step.seconds + Self.patience)
            for line in outcome.output.split(separator: "\n") {
                if let row = Row(tabSeparated: line, run: run) { results.add(row) }
            }
            if !outcome.isSuccess { failed(step, outcome.lastWords) }
        } catch { failed(step, "\(error)") }
    }

    /// What a program takes beside what it measures: starting clusters, filling memory.
    private static let patience = 120.0

    private mutating func failed(_ step: Step, _ reason: String) {
        hasFailed = true
        let line = ([step.executable ?? ""] + step.arguments.map { $0.isEmpty ? "''" : $0 }).joined(separator: " ")
        notes.append("failed: \(line): \(reason)")
        Progress.say(notes[notes.count - 1])
    }

    private mutating func run(_ peer: Contender) async {
        guard let foreign else { return }
        run += 1
        do {
            let found = try await foreign.rows(of: peer, seconds: seconds, run: run)
            for row in found.rows { results.add(row) }
            if let failure = found.failure { absent(peer, failure) }
        } catch { absent(peer, "\(error)") }
    }
}

/// Lines for a person who waits, on standard error.
enum Progress {
    static func say(_ line: String) { FileHandle.standardError.write(Data("bench: \(line)\n".utf8)) }
}
