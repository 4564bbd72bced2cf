internal import Foundation
internal import SluiceTesting

/// Measures sweeps, and writes their curves.
struct Sweeper {
    let sweeps: [Sweep]
    let folder: String

    private(set) var written: [String] = []
    /// Whether anything could not be measured that this machine permits.
    private(set) var hasFailed = false

    init(sweeps: [Sweep], folder: String) {
        self.sweeps = sweeps
        self.folder = folder
    }

    mutating func run() async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try write([await Machine.describe().text.joined(separator: "\n")], to: "machine.txt")
        for sweep in sweeps {
            if sweep.needsNamespaces, case .unavailable(let reason) = await Namespaces.availability() {
                Progress.say("\(sweep.name): skipped: no network namespaces here: \(reason)")
                continue
            }
            try await run(sweep)
        }
    }

    private mutating func run(_ sweep: Sweep) async throws {
        var curves = sweep.drawings.map(\.curve)
        for stop in sweep.stops {
            Progress.say("\(sweep.name): \(Numbers.short(stop.x))")
            // One value may take many seconds at the far end; nothing there says anything about the rest.
            var runner = Runner(plan: .init(groups: []), repetitions: 1, seconds: 1, foreign: nil, peers: [])
            for step in stop.steps { await runner.run(step) }
            hasFailed = hasFailed || runner.hasFailed
            let results = runner.results
            for row in results.rows where !results.isVoid(row.key) {
                for (index, drawing) in sweep.drawings.enumerated() {
                    guard let (line, y) = drawing.pick(row, stop.x) else { continue }
                    curves[index].add(.init(stop.x, y), to: line)
                }
            }
        }
        for curve in curves where !curve.lines.isEmpty {
            try write(curve.tabSeparated, to: "\(curve.id).tsv")
            try write([Plot(curve).svg], to: "\(curve.id).svg")
        }
    }

    private mutating func write(_ lines: [String], to name: String) throws {
        let path = folder + "/" + name
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path))
        written.append(path)
    }
}
