internal import ArgumentParser
internal import Foundation
internal import SluiceModel
internal import ZeroMQ

struct KeygenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keygen",
        abstract: "Make the keys by which a coordinator and agents know each other.",
        discussion: """
            DIR gets one directory for the coordinator and one for each node: a secret
            key, and the public keys of all. Copy to each host its own, and name it with
            --keys: whoever holds it is that node. Existing keys stay, so that a second
            call adds nodes; the others' directories get the new public keys.

              sluice keygen keys alpha beta
              sluice coordinator --keys keys/coordinator …
              sluice agent --node alpha --keys keys/alpha …
            """)

    @Argument(help: ArgumentHelp("The directory to put them in; made if it is not there.", valueName: "dir"))
    var directory: String

    @Argument(help: ArgumentHelp("Nodes to make keys for (default: this host's name).", valueName: "names"))
    var names: [String] = []

    func run() throws {
        var nodes: [NodeName] = []
        for name in names.isEmpty ? [ProcessInfo.processInfo.hostName] : names { nodes.append(try NodeName(name)) }
        let made = try KeyDirectory.generate(at: directory, coordinator: try NodeName("coordinator"), nodes: nodes)
        for path in made { Console.print(path) }
    }
}
