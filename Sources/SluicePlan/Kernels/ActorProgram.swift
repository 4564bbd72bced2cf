public import Planning
public import SluiceModel

/// An actor of a compiled plan, ready to fire: its registers' views and its kernels.
///
/// For each firing: tell each of ``inputs`` of its value (`read`) and each of ``outputs`` of its slot (`begin`), then
/// ``fire(_:)``, then `close()` each of the outputs and publish as many bytes. Nothing is allocated then. Made and used on
/// one thread, or by one thread at a time.
@safe public final class ActorProgram {
    public let actor: PlannedActor
    /// The channels that it consumes, in the order of ``PlannedActor/inputs``.
    public let inputs: [RegisterView]
    /// The channels that it produces, in the order of ``PlannedActor/outputs``.
    public let outputs: [RegisterView]
    /// Numbers in ``CompiledPlan/registers``, in the same orders.
    public let inputRegisters: [Int]
    public let outputRegisters: [Int]
    private let calls: [KernelCallState]
    private let own: [OwnRegister]

    /// What has come of a firing.
    public enum Outcome: Hashable, Sendable {
        /// The outputs are to be published.
        case made
        /// There is no more data; nothing is to be published.
        case finished
    }

    /// Makes the kernels.
    ///
    /// - Parameters:
    ///   - actor: In the plan's ``CompiledPlan/actors``.
    ///   - block: The plan's memory on the actor's node: zeros but for what this actor's channels have in it.
    /// - Throws: ``SluiceError/Code/invalidArgument`` for a kernel that is not registered or refuses its arguments, or a
    ///   plan that does not fit the block; whatever else a kernel throws when it is made. All name actor and node.
    public init(
        _ plan: CompiledPlan, actor number: Int, kernels: KernelRegistry, block: UnsafeMutableRawBufferPointer
    ) throws(SluiceError) {
        guard plan.actors.indices ~= number else {
            throw .invalidArgument("plan \(plan.spec.name) has no actor \(number), but \(plan.actors.count)")
        }
        let actor = plan.actors[number]
        var registers = try unsafe ActorRegisters(plan, actor, number, block)
        var calls: [KernelCallState] = []
        for kernel in actor.kernels { calls.append(try registers.call(kernel, kernels)) }
        self.actor = actor
        (inputRegisters, outputRegisters) = (registers.inputs, registers.outputs)
        inputs = registers.inputs.compactMap { registers.views[$0] }
        outputs = registers.outputs.compactMap { registers.views[$0] }
        (self.calls, own) = (calls, registers.own)
    }

    /// Runs the kernels in order.
    ///
    /// - Parameter number: Of the firing: 0, 1, 2 …; with a value of each input of that sequence number.
    /// - Throws: What a kernel throws, naming actor and node: a ``SluiceError`` as it is, anything else as
    ///   ``SluiceError/Code/application`` with its type as `kind`.
    public func fire(_ number: UInt64) throws(SluiceError) -> Outcome {
        for register in own { try register.begin(number) }
        for call in calls {
            try call.fire(number)
            if call.isFinished { return .finished }
        }
        return .made
    }
}

/// A register that is only its producer's.
@safe struct OwnRegister {
    let view: RegisterView
    let start: UnsafeMutableRawPointer
    let stride: Int
    let slots: Int

    func begin(_ number: UInt64) throws(SluiceError) {
        let slot = unsafe start + Int(number % UInt64(slots)) * stride
        unsafe try view.begin(UnsafeMutableRawBufferPointer(start: slot, count: stride))
    }
}
