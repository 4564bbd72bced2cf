internal import Foundation

/// Where numbers lie on a logarithmic axis of a plot. Zero has a place of its own, before the smallest that is not.
struct Scale {
    /// In the unit of `base`: log(least), log(most).
    private let least: Double
    private let most: Double
    private let base: Double
    private let hasZero: Bool
    /// Pixels.
    private let from: Double
    private let to: Double

    /// The share of the axis that zero takes.
    private static let zeroShare = 0.06

    init(_ values: [Double], base: Double, from: Double, to: Double) {
        let positive = values.filter { $0 > 0 && $0.isFinite }
        self.base = base
        hasZero = values.contains(0)
        let (low, high) = (log(positive.min() ?? 1) / log(base), log(positive.max() ?? 1) / log(base))
        // Whole steps, and at least one.
        least = low.rounded(.down)
        most = max(high.rounded(.up), least + 1)
        self.from = from
        self.to = to
    }

    func place(_ value: Double) -> Double {
        let start = hasZero ? from + (to - from) * Self.zeroShare : from
        guard value > 0 else { return from }
        return start + (log(value) / log(base) - least) / (most - least) * (to - start)
    }

    /// At most so many numbers that are worth a line.
    func ticks(atMost count: Int) -> [Double] {
        let steps = Int(most - least)
        let between = max(1, (steps + count - 1) / count)
        let marked = stride(from: 0, through: steps, by: between).map { pow(base, least + Double($0)) }
        return (hasZero ? [0] : []) + marked
    }
}
