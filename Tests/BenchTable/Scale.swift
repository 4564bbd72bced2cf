internal import Foundation

/// Where numbers lie on a logarithmic axis of a plot. Zero has a place of its own, before the smallest that is not.
struct Scale {
    /// From below the smallest number to above the largest, in powers of two, or in ones, twos and fives.
    private let marks: [Double]
    private let isBinary: Bool
    private let hasZero: Bool
    /// Pixels.
    private let from: Double
    private let to: Double

    /// The share of the axis that zero takes.
    private static let zeroShare = 0.06

    init(_ values: [Double], isBinary: Bool, from: Double, to: Double) {
        let positive = values.filter { $0 > 0 && $0.isFinite }
        let (low, high) = (positive.min() ?? 1, positive.max() ?? 1)
        marks = Self.marks(from: low, to: high, isBinary: isBinary)
        hasZero = values.contains(0)
        self.isBinary = isBinary
        self.from = from
        self.to = to
    }

    private static func marks(from low: Double, to high: Double, isBinary: Bool) -> [Double] {
        let base = isBinary ? 2.0 : 10
        let exponents = Int((log(low) / log(base)).rounded(.down))...Int((log(high) / log(base)).rounded(.up))
        let all = exponents.flatMap { exponent in
            (isBinary ? [1] : [1, 2, 5]).map { $0 * pow(base, Double(exponent)) }
        }
        let first = all.lastIndex { $0 <= low * (1 + tolerance) } ?? 0
        let last = all.firstIndex { $0 >= high * (1 - tolerance) } ?? all.count - 1
        // At least one step, also for numbers that are all the same.
        return Array(all[first...max(last, min(first + 1, all.count - 1))])
    }

    /// What powers that are computed are off by.
    private static let tolerance = 1e-9

    func place(_ value: Double) -> Double {
        let start = hasZero ? from + (to - from) * Self.zeroShare : from
        guard value > 0, let least = marks.first, let most = marks.last, most > least else { return from }
        return start + log(value / least) / log(most / least) * (to - start)
    }

    /// At most so many numbers that are worth a line.
    func ticks(atMost count: Int) -> [Double] {
        var shown = marks
        if shown.count > count, !isBinary {
            // Powers of ten.
            shown = shown.filter { abs(log10($0) - log10($0).rounded()) < Self.tolerance }
        }
        let between = max(1, (shown.count + count - 1) / count)
        return (hasZero ? [0] : []) + stride(from: 0, to: shown.count, by: between).map { shown[$0] }
    }
}
