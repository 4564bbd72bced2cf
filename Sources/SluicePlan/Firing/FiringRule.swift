/// When an actor fires: once every input has a value and every output has a slot.
///
/// A value without clocks, threads or memory. Its shell does what ``next()`` says, tells it what has come of it
/// (``tell(_:)``), and asks again:
///
/// - Inputs are waited for first, in order, and then outputs, so that no slot is taken from the readers' credit before
///   there is something to fill it with.
/// - After a firing the shell publishes all outputs, then releases all inputs: a value of an input may go back to its
///   producer only when what was made of it, perhaps in the same memory, is there.
/// - The first input that has ended ends the actor: its outputs are closed, so that the end follows the last value through
///   the whole graph.
/// - If a value is a failed one the actor fires without its kernels: each of its outputs gets the same error.
///
/// A source has no inputs, and fires as often as it was told to, or until its kernel says that there is no more.
public struct FiringRule: Hashable, Sendable {
    /// By input: how many firings there are before it is waited for at all. 0 but for the control registers by which those
    /// that share memory wait for each other.
    public let lags: [UInt64]
    public let outputs: Int
    /// It ends after so many firings; nil: when an input ends, or its kernel does.
    public let limit: UInt64?
    /// Firings that are over; also the number of the next one.
    public private(set) var firings: UInt64 = 0
    /// Inputs that have a value, and outputs that have a slot: all those below.
    private var taken = 0
    private var reserved = 0
    /// The first input whose value is a failed one.
    private var failed: Int?
    private var end: Reason?

    public init(lags: [UInt64], outputs: Int, limit: UInt64? = nil) {
        (self.lags, self.outputs, self.limit) = (lags, max(0, outputs), limit)
        skip()
    }

    public init(inputs: Int, outputs: Int, limit: UInt64? = nil) {
        self.init(lags: Array(repeating: 0, count: max(0, inputs)), outputs: outputs, limit: limit)
    }

    public var inputs: Int { lags.count }

    /// Past the inputs that this firing does not wait for.
    private mutating func skip() { while taken < lags.count, lags[taken] > firings { taken += 1 } }

    /// What to do next.
    public enum Step: Hashable, Sendable {
        /// Wait for the next value of this input.
        case take(Int)
        /// Wait for a slot of this output.
        case reserve(Int)
        /// Run the kernels; or, if an input's value is a failed one, publish its error on every output instead.
        case fire(UInt64, failedInput: Int?)
        /// Give back what is held, close outputs and inputs, and stop.
        case finish(Reason)
    }

    /// Why an actor is over.
    public enum Reason: Hashable, Sendable {
        /// This input had no more values.
        case inputEnded(Int)
        /// This input had ended after another number of values than the actor has taken: some are lost.
        case inputLost(Int, had: UInt64)
        /// It has fired as often as it should.
        case limit
        /// Its kernel says that there is no more data.
        case noMoreData
        case cancelled
        /// A kernel, or an endpoint, has failed.
        case failed
    }

    /// What has happened.
    public enum Event: Hashable, Sendable {
        /// The input that was waited for has a value.
        case taken(failed: Bool)
        /// The input that was waited for has ended after so many values.
        case ended(count: UInt64)
        /// The output that was waited for has a slot.
        case reserved
        /// Everything is published, and released.
        case fired
        /// The kernels have said that there is no more; nothing was published.
        case noMoreData
        case cancelled
        case failed
    }

    public func next() -> Step {
        if let end { return .finish(end) }
        if let limit, firings >= limit { return .finish(.limit) }
        if taken < inputs { return .take(taken) }
        if reserved < outputs { return .reserve(reserved) }
        return .fire(firings, failedInput: failed)
    }

    /// Takes in what has happened; what comes after the end changes nothing.
    ///
    /// What is told must be the outcome of the step that was asked for, but for `cancelled` and `failed`, which may come
    /// at any time.
    public mutating func tell(_ event: Event) {
        let step = next()
        switch (event, step) {
        case (.cancelled, .finish), (.failed, .finish): break
        case (.cancelled, _): end = .cancelled
        case (.failed, _): end = .failed
        case (.taken(let isFailed), .take(let input)):
            if isFailed { failed = failed ?? input }
            taken += 1
            skip()
        case (.ended(let count), .take(let input)):
            end = count == firings - lags[input] ? .inputEnded(input) : .inputLost(input, had: count)
        case (.reserved, .reserve): reserved += 1
        case (.fired, .fire):
            (taken, reserved, failed) = (0, 0, nil)
            firings += 1
            skip()
        case (.noMoreData, .fire): end = .noMoreData
        default: preconditionFailure("\(event) cannot follow \(step)")
        }
    }
}
