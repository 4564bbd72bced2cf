/// A suspended call, resumed once by whoever takes it from where it is kept.
@safe struct Suspension<Outcome: Sendable>: Sendable {
    private let continuation: UnsafeContinuation<Outcome, Never>

    init(_ continuation: UnsafeContinuation<Outcome, Never>) { unsafe self.continuation = continuation }

    func resume(_ outcome: Outcome) { unsafe continuation.resume(returning: outcome) }
}
