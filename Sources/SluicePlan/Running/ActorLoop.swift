internal import Planning
internal import Sluice
internal import SluiceModel

/// An actor that fires: whenever every input has a value and every output a free slot.
///
/// Its own thread's. The decisions are ``FiringRule``'s; this waits, has it fire, and publishes before it releases: a slot
/// goes back to its producer only when what was made of it, perhaps in the same memory, is there.
final class ActorLoop {
    private let program: any Firing
    private let inputs: [InputPort]
    private let outputs: [OutputPort]
    private var rule: FiringRule
    private let profile: ActorProfile
    /// Of the input that has a failed value.
    private var failure: ApplicationFailure?

    init(_ program: any Firing, inputs: [InputPort], outputs: [OutputPort], profile: ActorProfile) {
        self.program = program
        self.inputs = inputs
        self.outputs = outputs
        self.profile = profile
        rule = FiringRule(lags: inputs.map(\.lag), outputs: outputs.count, limit: program.actor.firings)
    }

    /// Firings that are over.
    var firings: UInt64 { rule.firings }

    /// Fires until the data ends.
    ///
    /// - Throws: What a kernel has thrown, or what has ended one of its registers.
    func run() throws(SluiceError) {
        defer {
            for port in outputs { port.giveBack() }
            for port in inputs { port.release() }
        }
        while true {
            switch rule.next() {
            case .take(let input): try take(inputs[input])
            case .reserve(let output):
                try outputs[output].reserve()
                rule.tell(.reserved)
            case .fire(let number, nil): try fire(number)
            case .fire(let number, .some): try passOn(number)
            case .finish(let reason): return try finish(reason)
            }
        }
    }

    private func take(_ input: InputPort) throws(SluiceError) {
        switch try input.take() {
        case .value: rule.tell(.taken(failed: false))
        case .failed(let failure):
            self.failure = self.failure ?? failure
            rule.tell(.taken(failed: true))
        case .ended(let count): rule.tell(.ended(count: count))
        }
    }

    private func fire(_ number: UInt64) throws(SluiceError) {
        let began = profile.begin()
        switch try program.fire(number) {
        case .made:
            profile.end(began)
            for port in outputs { try port.publish() }
        case .failed(let failure):
            for port in outputs { try port.publish(failure) }
        case .finished:
            return rule.tell(.noMoreData)
        }
        for port in inputs { port.release() }
        rule.tell(.fired)
    }

    /// What has failed before it has failed behind it: nothing is computed.
    private func passOn(_ number: UInt64) throws(SluiceError) {
        guard let failure else { preconditionFailure("an input has failed without an error") }
        try program.passed(failure, number)
        for port in outputs { try port.publish(failure) }
        for port in inputs { port.release() }
        self.failure = nil
        rule.tell(.fired)
    }

    private func finish(_ reason: FiringRule.Reason) throws(SluiceError) {
        guard case .inputLost(let input, let count) = reason else { return }
        throw SluiceError(
            .corrupted,
            "actor \(program.actor.name) has fired \(firings) times, and its register \(inputs[input].view.name) ended after "
                + "\(count) values", channel: inputs[input].reader.channel, actor: program.actor.name,
            node: program.actor.node, sequence: count)
    }
}
