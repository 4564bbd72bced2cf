internal import ArgumentParser
internal import Foundation

/// What `deploy/bench` runs.
@main struct BenchTable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deploy/bench",
        abstract: "Measure Sluice beside the machine's floor, libzmq and other systems, and judge its targets.",
        discussion: """
            Every program measures the same works, one after the other and round after
            round, so that what drifts meets them all. The table shows medians; a figure
            of which any value was lost, repeated or torn is void.

            The floor and libzmq are programs of this project. Others are measured where
            their folder is (../shared/peers, or --peers-folder); --peers names some of
            them, and then makes the Python environment that they need.

              deploy/bench
              deploy/bench --quick
              deploy/bench --only P6,P7 --repetitions 7
              deploy/bench --peers vllm,iceoryx2 --format json >bench.json
              deploy/bench --curves curves --quick

            It ends with 1 if a program of this project failed; a target that does not
            hold is a finding, and no failure.
            """)

    @Flag(help: "Only the floor, libzmq and ours, nothing encrypted, short: within five minutes.") var quick = false

    @Option(help: ArgumentHelp("Only what these targets need: P1 … P15.", valueName: "targets"))
    var only: String?

    @Option(
        help: ArgumentHelp(
            "auto: those that are installed; all; none; or names: iceoryx2, zenoh, vllm, nats, natspy, ray.",
            valueName: "peers"))
    var peers = "auto"

    @Option(help: ArgumentHelp("Where other systems' programs are.", valueName: "folder"))
    var peersFolder: String?

    @Option(help: ArgumentHelp("How often all is measured (default: 5; 3 with --quick).", valueName: "n"))
    var repetitions: Int?

    @Option(
        help: ArgumentHelp("How long each measurement lasts (default: 1.5; 0.5 with --quick).", valueName: "seconds"))
    var seconds: Double?

    @Option(help: ArgumentHelp("How long idling is measured.", valueName: "seconds"))
    var idleSeconds = 60.0

    @Option(help: "table; json; or tsv: peer, work, case, metric, value.")
    var format: Format = .table

    @Option(
        help: ArgumentHelp("Measure curves instead, and put figures (TSV) and plots (SVG) there.", valueName: "folder"))
    var curves: String?

    @Option(
        help: ArgumentHelp(
            "The largest value of a curve, bytes (default: 1 GiB; 16 MiB with --quick).", valueName: "bytes"))
    var largest: Int?

    enum Format: String, ExpressibleByArgument, CaseIterable { case table, json, tsv }

    func validate() throws {
        guard repetitions ?? 1 > 0, seconds ?? 1 > 0, idleSeconds > 0 else {
            throw ValidationError("--repetitions, --seconds and --idle-seconds must be above 0")
        }
        if let wrong = chosenTargets?.first(where: { !Targets.ids.contains($0) }) {
            throw ValidationError("there is no target \"\(wrong)\"; they are P1 … P15")
        }
        if let wrong = names(peers).first(where: { Contender(rawValue: $0) == nil && !Self.words.contains($0) }) {
            throw ValidationError("there is no peer \"\(wrong)\"")
        }
    }

    private static let words = ["auto", "all", "none"]

    func run() async throws {
        if let curves { return try await measureCurves(into: curves) }
        let plan = Plan(
            only: chosenTargets, isQuick: quick, seconds: duration, idleSeconds: idleSeconds)
        let foreign = ForeignPeers.find(peersFolder)
        var runner = Runner(
            plan: plan, repetitions: rounds, seconds: duration, foreign: foreign, peers: [])
        await choosePeers(for: &runner)
        await runner.runAll()
        try await print(runner)
        if runner.hasFailed { throw ExitCode.failure }
    }

    private func print(_ runner: Runner) async throws {
        let report = Report(
            machine: await Machine.describe(),
            settings: (["deploy/bench"] + CommandLine.arguments.dropFirst()).joined(separator: " ") + ": medians of "
                + "\(rounds), each of \(Numbers.short(duration)) s",
            results: runner.results, targets: Targets.judge(runner.results), notes: runner.notes)
        switch format {
        case .table: for line in report.text { Swift.print(line) }
        case .tsv: for line in report.tabSeparated { Swift.print(line) }
        case .json: Swift.print(try report.json)
        }
    }

    /// Who of the others is measured, and why not.
    private func choosePeers(for runner: inout Runner) async {
        let named = names(peers).compactMap(Contender.init(rawValue:))
        let isNamed = !named.isEmpty || peers == "all"
        let wanted = named.isEmpty ? Contender.foreign : named.filter(Contender.foreign.contains)
        for peer in wanted {
            if quick && !isNamed {
                runner.absent(peer, "not with --quick")
            } else if peers == "none" {
                runner.absent(peer, "not asked for")
            } else if runner.foreign == nil {
                runner.absent(peer, "there is no folder of other systems' programs")
            } else if let only = chosenTargets, only.isDisjoint(with: ["P4", "P9"]), !isNamed {
                runner.absent(peer, "not needed for \(only.sorted().joined(separator: ", "))")
            } else if !isNamed, let reason = await ForeignPeers.absence(of: peer) {
                runner.absent(peer, reason)
            } else {
                runner.peers.append(peer)
            }
        }
        for peer in Contender.foreign where !wanted.contains(peer) { runner.absent(peer, "not asked for") }
    }

    private var rounds: Int { repetitions ?? (quick ? 3 : 5) }

    private var duration: Double { seconds ?? (quick ? 0.5 : 1.5) }

    private var chosenTargets: Set<String>? { only.map { Set(names($0)) } }

    private func names(_ text: String) -> [String] { text.split(separator: ",").map(String.init) }
}

extension BenchTable {
    private func measureCurves(into folder: String) async throws {
        let most = largest ?? (quick ? 16 << 20 : 1 << 30)
        var sweeper = Sweeper(
            sweeps: Sweeps.all(seconds: duration, largest: most, isQuick: quick), folder: folder)
        try await sweeper.run()
        for file in sweeper.written { Swift.print(file) }
        if sweeper.hasFailed { throw ExitCode.failure }
    }
}
