internal import SluiceModel

/// One kernel of an actor: the kernel, its arguments, and what it last saw of them.
@safe final class KernelCallState {
    let setup: KernelSetup
    let inputs: [Field]
    let outputs: [Field]
    let variables: [Field]
    let scratch: UnsafeMutableRawBufferPointer
    private(set) var firing: UInt64 = 0
    private(set) var updated = true
    var isFinished = false
    private var stage: Stage?
    /// Of all changes that matter to the kernel: counts only rise, so the same sum means that nothing has changed.
    private var seen: UInt64?
    /// Of the outputs, as the recording left them; nil: there is no recording.
    private var recorded: [BlobShape?]?

    private enum Stage {
        case plain(any Kernel)
        case capturing(any CapturingKernel)
    }

    init(
        _ kernel: any Kernel, _ setup: KernelSetup, inputs: [Field], outputs: [Field], variables: [Field],
        scratch: UnsafeMutableRawBufferPointer
    ) {
        (self.setup, self.inputs, self.outputs, self.variables) = (setup, inputs, outputs, variables)
        unsafe self.scratch = scratch
        stage = (kernel as? any CapturingKernel).map(Stage.capturing) ?? .plain(kernel)
    }

    /// Runs the kernel once.
    func fire(_ number: UInt64) throws(SluiceError) {
        firing = number
        renew()
        do {
            // Out of its place for the time, so that it is changed rather than copied.
            switch stage.take() {
            case .plain(var kernel):
                defer { stage = .plain(kernel) }
                try kernel.compute(KernelContext(self))
            case .capturing(var kernel):
                defer { stage = .capturing(kernel) }
                try capture(&kernel)
            case nil: preconditionFailure("kernel \(setup.kernel) of actor \(setup.actor) fires while it does already")
            }
        } catch {
            // What had been recorded is not known any more.
            recorded = nil
            throw setup.told(error, "has failed")
        }
        for output in outputs { output.settle() }
        for variable in variables { variable.settle() }
    }

    private func renew() {
        var sum: UInt64 = 0
        for input in inputs { sum &+= input.moves &+ input.changes }
        for variable in variables { sum &+= variable.moves &+ variable.changes }
        // Their shapes are the kernel's own doing.
        for output in outputs { sum &+= output.moves }
        updated = sum != seen
        seen = sum
    }

    private func capture(_ kernel: inout some CapturingKernel) throws {
        let context = KernelContext(self)
        if !updated, let recorded {
            try restore(recorded)
            return try kernel.replay(context)
        }
        recorded = nil
        guard kernel.isReadyToCapture(context) else { return try kernel.compute(context) }
        try kernel.beginCapture(context)
        try kernel.compute(context)
        try kernel.endCapture(context)
        recorded = outputs.map { $0.isPresent ? $0.shape : nil }
        try kernel.replay(context)
    }

    private func restore(_ shapes: [BlobShape?]) throws(SluiceError) {
        for position in outputs.indices {
            guard let shape = shapes[position] else {
                outputs[position].omit()
                continue
            }
            if outputs[position].shape != shape { try outputs[position].setShape(shape) }
        }
    }
}
