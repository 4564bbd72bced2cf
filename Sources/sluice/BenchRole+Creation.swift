internal import CSluice
internal import Foundation
internal import Histogram
internal import Sluice
internal import SluiceModel

/// Channels that are made, carry one value and are closed, one after the other.
extension BenchRole {
    /// Of the value that says that no more channels come.
    private static let last = UInt64.max

    private func name(_ number: Int) -> String { "\(channel).\(number)" }

    /// Makes them; what it takes is from the call to the writer that may write.
    func create(_ actor: SluiceActor) throws -> CreationFigures {
        let acknowledgements = try actor.openReader(back, timeout: Self.patience)
        var times = Histogram<UInt64>(numberOfSignificantValueDigits: .three)
        times.autoResize = true
        let start = sluice_monotonic_ns()
        let (warm, until) = (start + UInt64(seconds * Self.warmUp * 1e9), start + UInt64(seconds * 1e9))
        var (number, isLast) = (0, false)
        while !isLast {
            let began = sluice_monotonic_ns()
            isLast = began >= until
            let writer = try open(name(number), actor)
            if began >= warm { times.record(sluice_monotonic_ns() - began) }
            try writer.write(Self.bytes(isLast ? Self.last : began), timeout: Self.patience)
            try acknowledgements.lease(timeout: Self.patience)?.release()
            writer.close()
            number += 1
        }
        return Self.figures(times)
    }

    /// Reads them; what it takes is from the other side's call to the value that is here.
    func follow(_ actor: SluiceActor) throws -> CreationFigures {
        let acknowledgements = try open(back, actor)
        var times = Histogram<UInt64>(numberOfSignificantValueDigits: .three)
        times.autoResize = true
        var number = 0
        while true {
            let reader = try actor.openReader(name(number), timeout: Self.patience)
            guard let lease = try reader.lease(timeout: Self.patience) else {
                throw SluiceError(.closed, "channel \(name(number)) has ended without a value", channel: name(number))
            }
            let began = unsafe lease.withUnsafeBytes { unsafe $0.loadUnaligned(as: UInt64.self) }
            if began != Self.last { times.record(max(1, sluice_monotonic_ns() - began)) }
            lease.release()
            try acknowledgements.write([1], timeout: Self.patience)
            reader.close()
            number += 1
            if began == Self.last { return Self.figures(times) }
        }
    }

    private static func bytes(_ word: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }

    private static func figures(_ times: Histogram<UInt64>) -> CreationFigures {
        CreationFigures(
            count: times.totalCount, p50: times.valueAtPercentile(50), p90: times.valueAtPercentile(90),
            p99: times.valueAtPercentile(99), p999: times.valueAtPercentile(99.9))
    }
}
