/// What a register of a running plan does at the moment, for drawings.
public struct EdgeLoad: Hashable, Sendable {
    /// Values in a second.
    public var rate: Double
    /// Values that each consumer, by its name, has not released yet.
    public var depth: [String: Int]

    public init(rate: Double, depth: [String: Int] = [:]) {
        self.rate = rate
        self.depth = depth
    }

    var rateText: String {
        guard rate.isFinite, abs(rate) < 1e15 else { return "\(rate)/s" }
        let tenths = Int((rate * 10).rounded())
        return "\(tenths / 10).\(abs(tenths % 10))/s"
    }

    func text(for consumer: String) -> String {
        guard let depth = depth[consumer] else { return rateText }
        return "\(rateText), \(depth) waiting"
    }
}
