internal import CSluice
internal import Foundation
public import SluiceModel
internal import Subprocess
internal import Synchronization
internal import SystemPackage

/// A process that a test has started, and that never outlives the test's own: the kernel kills it with us.
public final class ChildProcess: Sendable {
    /// How a process ended.
    public enum Exit: Hashable, Sendable {
        /// It ended by itself with this code.
        case code(Int32)
        /// This signal ended it.
        case signal(Int32)
    }

    /// What it is in error messages: "agent node1".
    public let label: String
    public let pid: Int32
    /// Where its standard output and standard error go.
    public let outputPath: String
    public let errorPath: String

    private let pidfd: Int32
    private let ended = Mutex<Exit?>(nil)

    private init(label: String, pid: Int32, pidfd: Int32, command: Command) {
        self.label = label
        self.pid = pid
        self.pidfd = pidfd
        outputPath = command.output
        errorPath = command.errors
    }

    deinit {
        // The net for a test that forgets: nothing that it started goes on running.
        if exit == nil { _ = sluice_pidfd_send_signal(pidfd, SIGKILL) }
        close(pidfd)
    }
}

extension ChildProcess {
    /// How it ended; nil while it runs.
    public var exit: Exit? { ended.withLock { $0 } }

    /// Its standard output up to now.
    public var output: String { Proc.text(outputPath) ?? "" }
    /// Its standard error up to now.
    public var errors: String { Proc.text(errorPath) ?? "" }

    /// Waits for its end.
    ///
    /// - Throws: ``SluiceError/Code/timedOut`` with the last lines that it wrote.
    @discardableResult
    public func wait(within timeout: Timeout = .seconds(30)) async throws(SluiceError) -> Exit {
        do {
            let exit = try await waitUntil("\(label) to end", within: timeout) {
                self.exit
            } satisfies: {
                $0 != nil
            }
            if let exit { return exit }
        } catch {
            throw failure(error.code, "\(label) has not ended within \(timeout)")
        }
        throw failure(.system, "\(label) has not ended")
    }

    /// Waits for its end and takes any but exit code 0 for a failure, whose error shows the last lines that it wrote.
    public func waitForSuccess(within timeout: Timeout = .seconds(30)) async throws(SluiceError) {
        let exit = try await wait(within: timeout)
        guard exit == .code(0) else { throw failure(.system, "\(label) ended with \(exit)") }
    }

    /// Sends a signal to this very process, never to another one that was given its number. One that has ended needs
    /// none.
    public func signal(_ number: Int32) throws(SluiceError) {
        do {
            try check("pidfd_send_signal to \(label)") { sluice_pidfd_send_signal(pidfd, number) }
        } catch  where exit != nil || !Proc.isRunning(pid) {
            // It ended in between.
        } catch { throw error }
    }

    /// SIGKILL, and waits until it is gone.
    public func kill() async throws(SluiceError) {
        try signal(SIGKILL)
        try await wait()
    }

    /// SIGSTOP, and waits until every thread of it stands.
    public func pause() async throws(SluiceError) {
        try signal(SIGSTOP)
        try await waitUntil("\(label) to stand still") { Proc.state(of: self.pid) == "T" }
    }

    /// SIGCONT.
    public func resume() throws(SluiceError) { try signal(SIGCONT) }

    /// SIGTERM; SIGKILL for one that is still there after `grace`, which is then an error.
    public func terminate(grace: Timeout = .seconds(5)) async throws(SluiceError) {
        try signal(SIGTERM)
        try resume()
        do { try await wait(within: grace) } catch  where error.code == .timedOut {
            try await kill()
            throw failure(.timedOut, "\(label) did not end within \(grace) of SIGTERM and was killed")
        }
    }

    func failure(_ code: SluiceError.Code, _ message: String) -> SluiceError {
        let lines = (output + errors).split(separator: "\n").suffix(Self.shownLines).joined(separator: "\n")
        return SluiceError(code, lines.isEmpty ? message : "\(message); it said:\n\(lines)", pid: pid)
    }

    private static let shownLines = 20
}

