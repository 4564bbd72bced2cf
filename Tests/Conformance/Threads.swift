import Foundation
import SluiceTesting

/// Runs a blocking call on a thread of its own.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}

/// A call that is under way on a thread of its own.
final class BlockedCall<Value: Sendable>: Sendable {
    private let thread = Shared<String?>(nil)
    private let task: Task<Value, any Error>

    init(_ body: @escaping @Sendable () throws -> Value) {
        let thread = thread
        task = Task {
            try await onThread {
                thread.value = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")
                return try body()
            }
        }
    }

    /// Waits until its thread sleeps in the kernel: then the call waits.
    func untilAsleep() async throws {
        try await waitUntil("a call to block") { [thread] in
            guard let place = thread.value else { return false }
            let stat = (try? String(contentsOfFile: "/proc/\(place)/stat", encoding: .utf8)) ?? ""
            return stat.split(separator: ")").last?.hasPrefix(" S") == true
        }
    }

    func value() async throws -> Value { try await task.value }
}

/// What several threads look at.
final class Shared<Value: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var held: Value

    init(_ value: Value) { held = value }

    var value: Value {
        get { lock.withLock { held } }
        set { lock.withLock { held = newValue } }
    }

    func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        try lock.withLock { try body(&held) }
    }
}

enum ProcessID {
    static let own = getpid()
}
