internal import Dispatch
internal import Foundation

/// SIGTERM and SIGINT as something to wait for.
final class Termination: Sendable {
    /// Kept alive, and touched by nobody.
    private nonisolated(unsafe) let sources: [any DispatchSourceSignal]
    private let signals: AsyncStream<Int32>

    /// From now on neither signal ends the program by itself.
    init() {
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self, bufferingPolicy: .bufferingOldest(1))
        signals = stream
        unsafe sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield(number) }
            source.activate()
            return source
        }
    }

    /// Suspends until the first signal.
    func wait() async {
        for await _ in signals { return }
    }

    /// Lets a service run until a signal comes, or until it ends by itself and throws why; then stops it.
    func serve(
        _ name: String, until ended: @escaping @Sendable () async throws -> Void, stop: @Sendable () -> Void
    ) async throws {
        try await withThrowingTaskGroup { group in
            group.addTask { await self.wait() }
            group.addTask { try await ended() }
            defer { group.cancelAll() }
            try await group.next()
            try await Self.end(name, stop)
        }
    }

    /// How long ending may take.
    static let grace = 5.0

    /// Ends the program with 0 after `drain`, or with 1 if that takes longer than ``grace``.
    static func end(_ name: String, _ drain: () async throws -> Void) async throws {
        let watchdog = DispatchSource.makeTimerSource(queue: .global())
        watchdog.schedule(deadline: .now() + grace)
        watchdog.setEventHandler {
            Console.say("\(name) has not drained within \(Int(grace)) s; it ends now")
            _exit(Failure.Code.failed.rawValue)
        }
        watchdog.activate()
        defer { watchdog.cancel() }
        try await drain()
    }
}
