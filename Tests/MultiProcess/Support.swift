import Foundation
import SluiceModel
import SluiceTesting
import Testing

/// Real agents, real processes, real signals. One test after the other: each has a cluster of its own.
@Suite(.serialized, .timeLimit(.minutes(5))) struct MultiProcess {}

extension Trait where Self == ConditionTrait {
    /// Skips, and counts, where there are no network namespaces; fails there if `SLUICE_REQUIRE_NETNS=1`.
    static var needsNamespaces: Self {
        .enabled("needs network namespaces") { try await Namespaces.permitted() }
    }
}

/// What the reading role of TestWorker prints at its end.
struct Report: Codable, Hashable, Sendable {
    var count: UInt64
    var end: String
    var sequence: UInt64?
    var message: String?
    var longestGap: UInt64
    var last: UInt64
}

/// How the values of a stream shall be.
struct Stream: Sendable {
    var channel: String
    /// Without it the writer goes on until it is told to finish: a test that disturbs a stream must not find it over.
    var count: UInt64?
    var slots = 16
    var slotSize = 4096
    var lengths = "mixed"
    var rate: Double?

    init(
        _ channel: String, count: UInt64? = nil, slots: Int = 16, slotSize: Int = 4096, lengths: String = "mixed",
        rate: Double? = nil
    ) {
        self.channel = channel
        self.count = count
        self.slots = slots
        self.slotSize = slotSize
        self.lengths = lengths
        self.rate = rate
    }
}

extension Node {
    private func testWorker(_ arguments: [String]) async throws -> ChildProcess {
        try await run(try Executables.find("TestWorker"), arguments)
    }

    /// Starts a process that writes a stream to those readers.
    func write(_ stream: Stream, to readers: [String], extra: [String] = []) async throws -> ChildProcess {
        var arguments = [
            "write", stream.channel, "--as", "\(stream.channel).writer", "--readers", readers.joined(separator: ","),
            "--slots", "\(stream.slots)", "--slot-size", "\(stream.slotSize)", "--lengths", stream.lengths,
        ]
        if let count = stream.count { arguments += ["--count", "\(count)"] }
        if let rate = stream.rate { arguments += ["--rate", "\(rate)"] }
        return try await testWorker(arguments + extra)
    }

    /// Starts a process that reads a stream and compares every value.
    func read(_ stream: Stream, as actor: String, extra: [String] = []) async throws -> ChildProcess {
        let arguments = [
            "read", stream.channel, "--as", actor, "--slot-size", "\(stream.slotSize)", "--lengths", stream.lengths,
        ]
        return try await testWorker(arguments + extra)
    }

    func churn(_ channel: String, reader: String) async throws -> ChildProcess {
        try await testWorker(["churn", channel, "--as", "\(channel).writer", "--reader", reader])
    }
}

extension ChildProcess {
    /// How far a reading role is.
    var position: UInt64 {
        output.split(separator: "\n").last { $0.hasPrefix("at ") }.flatMap { UInt64($0.dropFirst(3)) } ?? 0
    }

    /// Waits until a reading role is past a number of values.
    func reads(past number: UInt64, within timeout: Timeout = .seconds(60)) async throws {
        try await waitUntil("\(label) to read past \(number)", within: timeout) { [self] in
            if let exit { throw SluiceError(.system, "it ended with \(exit): \(output)\(errors)") }
            return position
        } satisfies: {
            $0 > number
        }
    }

    /// Waits for a reading role's end and returns what it found.
    func report(within timeout: Timeout = .seconds(120)) async throws -> Report {
        try await waitForSuccess(within: timeout)
        let line = try #require(output.split(separator: "\n").last)
        return try JSONDecoder().decode(Report.self, from: Data(line.utf8))
    }

    /// Tells a writing role to come to an end, and returns how many values it has written.
    func finish(within timeout: Timeout = .seconds(120)) async throws -> UInt64 {
        try signal(SIGUSR1)
        try await waitForSuccess(within: timeout)
        let line = try #require(output.split(separator: "\n").last { $0.hasPrefix("wrote ") })
        return try #require(UInt64(line.dropFirst("wrote ".count)))
    }

    /// Waits until a reading role has got so many values more than it has now.
    func reads(more number: UInt64, within timeout: Timeout = .seconds(60)) async throws {
        try await reads(past: position + number, within: timeout)
    }

    /// Expects a reading role to have got everything, in order, once.
    func expectAll(
        _ count: UInt64, within timeout: Timeout = .seconds(120), _ location: SourceLocation = #_sourceLocation
    )
        async throws
    {
        let found = try await report(within: timeout)
        #expect(found.end == "closed", "\(label): \(found)", sourceLocation: location)
        #expect(found.count == count, "\(label): \(found)", sourceLocation: location)
    }
}

/// Runs a test with a cluster and expects that nothing of it is left.
func withCleanCluster(
    _ options: ClusterOptions, _ body: (Cluster) async throws -> Void, _ location: SourceLocation = #_sourceLocation
) async throws {
    var used: Cluster?
    try await withCluster(options) { cluster in
        used = cluster
        try await body(cluster)
    }
    let left = Leftovers.check(of: try #require(used, sourceLocation: location))
    #expect(left.isEmpty, "\(left)", sourceLocation: location)
}

func withCleanCluster(
    nodes: Int, _ mode: ClusterMode = .processes, keys: Bool = false, _ body: (Cluster) async throws -> Void,
    _ location: SourceLocation = #_sourceLocation
) async throws {
    try await withCleanCluster(ClusterOptions(nodes: nodes, mode: mode, keys: keys), body, location)
}
