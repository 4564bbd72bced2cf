/// What an actor computes when it fires.
///
/// One is made for each call of it in a plan, and lives as long as its actor's run; it may keep whatever it likes from
/// firing to firing. All of that happens on its actor's own thread.
public protocol Kernel {
    /// Reads the inputs and writes the outputs.
    ///
    /// - Throws: Anything; the run ends then, with an error that names actor and node.
    mutating func compute(_ context: borrowing KernelContext) throws
}

/// A kernel whose work can be recorded once and then replayed, as that of an accelerator's graph can.
///
/// When it fires and nothing has changed since the recording (``KernelContext/updated``), only ``replay(_:)`` is called.
/// Otherwise ``beginCapture(_:)``, `compute`, ``endCapture(_:)`` and ``replay(_:)`` are, in this order, and that recording
/// takes the place of the one before: there is one at a time, so a register with n slots and n > 1 records at each firing,
/// and one with a single slot and static shapes once for all. That is how OneFlow 0.5 uses CUDA graphs.
public protocol CapturingKernel: Kernel {
    /// Whether it may be recorded now; if not, it is only computed.
    mutating func isReadyToCapture(_ context: borrowing KernelContext) -> Bool
    mutating func beginCapture(_ context: borrowing KernelContext) throws
    mutating func endCapture(_ context: borrowing KernelContext) throws
    /// Does again what was recorded, with the same addresses and shapes; dynamic outputs have the recorded shapes already.
    mutating func replay(_ context: borrowing KernelContext) throws
}

extension CapturingKernel {
    public mutating func isReadyToCapture(_ context: borrowing KernelContext) -> Bool { true }
}

/// A kernel that keeps nothing.
struct ClosureKernel: Kernel {
    let body: (borrowing KernelContext) throws -> Void
    mutating func compute(_ context: borrowing KernelContext) throws { try body(context) }
}