extension ChildProcess {
    /// What to run, and where.
    package struct Command: Sendable {
        package var label: String
        package var executable: String
        package var arguments: [String]
        package var environment: [String: String]
        /// A file for its standard input; nothing comes from there if nil.
        package var input: String?
        package var output: String
        package var errors: String
        /// The process whose network namespace it shall live in.
        package var networkOf: Int32?

        package init(
            label: String, executable: String, arguments: [String], environment: [String: String] = [:],
            input: String? = nil, output: String, errors: String, networkOf: Int32? = nil
        ) {
            self.label = label
            self.executable = executable
            self.arguments = arguments
            self.environment = environment
            self.input = input
            self.output = output
            self.errors = errors
            self.networkOf = networkOf
        }
    }

    private static let longestStart = Duration.seconds(30)

    /// Starts a command.
    ///
    /// - Throws: ``SluiceError/Code/timedOut`` if that takes more than 30 s; it is killed when it starts after all.
    package static func start(_ command: Command) async throws(SluiceError) -> ChildProcess {
        let input = try open(command.input ?? "/dev/null", .readOnly)
        let output = try open(command.output, .writeOnly, options: [.create, .append])
        let errors = try open(command.errors, .writeOnly, options: [.create, .append])
        let started = await withCheckedContinuation { continuation in
            let once = Once(continuation)
            Task.detached {
                try await Task.sleep(for: longestStart)
                once.fail(SluiceError(.timedOut, "\(command.label) has not started within \(longestStart)"))
            }
            Task.detached {
                do {
                    let result = try await Subprocess.run(
                        .name("setpriv"), arguments: Arguments(guarded(command)),
                        environment: .inherit.updating(overrides(command.environment)),
                        input: .fileDescriptor(input, closeAfterSpawningProcess: true),
                        output: .fileDescriptor(output, closeAfterSpawningProcess: true),
                        error: .fileDescriptor(errors, closeAfterSpawningProcess: true)
                    ) { execution in once.begin(command, pid: execution.processIdentifier.value) }
                    once.end(result.closureResult, result.terminationStatus)
                } catch {
                    once.fail(.system("starting \(command.label)", 0, "\(error)"))
                }
            }
        }
        return try started.get()
    }

    /// Dies with us; in another network namespace where that is asked for.
    private static func guarded(_ command: Command) -> [String] {
        var all = ["--pdeathsig", "KILL", "--"]
        if let pid = command.networkOf { all += ["nsenter", "--net=/proc/\(pid)/ns/net", "--"] }
        return all + [command.executable] + command.arguments
    }

    private static func overrides(_ environment: [String: String]) -> [Environment.Key: String?] {
        Dictionary(uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0), $1) })
    }

    private static func open(
        _ path: String, _ mode: FileDescriptor.AccessMode, options: FileDescriptor.OpenOptions = []
    ) throws(SluiceError) -> FileDescriptor {
        do {
            return try unsafe FileDescriptor.open(
                path, mode, options: options.union(.closeOnExec), permissions: [.ownerReadWrite])
        } catch { throw .system("open \(path)", (error as? Errno)?.rawValue ?? 0, "\(error)") }
    }

    /// Answers the one who waits for the start, exactly once, and keeps the end.
    private final class Once: Sendable {
        private let waiting: Mutex<CheckedContinuation<Result<ChildProcess, SluiceError>, Never>?>

        init(_ continuation: CheckedContinuation<Result<ChildProcess, SluiceError>, Never>) {
            waiting = Mutex(continuation)
        }

        /// Keeps the child alive for no one: only a weak reference is returned, so that dropping it kills it.
        func begin(_ command: Command, pid: Int32) -> Weak {
            let pidfd = sluice_pidfd_open(pid)
            guard pidfd >= 0 else {
                fail(.system("pidfd_open of \(command.label)", sluice_errno(), "it ended before it could be watched"))
                return Weak(nil)
            }
            let child = ChildProcess(label: command.label, pid: pid, pidfd: pidfd, command: command)
            let weak = Weak(child)
            answer(.success(child))
            return weak
        }

        func end(_ child: Weak, _ status: TerminationStatus) {
            let exit: Exit =
                switch status {
                case .exited(let code): .code(code)
                case .signaled(let number): .signal(number)
                }
            child.value?.ended.withLock { $0 = exit }
        }

        func fail(_ error: SluiceError) { answer(.failure(error)) }

        private func answer(_ result: Result<ChildProcess, SluiceError>) {
            waiting.withLock { waiting in
                waiting?.resume(returning: result)
                waiting = nil
            }
        }
    }

    private struct Weak: Sendable {
        weak let value: ChildProcess?
        init(_ value: ChildProcess?) { self.value = value }
    }
}
