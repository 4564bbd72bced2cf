internal import ArgumentParser
internal import Foundation
internal import SluiceModel
internal import SluiceTesting

struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure round trips and streams, within a node and between two.",
        discussion: """
            It starts a cluster of its own on this host, each role a process, and removes
            it; or, with --address, measures the one that is there (and between nodes,
            with --to as well). Every reader checks each value's sequence number and its
            first and last byte: a measurement with a loss, a repeat or a torn value
            fails.

            Works: W1 local round trip, W2 local fan-out, W3 local one-way, W4 anything
            between nodes, W5 creating channels, W6 idling, W7 memory. Values are copied
            in and read in place; with --loan they are made in place as well. Times are
            in µs, rates count what each reader got. deploy/bench measures all of it
            beside other systems.

              sluice bench
              sluice bench --format tsv --repetitions 3
              sluice bench --local --rtt 8,64KiB --one-way "" --fan-out ""
            """)

    @Flag(help: "Within a node only.") var local = false
    @Flag(help: "Between nodes only.") var remote = false
    @Flag(help: "Make values in place, on both sides of a round trip too, instead of copying them in.") var loan = false
    @Flag(help: "Waits sleep at once instead of spinning first.") var noSpin = false
    @Flag(help: "Encrypt what crosses nodes.") var encrypted = false

    @Option(help: ArgumentHelp("Sizes of round trips.", valueName: "sizes"), transform: BenchCommand.sizes)
    var rtt: [ByteSize] = [ByteSize(8), ByteSize(1 << 10), ByteSize(1 << 20)]

    @Option(help: ArgumentHelp("Sizes of streams to one reader.", valueName: "sizes"), transform: BenchCommand.sizes)
    var oneWay: [ByteSize] = [ByteSize(64), ByteSize(1 << 20)]

    @Option(help: ArgumentHelp("Numbers of readers of fan-outs.", valueName: "readers"), transform: BenchCommand.counts)
    var fanOut: [Int] = [1, 2, 4]

    @Option(help: ArgumentHelp("Bytes of a fanned-out value.", valueName: "size"))
    var fanOutSize = ByteSize(1 << 20)

    @Option(
        help: ArgumentHelp("Other nodes to stream to, one reader on each, with --remote.", valueName: "nodes"),
        transform: BenchCommand.counts)
    var spread: [Int] = []

    @Flag(help: "Create channels, one after the other.") var create = false

    @Option(help: ArgumentHelp("So many readers on two nodes wait for nothing; its CPU.", valueName: "readers"))
    var idle: Int?

    @Option(
        help: ArgumentHelp("So many channels of 4 slots between two nodes; the agents' memory.", valueName: "channels"),
        transform: BenchCommand.channels)
    var memory: [Int] = []

    @Option(
        help: ArgumentHelp("Channels that are open and idle beside what is measured.", valueName: "channels"),
        transform: BenchCommand.channels)
    var beside: [Int] = [0]

    @Flag(help: "Count large copies of all processes of a stream, with libCallCounts.so beside this program.")
    var countCopies = false

    @Flag(help: "Each node in a network namespace of its own.") var namespaces = false

    @Option(
        help: ArgumentHelp(
            "Slots of each channel (default: what makes 4 MiB, 4 to 4096; 2 MiB, 2 to 64, for round trips).",
            valueName: "n"))
    var slots: Int?

    @Option(help: ArgumentHelp("How long each measurement lasts.", valueName: "time"))
    var seconds = Seconds(1.5)

    @Option(help: ArgumentHelp("How often all is measured; the table shows medians.", valueName: "n"))
    var repetitions = 1

    @Option(help: "table, or tsv: peer, work, case, metric, value.")
    var format: Format = .table

    @Option(
        help: ArgumentHelp("The agent of the writer's node, instead of a cluster of its own.", valueName: "address"))
    var address: String?

    @Option(help: ArgumentHelp("The agent of the readers' node, for what crosses nodes.", valueName: "address"))
    var to: String?

    enum Format: String, ExpressibleByArgument, CaseIterable { case table, tsv }

    func validate() throws {
        guard !(local && remote) else {
            throw ValidationError("--local and --remote exclude each other; leave both out for all")
        }
        guard address != nil || to == nil else { throw ValidationError("--to needs --address") }
        guard !(remote && address != nil && to == nil) else {
            throw ValidationError("--remote with --address needs --to")
        }
        let needsOwnCluster = !spread.isEmpty || idle != nil || !memory.isEmpty || countCopies || namespaces
        guard address == nil || !needsOwnCluster else {
            throw ValidationError(
                "--spread, --idle, --memory, --count-copies and --namespaces need a cluster of their own, without --address"
            )
        }
        guard idle.map({ 1...Limits.mostReaders ~= $0 }) ?? true else {
            throw ValidationError("--idle is 1 to \(Limits.mostReaders) readers")
        }
        guard seconds.value > 0, repetitions > 0 else {
            throw ValidationError("--seconds and --repetitions must be above 0")
        }
    }

    func run() async throws {
        let cases = self.cases
        let rows = try await BenchStage.with(self) { stage in
            var rows: [BenchRow] = []
            for _ in 0..<repetitions {
                for measured in cases {
                    let found = try await stage.measure(measured)
                    if format == .tsv { for row in found { Console.print(row.tabSeparated) } }
                    rows += found
                }
            }
            return rows
        }
        if format == .table { for line in BenchFindings.table(rows) { Console.print(line) } }
        let faults = rows.filter(\.isFault)
        guard faults.isEmpty else {
            throw SluiceError(
                .corrupted, "values were lost or torn: \(faults.map(\.tabSeparated).joined(separator: "; "))")
        }
    }

    /// Everything that was asked for, local before remote, as far as the addresses allow.
    var cases: [BenchCase] {
        var places = local ? [false] : remote ? [true] : [false, true]
        if address != nil, to == nil { places = [false] }
        let alone =
            oneWay.map { (BenchCase.Shape.oneWay, $0) } + fanOut.map { (.fanOut($0), fanOutSize) }
        let crowded = rtt.map { (BenchCase.Shape.roundTrip, $0) } + (create ? [(.creation, ByteSize(64))] : [])
        let betweenNodes = spread.map { (BenchCase.Shape.spread($0), fanOutSize) }
        return places.flatMap { isRemote in
            beside.flatMap { others in crowded.map { single($0, $1, isRemote, others: others) } }
                + (alone + (isRemote ? betweenNodes : [])).map { single($0, $1, isRemote) }
        } + standing
    }

    /// What is of two nodes in any case.
    private var standing: [BenchCase] {
        guard !local else { return [] }
        return (idle.map { [single(.idle($0), ByteSize(64), true)] } ?? [])
            + memory.map { single(.memory($0), ByteSize(1 << 20), true) }
    }

    private func single(_ shape: BenchCase.Shape, _ size: ByteSize, _ isRemote: Bool, others: Int = 0) -> BenchCase {
        BenchCase(
            shape: shape, size: size, isRemote: isRemote, isLoan: loan, isEncrypted: encrypted, sleeps: noSpin,
            others: others)
    }

    static func sizes(_ text: String) throws -> [ByteSize] {
        try list(text) { ByteSize(argument: $0) }
    }

    static func counts(_ text: String) throws -> [Int] {
        try list(text) { Int($0).flatMap { 1...Limits.mostReaders ~= $0 ? $0 : nil } }
    }

    static func channels(_ text: String) throws -> [Int] {
        try list(text) { Int($0).flatMap { 0...Limits.mostEndpoints - 16 ~= $0 ? $0 : nil } }
    }

    private static func list<Value>(_ text: String, _ parse: (String) -> Value?) throws -> [Value] {
        try text.split(separator: ",").map { part in
            guard let value = parse(String(part)) else {
                throw ValidationError("\"\(part)\" is not understood in \"\(text)\"")
            }
            return value
        }
    }
}
