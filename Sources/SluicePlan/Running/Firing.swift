internal import Planning
internal import Sluice
internal import SluiceModel

/// What an actor does when it fires. On the actor's thread.
protocol Firing: AnyObject {
    var actor: PlannedActor { get }

    /// Every input has a value and every output a slot.
    func fire(_ number: UInt64) throws(SluiceError) -> FiringOutcome

    /// A failed value has come in an input's place; the outputs are about to get the same.
    func passed(_ failure: ApplicationFailure, _ number: UInt64) throws(SluiceError)
}

enum FiringOutcome {
    case made
    /// The outputs are to get an error in their values' place.
    case failed(ApplicationFailure)
    /// There is no more; nothing is to be published.
    case finished
}

/// Kernels.
extension ActorProgram: Firing {
    func fire(_ number: UInt64) throws(SluiceError) -> FiringOutcome {
        let outcome: Outcome = try fire(number)
        return outcome == .made ? .made : .finished
    }

    /// Nothing is computed of it.
    func passed(_ failure: ApplicationFailure, _ number: UInt64) {}
}
