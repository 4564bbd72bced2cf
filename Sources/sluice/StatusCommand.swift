internal import ArgumentParser
internal import Foundation
internal import Sluice
internal import SluiceModel

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show nodes, actors and channels: who has read how far, and who holds whom back.",
        discussion: """
            Agents that do not answer in time are shown as silent; the rest is shown
            nevertheless.

              sluice status
              sluice status --format json | jq '.channels[].readers'
              sluice status --watch
            """)

    @Option(help: "table, or json for one object.")
    var format: Format = .table

    @Flag(help: "Show it again every second, until Ctrl-C.")
    var watch = false

    @OptionGroup var agent: AgentAddress

    enum Format: String, ExpressibleByArgument, CaseIterable { case table, json }

    private static let interval = Duration.seconds(1)
    private static let connectTimeout = Timeout.seconds(5)

    func run() async throws {
        let worker = try await Worker.connect(to: agent.value, timeout: Self.connectTimeout)
        repeat {
            let text = try render(try await worker.status())
            // Clears the screen only where there is one.
            Console.print(watch && format == .table && isatty(STDOUT_FILENO) == 1 ? "\u{1B}[H\u{1B}[2J" + text : text)
            if watch { try await Task.sleep(for: Self.interval) }
        } while watch
        worker.close()
    }

    private func render(_ status: ClusterStatus) throws -> String {
        switch format {
        case .table: return StatusTable(status: status).lines.joined(separator: "\n")
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = watch ? [.sortedKeys] : [.sortedKeys, .prettyPrinted]
            return String(decoding: try encoder.encode(status), as: UTF8.self)
        }
    }
}
