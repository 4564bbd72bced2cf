internal import SharedMemory
public import SluiceModel

// The calls for async code, on arrays: each blocks a thread of its own, and no thread of the cooperative pool. After an
// error the array is what the blocking call would have left, so that the same call goes on. Cancelling the task does not
// shorten them; their timeout does.
extension Communicator {
    /// Reduces elements over all ranks, in place.
    nonisolated(nonsending)
        public func allReduce<Scalar: TensorScalar>(
            _ elements: inout [Scalar], _ reduction: Reduction = .sum, timeout: Timeout = .infinite
        ) async throws(SluiceError)
    {
        try await lend(&elements) { elements throws(SluiceError) in
            try self.allReduce(&elements, reduction, timeout: timeout)
        }
    }

    /// Reduces parts over all ranks; each rank gets the part of its number.
    nonisolated(nonsending)
        public func reduceScatter<Scalar: TensorScalar>(
            _ parts: [Scalar], into output: inout [Scalar], _ reduction: Reduction = .sum, timeout: Timeout = .infinite
        ) async throws(SluiceError)
    {
        try await lend(&output) { output throws(SluiceError) in
            try self.reduceScatter(parts, into: &output, reduction, timeout: timeout)
        }
    }

    /// Collects the elements of all ranks on each of them.
    nonisolated(nonsending)
        public func allGather<Scalar: TensorScalar>(
            _ elements: [Scalar], into output: inout [Scalar], timeout: Timeout = .infinite
        ) async throws(SluiceError)
    {
        try await lend(&output) { output throws(SluiceError) in
            try self.allGather(elements, into: &output, timeout: timeout)
        }
    }

    /// Brings the root's elements to every rank.
    nonisolated(nonsending)
        public func broadcast<Scalar: TensorScalar>(
            _ elements: inout [Scalar], root: Int, timeout: Timeout = .infinite
        ) async throws(SluiceError)
    {
        try await lend(&elements) { elements throws(SluiceError) in
            try self.broadcast(&elements, root: root, timeout: timeout)
        }
    }

    /// Sends elements to another rank.
    nonisolated(nonsending)
        public func send<Scalar: TensorScalar>(
            _ elements: [Scalar], to rank: Int, timeout: Timeout = .infinite
        ) async throws(SluiceError)
    {
        try await onThreadOfItsOwn { () throws(SluiceError) in try self.send(elements, to: rank, timeout: timeout) }
    }

    /// Receives elements from another rank: as many as the array has.
    nonisolated(nonsending)
        public func receive<Scalar: TensorScalar>(
            into elements: inout [Scalar], from rank: Int, timeout: Timeout = .infinite
        ) async throws(SluiceError)
    {
        try await lend(&elements) { elements throws(SluiceError) in
            try self.receive(into: &elements, from: rank, timeout: timeout)
        }
    }

    /// Waits until every rank has come here.
    nonisolated(nonsending)
        public func barrier(timeout: Timeout = .infinite) async throws(SluiceError)
    {
        try await onThreadOfItsOwn { () throws(SluiceError) in try self.barrier(timeout: timeout) }
    }
}

/// Hands an array to a call on another thread and takes it back, without a copy.
nonisolated(nonsending)
    private func lend<Scalar: TensorScalar>(
        _ elements: inout [Scalar], _ body: @escaping @Sendable (inout [Scalar]) throws(SluiceError) -> Void
    ) async throws(SluiceError)
{
    let lent = Lock<[Scalar]>([])
    let box = Lent(lent)
    box.elements.withLock { swap(&$0, &elements) }
    let outcome: Result<Void, SluiceError>
    do throws(SluiceError) {
        try await onThreadOfItsOwn { () throws(SluiceError) in try box.elements.withLock(body) }
        outcome = .success(())
    } catch { outcome = .failure(error) }
    box.elements.withLock { swap(&$0, &elements) }
    try outcome.get()
}

private final class Lent<Scalar: TensorScalar>: Sendable {
    let elements: Lock<[Scalar]>
    init(_ elements: consuming Lock<[Scalar]>) { self.elements = elements }
}

/// Runs what blocks where it may.
nonisolated(nonsending)
    func onThreadOfItsOwn<Value: Sendable>(
        _ body: @escaping @Sendable () throws(SluiceError) -> Value
    ) async throws(SluiceError) -> Value
{
    let outcome = Lock<Result<Value, SluiceError>?>(nil)
    let box = Outcome(outcome)
    unsafe await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
        let suspension = unsafe Suspension(continuation)
        do throws(SystemCallError) {
            _ = try NamedThread("sluice-rank") {
                let result = Result { () throws(SluiceError) in try body() }
                box.outcome.withLock { $0 = result }
                suspension.resume(())
            }
        } catch {
            box.outcome.withLock { $0 = .failure(error.asSluiceError) }
            suspension.resume(())
        }
    }
    guard let result = box.outcome.withLock({ $0 }) else { preconditionFailure("resumed without an outcome") }
    return try result.get()
}

private final class Outcome<Value: Sendable>: Sendable {
    let outcome: Lock<Result<Value, SluiceError>?>
    init(_ outcome: consuming Lock<Result<Value, SluiceError>?>) { self.outcome = outcome }
}
