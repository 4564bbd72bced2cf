internal import Foundation
internal import Placement
internal import SluiceModel
internal import Synchronization
internal import ZeroMQ

/// Joins and encodes status answers on a thread of its own: JSON of a large cluster must not hold up its messages.
final class StatusDesk: Sendable {
    struct Answer: Sendable {
        /// A ``ClusterStatus``.
        var json: [UInt8]
        var callers: [Caller]
    }

    private struct State {
        var waiting: [StatusAnswer] = []
        var done: [Answer] = []
        var isStopping = false
    }

    private let state = Mutex(State())
    private let wakeup: Wakeup
    private let onAnswer: @Sendable () -> Void
    private let thread = Mutex<ServiceThread?>(nil)

    /// - Parameter onAnswer: Called on the desk's thread when ``take()`` has something.
    init(onAnswer: @escaping @Sendable () -> Void) throws(SluiceError) {
        self.onAnswer = onAnswer
        wakeup = try Wakeup()
        let thread = try ServiceThread(name: "sluice-status") { self.run() }
        self.thread.withLock { $0 = thread }
    }

    /// - Returns: Whether there was room for it.
    func add(_ answer: StatusAnswer) -> Bool {
        let isTaken = state.withLock { state in
            guard state.waiting.count < ShellLimits.mostStatusAnswers else { return false }
            state.waiting.append(answer)
            return true
        }
        if isTaken { wakeup.signal() }
        return isTaken
    }

    func take() -> [Answer] {
        state.withLock { state in
            defer { state.done = [] }
            return state.done
        }
    }

    func stop() {
        state.withLock { $0.isStopping = true }
        wakeup.signal()
        thread.withLock { thread in
            thread?.join()
            thread = nil
        }
    }

    private func run() {
        while true {
            let (next, isStopping) = state.withLock { state in
                (state.waiting.isEmpty ? nil : state.waiting.removeFirst(), state.isStopping)
            }
            if isStopping { return }
            guard let next else {
                wakeup.wait(milliseconds: nil)
                continue
            }
            let answer = Answer(json: Self.encode(next), callers: next.callers)
            state.withLock { $0.done.append(answer) }
            onAnswer()
        }
    }

    static func encode(_ answer: StatusAnswer) -> [UInt8] {
        let decoder = JSONDecoder()
        // An agent whose report cannot be read is shown without one.
        let reports = answer.reports.compactMapValues { report -> NodeReport? in
            guard report.count <= ShellLimits.mostReportBytes else { return nil }
            return try? decoder.decode(NodeReport.self, from: Data(report))
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings and integers only: cannot fail.
        return (try? encoder.encode(answer.joined(with: reports))).map(Array.init) ?? Array("{}".utf8)
    }
}
