/// Every bound of a plan that is not its author's choice, with its name.
public enum PlanLimits {
    /// Bytes of the name of a plan, input, actor, output, function, blob or argument: 1 ... this.
    public static let mostNameBytes = 100
    /// Bytes of a kernel's name: 1 ... this.
    public static let mostKernelNameBytes = 255
    /// Bytes that the names of a plan and of one of its registers have together, so that a channel's name holds them both.
    public static let mostChannelNameBytes = 227
    /// Actors that fire: every parallel instance and every interface counts.
    public static let mostActors = 4096
    /// Instances of one actor: 1 ... this.
    public static let mostParallel = 256
    /// Blobs: inputs, what kernels make, and variables; every parallel instance counts.
    public static let mostBlobs = 8192
    /// Kernels of one actor: 1 ... this.
    public static let mostKernels = 256
    /// Inputs, outputs and variables of one kernel.
    public static let mostArguments = 1024
    /// Declared control edges.
    public static let mostControls = 8192
    /// Registers: channels with and without payload, and memory of single actors.
    public static let mostRegisters = 32768
    /// Outputs.
    public static let mostOutputs = 1024
    /// Functions.
    public static let mostFunctions = 1024
    /// Nanoseconds of a duration or an interval: 1 ... this, some eleven days.
    public static let mostNanoseconds: UInt64 = 1_000_000_000_000_000
    /// Bytes on one node; so that sums of sizes cannot overflow.
    static let mostBytes: UInt64 = 1 << 60
    /// Intervals that are tried to make a plan fit into its nodes.
    static let mostIntervals = 256
}
