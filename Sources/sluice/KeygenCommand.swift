internal import ArgumentParser
internal import SluiceModel
internal import ZeroMQ

struct KeygenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keygen",
        abstract: "Make the keys by which a coordinator and agents know each other.",
        discussion: """
            Every name gets a key pair. Who holds a secret key is that name for everybody else, so give each host the
            public keys of all and the secret key of its own name alone. Names that have a pair already keep it.

              sluice keygen keys coordinator alpha beta
            """)

    @Argument(help: ArgumentHelp("The directory to put them in; made if it is not there.", valueName: "dir"))
    var directory: String

    @Argument(help: ArgumentHelp("Whom to make keys for (default: coordinator, and this host).", valueName: "names"))
    var names: [String] = []

    func run() throws {
        fatalError()
    }
}
