// Codes of what can befall a plan's run.
extension SluiceError.Code {
    /// There is no such run: it ended long ago, or an earlier coordinator had it.
    public static let unknownRun = SluiceError.Code(rawValue: "unknownRun")
    /// A process that had an actor of the run has died; the run ended with it.
    public static let actorDied = SluiceError.Code(rawValue: "actorDied")
    /// Somebody has stopped the run.
    public static let stopped = SluiceError.Code(rawValue: "stopped")
}
