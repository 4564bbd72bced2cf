internal import ArgumentParser
internal import Foundation
internal import Ring
internal import Sluice

/// One process of a measurement; `bench` starts them.
struct BenchRoleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench-role", abstract: "One process of a measurement.", shouldDisplay: false)

    enum Role: String, ExpressibleByArgument, CaseIterable {
        case ping, echo, source, sink, create, follow, hold, attend
    }

    @Argument var role: Role
    @Option var address: String
    @Option var channel: String
    @Option(name: .customLong("as")) var actor: String
    /// Who reads what this role writes.
    @Option(parsing: .singleValue) var to: [String] = []
    @Option var size: ByteSize
    @Option var slots: Int
    @Option var seconds: Double
    /// How many channels a role holds open.
    @Option var channels = 1
    @Flag var loan = false
    @Flag var noSpin = false
    /// Whether every slot of the channels that are held open is used once.
    @Flag var fills = false

    func run() throws {
        if noSpin { WaitSettings.spins = false }
        let worker = try Worker.connect(to: address, timeout: BenchRole.patience)
        let actor = try worker.register(actor: actor)
        let measurement = BenchRole(
            channel: channel, readers: to, size: size.bytes, slots: slots, seconds: seconds, isLoan: loan,
            channels: channels)
        switch role {
        case .ping: try report(measurement.ping(actor))
        case .echo: try report(measurement.echo(actor))
        case .source: try report(measurement.source(actor, worker))
        case .sink: try report(measurement.sink(actor))
        case .create: try report(measurement.create(actor))
        case .follow: try report(measurement.follow(actor))
        case .hold: try measurement.hold(actor, worker, fills: fills)
        case .attend: try measurement.attend(actor, fills: fills)
        }
        worker.close()
    }

    private func report(_ figures: some Encodable) throws {
        Console.print(String(decoding: try JSONEncoder().encode(figures), as: UTF8.self))
    }
}
