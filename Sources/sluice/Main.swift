internal import ArgumentParser
internal import Foundation

/// The one executable.
@main struct SluiceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sluice",
        abstract: "Ordered, lossless channels between processes and nodes, over shared memory and ZeroMQ.",
        discussion: """
            A writer publishes values; every declared reader, on whichever node, reads
            each value in order, once.

            To try it on this machine:

              sluice up --nodes 2           # in one terminal; prints the two addresses
              SLUICE_ADDRESS=unix://…/node2.sock sluice read news --as bob
              SLUICE_ADDRESS=unix://…/node1.sock sluice write news --readers bob FILE

            On several machines, one coordinator, and one agent on each:

              sluice keygen keys alpha beta # then copy each host its own directory
              sluice coordinator --bind tcp://10.0.0.1:7070 --keys keys/coordinator
              sluice agent --node alpha --bind 10.0.0.1 \\
                  --coordinator tcp://10.0.0.1:7070 --keys keys/alpha

            EXIT CODES
              0   done
              1   it failed while running
              3   not there, or not in time: no agent, no coordinator, an actor or
                  a channel that did not come
              64  the command line, a name or a value on it is wrong
              Ended by a signal: 128 plus its number, as the shell shows it.
              A daemon that is sent SIGTERM or SIGINT drains, and exits with 0 within
              5 s.

            ENVIRONMENT
              SLUICE_ADDRESS      the agent that write, read, status and bench use
              SLUICE_COORDINATOR  the coordinator that agents register with
              SLUICE_KEYS         the directory of key files
              SLUICE_LOG_LEVEL    trace, debug, info, notice, warning, error or critical
            """,
        version: Version.text,
        subcommands: [BenchRoleCommand.self],
        groupedSubcommands: [
            CommandGroup(name: "Daemons", subcommands: [CoordinatorCommand.self, AgentCommand.self, UpCommand.self]),
            CommandGroup(name: "Data", subcommands: [WriteCommand.self, ReadCommand.self]),
            CommandGroup(name: "Plans", subcommands: [PlanCommand.self]),
            CommandGroup(name: "Tools", subcommands: [StatusCommand.self, KeygenCommand.self, BenchCommand.self]),
        ])

    static func main() async {
        Arguments.requireUTF8()
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch { Failure.exit(error, of: self) }
    }
}

enum Version {
    static let text = "0.1.0"
}
