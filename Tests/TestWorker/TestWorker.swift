internal import ArgumentParser

/// A worker for the multi-process tests, one role per process. Every value that it reads is compared byte by byte with
/// what must have been written.
@main struct TestWorker: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "TestWorker",
        subcommands: [
            WriteRole.self, ReadRole.self, ChurnRole.self, SteadyRole.self, ListenRole.self, ConnectRole.self,
            IgnoreRole.self, EchoRole.self, RoundWriteRole.self, RoundReadRole.self, RankRole.self,
        ])
}
