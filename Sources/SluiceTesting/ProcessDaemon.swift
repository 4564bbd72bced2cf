internal import SluiceModel
internal import Synchronization

/// A service as a process of the `sluice` executable.
final class ProcessDaemon: Daemon {
    private let label: String
    private let directory: ClusterDirectory
    private let readyWithin: Timeout
    /// Everything but the files that it writes to, which are new ones in each life.
    private let command: ChildProcess.Command
    private let state = Mutex(State())

    private struct State {
        var child: ChildProcess?
        var lives = 0
    }

    init(
        label: String, arguments: [String], in directory: ClusterDirectory, environment: [String: String],
        networkOf: Int32?, readyWithin: Timeout
    ) throws(SluiceError) {
        self.label = label
        self.directory = directory
        self.readyWithin = readyWithin
        command = ChildProcess.Command(
            label: label, executable: try Executables.sluice(), arguments: arguments, environment: environment,
            output: "", errors: "", networkOf: networkOf)
    }

    var pid: Int32? { child?.pid }
    var log: String { state.withLock { $0.child }?.errors ?? "" }

    /// The process, if it runs.
    private var child: ChildProcess? { state.withLock { $0.child }.flatMap { $0.exit == nil ? $0 : nil } }

    func start() async throws(SluiceError) {
        guard child == nil else { return }
        let life = state.withLock { state in
            state.lives += 1
            return state.lives
        }
        var command = command
        let stem = label.replacing(" ", with: "-") + "-\(life)"
        command.output = directory.file(stem + ".out")
        command.errors = directory.file(stem + ".err")
        let child = try await ChildProcess.start(command)
        state.withLock { $0.child = child }
        do {
            try await waitUntil("\(label) to be ready", within: readyWithin) {
                child.exit != nil || child.output.hasPrefix("ready ")
            }
        } catch { throw child.failure(error.code, "\(label) did not say \"ready\" within \(readyWithin)") }
        if let exit = child.exit { throw child.failure(.system, "\(label) ended with \(exit)") }
    }

    func stop() async throws(SluiceError) {
        guard let child else { return }
        try await child.terminate()
        // What it exits with is part of its contract; a sanitizer's findings show here as well.
        guard child.exit == .code(0) else {
            throw child.failure(.system, "\(label) ended with \(child.exit.map { "\($0)" } ?? "nothing") after SIGTERM")
        }
    }

    func kill() async throws(SluiceError) { try await child?.kill() }
    func pause() async throws(SluiceError) { try await child?.pause() }
    func resume() throws(SluiceError) { try child?.resume() }
}
