public import SluiceModel

/// Waits until a condition holds, by asking again and again: at once, then after 1 ms, 2 ms … 50 ms.
///
/// - Parameters:
///   - what: What is waited for, for the error's message: "every node to be alive".
///   - timeout: When to give up.
///   - look: Fetches the state. What it throws counts as "not yet".
///   - holds: Whether the state is the one waited for.
/// - Returns: The state that satisfied `holds`.
/// - Throws: ``SluiceError/Code/timedOut`` with the last state seen, or ``SluiceError/Code/cancelled``.
@discardableResult
public func waitUntil<State: Sendable>(
    _ what: String, within timeout: Timeout = .seconds(10), _ look: () async throws -> State,
    satisfies holds: (State) throws -> Bool
) async throws(SluiceError) -> State {
    let deadline = Deadline(timeout, from: monotonicNanoseconds())
    var pause = Backoff()
    var seen = "nothing yet"
    while true {
        do {
            let state = try await look()
            if try holds(state) { return state }
            seen = "\(state)"
        } catch {
            seen = "error: \(error)"
        }
        guard !deadline.hasPassed(at: monotonicNanoseconds()) else {
            throw SluiceError(.timedOut, "waited \(timeout) for \(what); last seen: \(seen)")
        }
        do { try await pause.sleep() } catch {
            throw SluiceError(.cancelled, "cancelled while waiting for \(what); last seen: \(seen)")
        }
    }
}

/// Waits until a condition holds; see ``waitUntil(_:within:_:satisfies:)``.
public func waitUntil(
    _ what: String, within timeout: Timeout = .seconds(10), _ condition: () async throws -> Bool
) async throws(SluiceError) {
    try await waitUntil(what, within: timeout, condition, satisfies: { $0 })
}

/// The pauses between two looks: short at first so that quick things are seen quickly, bounded so that slow ones are
/// too.
struct Backoff {
    private static let shortest = Duration.milliseconds(1)
    private static let longest = Duration.milliseconds(50)
    private var next = Self.shortest

    mutating func sleep() async throws {
        try await Task.sleep(for: next)
        next = min(next * 2, Self.longest)
    }
}
