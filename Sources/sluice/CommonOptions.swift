internal import ArgumentParser
internal import Foundation
internal import Logging
internal import SluiceModel

/// `--log-level`, for everything that logs.
struct LogOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How much to log on standard error: trace, debug, info, notice, warning, error or critical (default: $SLUICE_LOG_LEVEL, else notice).",
            valueName: "level"),
        transform: LogOptions.level)
    var logLevel: Logger.Level?

    private static func level(_ text: String) throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: text) else {
            throw ValidationError(
                "\"\(text)\" is no log level; use one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))"
            )
        }
        return level
    }

    func logger(_ label: String) -> Logger {
        var logger = Logger(label: label) { StreamLogHandler.standardError(label: $0) }
        logger.logLevel =
            logLevel ?? Environment.variable("SLUICE_LOG_LEVEL").flatMap(Logger.Level.init(rawValue:)) ?? .notice
        return logger
    }
}

/// `--keys` and `--insecure`, for daemons.
struct SecurityOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Directory of key files, as made by sluice keygen; every connection between nodes is then encrypted (default: $SLUICE_KEYS).",
            valueName: "dir"))
    var keys: String?

    var directory: String? { keys ?? Environment.variable("SLUICE_KEYS") }

    @Flag(help: "Listen beyond this host without keys: whoever reaches the port can read and write every channel.")
    var insecure = false
}

/// `--address`, for commands that are workers.
struct AgentAddress: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The agent of this node: unix:///path or tcp://host:port (default: $SLUICE_ADDRESS, else \(Paths.agentAddress)).",
            valueName: "address"))
    var address: String?

    var value: String { address ?? Self.usual }

    /// Without the option.
    static var usual: String { Environment.variable("SLUICE_ADDRESS") ?? Paths.agentAddress }
}

enum Environment {
    /// A variable that is set to something.
    static func variable(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// Where things lie that nobody has chosen a place for.
enum Paths {
    /// Of sockets: /run/sluice for root, else a directory of the user's own.
    static var runtime: String {
        if geteuid() == 0 { return "/run/sluice" }
        return Environment.variable("XDG_RUNTIME_DIR").map { $0 + "/sluice" } ?? "/tmp/sluice-\(geteuid())"
    }

    /// Of the coordinator's store.
    static var state: String {
        if geteuid() == 0 { return "/var/lib/sluice" }
        return Environment.variable("XDG_STATE_HOME").map { $0 + "/sluice" } ?? NSHomeDirectory()
            + "/.local/state/sluice"
    }

    static var socket: String { runtime + "/agent.sock" }
    static var agentAddress: String { "unix://" + socket }
    static var store: String { state + "/coordinator.sqlite" }

    /// Makes the directory that a file shall lie in, for this user alone.
    static func makeParent(of file: String) throws(SluiceError) {
        let folder = (file as NSString).deletingLastPathComponent
        guard !folder.isEmpty, !FileManager.default.fileExists(atPath: folder) else { return }
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { throw SluiceError(.system, "cannot make the directory \(folder)", cause: "\(error)") }
    }
}

/// A duration on the command line: 500ms, 1.5s, 2m, or plain seconds.
struct Seconds: Hashable, Sendable, ExpressibleByArgument, CustomStringConvertible {
    let value: Double
    init(_ value: Double) { self.value = value }

    init?(argument: String) {
        let number = argument.prefix { $0.isNumber || $0 == "." }
        let units = ["": 1, "s": 1, "ms": 1e-3, "us": 1e-6, "m": 60, "h": 3600]
        guard let value = Double(number), let unit = units[String(argument.dropFirst(number.count))] else { return nil }
        self.value = value * unit
    }

    var timeout: Timeout { .seconds(value) }
    var description: String { value == value.rounded() ? "\(Int(value))s" : "\(value)s" }
    var defaultValueDescription: String { description }
}
