internal import ArgumentParser
internal import Foundation
internal import Sluice
internal import SluiceModel

/// What `write` and `read` share.
struct StreamOptions: ParsableArguments {
    @Flag(help: "No progress on standard error. (There is none either where that is no terminal.)")
    var quiet = false

    @Option(
        help: ArgumentHelp(
            "Append one JSON line with node, route, values, bytes, seconds and rate to this file at the end.",
            valueName: "file"))
    var stats: String?

    static let connectTimeout = Timeout.seconds(5)

    /// How values come to a reader that has opened its channel; asked only where it is recorded.
    func route(of reader: String, channel: String, worker: Worker) throws -> String? {
        guard stats != nil else { return nil }
        let channels = try worker.status(timeout: Self.connectTimeout).channels.filter { $0.name == channel }
        return channels.flatMap(\.readers).first { $0.actor == reader }?.route.rawValue
    }

    /// Writes the figures of a stream that has ended.
    func record(
        _ progress: Progress, role: String, channel: String, actor: SluiceActor, route: String? = nil
    ) throws {
        guard let stats else { return }
        let figures = StreamFigures(
            role: role, channel: channel, actor: actor.name, node: actor.node, pid: getpid(), route: route,
            values: progress.values, bytes: progress.bytes, seconds: progress.seconds,
            gigabytesPerSecond: progress.gigabytesPerSecond)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let line = try encoder.encode(figures) + Data("\n".utf8)
        let file = try OutputFile(stats, appends: true)
        try unsafe line.withUnsafeBytes { try unsafe file.write($0) }
        try file.close()
    }
}

/// One line of `--stats`.
struct StreamFigures: Codable {
    var role: String
    var channel: String
    var actor: String
    var node: String
    var pid: Int32
    /// For a reader: `local` (the writer's ring) or `reference` (its node's reader reference).
    var route: String?
    var values: UInt64
    var bytes: UInt64
    /// From the first value to the last.
    var seconds: Double
    var gigabytesPerSecond: Double
}
