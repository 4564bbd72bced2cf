internal import Agent
internal import Coordinator
internal import Foundation
internal import Logging
internal import SluiceModel
internal import Synchronization

/// A service as an object of this process.
final class InProcessDaemon: Daemon {
    /// What starts and stops; one object per life.
    protocol Life: Sendable {
        func start() throws(SluiceError)
        func stop()
    }

    private let label: String
    private let make: @Sendable () throws(SluiceError) -> any Life
    private let life = Mutex<(any Life)?>(nil)

    init(label: String, make: @escaping @Sendable () throws(SluiceError) -> any Life) {
        self.label = label
        self.make = make
    }

    deinit { life.withLock { $0?.stop() } }

    var pid: Int32? { life.withLock { $0 == nil ? nil : getpid() } }
    var log: String { "" }

    func start() async throws(SluiceError) {
        guard life.withLock({ $0 == nil }) else { return }
        let started = try make()
        try started.start()
        life.withLock { $0 = started }
    }

    func stop() async throws(SluiceError) {
        life.withLock { life in
            life?.stop()
            life = nil
        }
    }

    func kill() async throws(SluiceError) { throw unsupported("kill") }
    func pause() async throws(SluiceError) { throw unsupported("pause") }
    func resume() throws(SluiceError) { throw unsupported("resume") }

    private func unsupported(_ verb: String) -> SluiceError {
        SluiceError(
            .unsupported, "cannot \(verb) \(label): it runs in this process; start the cluster in mode processes")
    }
}

extension CoordinatorService: InProcessDaemon.Life {}
extension AgentService: InProcessDaemon.Life {}

extension Logger {
    /// Of services in a test's own process: warnings are worth reading, the rest is the test's noise.
    static func inProcess(_ label: String) -> Logger {
        var logger = Logger(label: label) { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        return logger
    }
}
