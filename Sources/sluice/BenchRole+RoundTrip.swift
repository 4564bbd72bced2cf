internal import CSluice
internal import Histogram
internal import Sluice
internal import SluiceModel

extension BenchRole {
    /// Of the value that ends a row of round trips; of one without a byte, the end of its channel does.
    private static let last = UInt8.max

    func ping(_ actor: SluiceActor) throws -> RoundTripFigures {
        let writer = try open(there, actor)
        let reader = try actor.openReader(back, timeout: Self.patience)
        var histogram = Histogram<UInt64>(numberOfSignificantValueDigits: .three)
        histogram.autoResize = true
        var payload = [UInt8](repeating: 0, count: size)
        let cpu = sluice_process_cpu_ns(0)
        let start = sluice_monotonic_ns()
        let (warm, until) = (start + UInt64(seconds * Self.warmUp * 1e9), start + UInt64(seconds * 1e9))
        var (number, wrong, now) = (UInt64(0), UInt64(0), start)
        while now < until || number < 2 * fresh {
            let mark = UInt8(number % 255)
            let sent = sluice_monotonic_ns()
            try publish(mark, &payload, to: writer)
            guard let lease = try reader.lease(timeout: Self.patience) else { throw ended(back) }
            now = sluice_monotonic_ns()
            let isSame = unsafe lease.withUnsafeBytes { unsafe fits($0, mark) } && lease.sequence == number
            lease.release()
            if !isSame { wrong += 1 }
            // One that takes longer than the measurement is all there is.
            if number >= fresh, sent >= warm || now >= until { histogram.record(max(1, now - sent)) }
            number += 1
        }
        try publish(Self.last, &payload, to: writer)
        let used = sluice_process_cpu_ns(0) - cpu
        writer.close()
        return RoundTripFigures(
            count: number, p50: histogram.valueAtPercentile(50), p90: histogram.valueAtPercentile(90),
            p99: histogram.valueAtPercentile(99), p999: histogram.valueAtPercentile(99.9), most: histogram.max,
            wrong: wrong, cpu: used)
    }

    private func fits(_ bytes: UnsafeRawBufferPointer, _ mark: UInt8) -> Bool {
        guard bytes.count == size else { return false }
        return unsafe size == 0 || (bytes[0] == mark && bytes[size - 1] == mark)
    }

    /// First and last byte marked: copied as a whole, or made in place.
    private func publish(_ mark: UInt8, _ payload: inout [UInt8], to writer: Writer) throws {
        if isLoan {
            var loan = try writer.loan(timeout: Self.patience)
            if size > 0 {
                unsafe loan.withUnsafeMutableBytes { slot in
                    unsafe slot[0] = mark
                    unsafe slot[size - 1] = mark
                }
            }
            try loan.publish(count: size)
        } else {
            if size > 0 {
                payload[0] = mark
                payload[size - 1] = mark
            }
            try writer.write(payload, timeout: Self.patience)
        }
    }

    func echo(_ actor: SluiceActor) throws -> EchoFigures {
        let writer = try open(back, actor)
        let reader = try actor.openReader(there, timeout: Self.patience)
        let cpu = sluice_process_cpu_ns(0)
        var unused: [UInt8] = []
        while let lease = try reader.lease(timeout: Self.patience) {
            let mark = unsafe lease.withUnsafeBytes { unsafe $0.first ?? 0 }
            if mark == Self.last { break }
            if isLoan {
                try publish(mark, &unused, to: writer)
            } else {
                try unsafe lease.withUnsafeBytes { try unsafe writer.write($0, timeout: Self.patience) }
            }
            lease.release()
        }
        let used = sluice_process_cpu_ns(0) - cpu
        writer.close()
        return EchoFigures(cpu: used)
    }

    private func ended(_ name: String) -> SluiceError {
        SluiceError(.closed, "channel \(name) has ended in the middle of a measurement", channel: name)
    }
}
