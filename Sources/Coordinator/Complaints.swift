internal import Logging
internal import Synchronization

/// Counts what peers do wrong, and logs some of it: a flood of garbage must not become a flood of lines.
final class Complaints: Sendable {
    private struct Window {
        var second: UInt64 = 0
        var lines = 0
        var unsaid: UInt64 = 0
    }

    /// Messages dropped, and connections refused, so far.
    let dropped = Atomic<UInt64>(0)
    let refused = Atomic<UInt64>(0)
    private let window = Mutex(Window())
    private let logger: Logger

    init(_ logger: Logger) { self.logger = logger }

    func drop(from peer: String, _ why: String, at now: UInt64) {
        // Statistics: they publish nothing.
        dropped.wrappingAdd(1, ordering: .relaxed)
        say("a message from \(peer) was dropped: \(why)", at: now)
    }

    func refuse(_ peer: String, _ why: String, at now: UInt64) {
        refused.wrappingAdd(1, ordering: .relaxed)
        say("a connection from \(peer) was refused: \(why)", at: now)
    }

    private func say(_ text: String, at now: UInt64) {
        let unsaid: UInt64? = window.withLock { window in
            let second = now / 1_000_000_000
            if window.second != second {
                window.second = second
                window.lines = 0
            }
            guard window.lines < ShellLimits.mostComplaintsPerSecond else {
                window.unsaid += 1
                return nil
            }
            window.lines += 1
            defer { window.unsaid = 0 }
            return window.unsaid
        }
        guard let unsaid else { return }
        logger.warning("\(text)\(unsaid == 0 ? "" : "; \(unsaid) more like it were only counted")")
    }
}
