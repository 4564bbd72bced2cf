internal import CSluice
internal import Foundation
internal import Histogram
internal import Sluice
internal import SluiceModel

/// What one process of a measurement does.
///
/// A type of its own, because reading an option of a command costs more than writing a value.
struct BenchRole: Sendable {
    let channel: String
    /// Who reads what this role writes.
    let readers: [String]
    /// Bytes of each value.
    let size: Int
    let slots: Int
    let seconds: Double
    let isLoan: Bool

    static let patience = Timeout.seconds(30)

    private var there: String { channel + ".there" }
    private var back: String { channel + ".back" }

    private func open(_ name: String, _ actor: SluiceActor) throws -> Writer {
        try actor.createChannel(name, readers: readers, slots: slots, slotSize: size, timeout: Self.patience)
    }

    /// Marks that end a stream, or a row of round trips.
    private static let end = UInt64(1) << 63
    private static let last = UInt8.max
}

extension BenchRole {
    /// The first twentieth warms up.
    private static let warmUp = 0.05

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
        while now < until {
            let mark = UInt8(number % 255)
            let sent = sluice_monotonic_ns()
            try publish(mark, &payload, to: writer)
            guard let lease = try reader.lease(timeout: Self.patience) else { throw ended(back) }
            now = sluice_monotonic_ns()
            let reply = unsafe lease.withUnsafeBytes { unsafe ($0.first, $0.last) }
            lease.release()
            if reply != (mark, mark) { wrong += 1 }
            if sent >= warm { histogram.record(max(1, now - sent)) }
            number += 1
        }
        try publish(Self.last, &payload, to: writer)
        let used = sluice_process_cpu_ns(0) - cpu
        writer.close()
        return RoundTripFigures(
            count: number, p50: histogram.valueAtPercentile(50), p99: histogram.valueAtPercentile(99),
            p999: histogram.valueAtPercentile(99.9), most: histogram.max, wrong: wrong, cpu: used)
    }

    /// First and last byte marked: copied as a whole, or made in place.
    private func publish(_ mark: UInt8, _ payload: inout [UInt8], to writer: Writer) throws {
        if isLoan {
            var loan = try writer.loan(timeout: Self.patience)
            unsafe loan.withUnsafeMutableBytes { slot in
                unsafe slot[0] = mark
                unsafe slot[size - 1] = mark
            }
            try loan.publish(count: size)
        } else {
            payload[0] = mark
            payload[size - 1] = mark
            try writer.write(payload, timeout: Self.patience)
        }
    }

    func echo(_ actor: SluiceActor) throws -> EchoFigures {
        let writer = try open(back, actor)
        let reader = try actor.openReader(there, timeout: Self.patience)
        let cpu = sluice_process_cpu_ns(0)
        var unused: [UInt8] = []
        while let lease = try reader.lease(timeout: Self.patience) {
            let mark = unsafe lease.withUnsafeBytes { unsafe $0[0] }
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

extension BenchRole {
    func source(_ actor: SluiceActor, _ worker: Worker) throws -> SourceFigures {
        let writer = try open(there, actor)
        try awaitReaders(worker)
        var payload = [UInt8](repeating: 0, count: size)
        let cpu = sluice_process_cpu_ns(0)
        let start = sluice_monotonic_ns()
        let until = start + UInt64(seconds * 1e9)
        // The clock is looked at once in so many values: it costs as much as a small one.
        let between = max(1, min(64, (1 << 20) / size))
        var sequence = UInt64(0)
        while sequence % UInt64(between) != 0 || sluice_monotonic_ns() < until {
            try publish(sequence, &payload, to: writer)
            sequence += 1
        }
        try publish(Self.end, &payload, to: writer)
        let used = sluice_process_cpu_ns(0) - cpu
        writer.close()
        return SourceFigures(sent: sequence, start: start, cpu: used)
    }

    /// Measures the stream and not how its readers come.
    private func awaitReaders(_ worker: Worker) throws {
        let deadline = sluice_monotonic_ns() + (Self.patience.nanoseconds ?? 0)
        while true {
            let channels = try worker.status(timeout: Self.patience).channels
            let readers = channels.first { $0.name == there && $0.state == "open" }?.readers ?? []
            if readers.count == self.readers.count, readers.allSatisfy({ $0.state == .open }) { return }
            guard sluice_monotonic_ns() < deadline else {
                throw SluiceError(.timedOut, "readers have not opened \(there): \(readers)", channel: there)
            }
            usleep(2000)
        }
    }

    /// The sequence in the first eight bytes, its lowest byte in the last.
    private func publish(_ sequence: UInt64, _ payload: inout [UInt8], to writer: Writer) throws {
        if isLoan {
            var loan = try writer.loan(timeout: Self.patience)
            unsafe loan.withUnsafeMutableBytes { unsafe mark($0, sequence) }
            try loan.publish(count: size)
        } else {
            unsafe payload.withUnsafeMutableBytes { unsafe mark($0, sequence) }
            try writer.write(payload, timeout: Self.patience)
        }
    }

    private func mark(_ bytes: UnsafeMutableRawBufferPointer, _ sequence: UInt64) {
        unsafe bytes.storeBytes(of: sequence, as: UInt64.self)
        if sequence != Self.end { unsafe bytes[size - 1] = UInt8(truncatingIfNeeded: sequence) }
    }

    func sink(_ actor: SluiceActor) throws -> SinkFigures {
        let reader = try actor.openReader(there, timeout: Self.patience)
        var figures = SinkFigures(got: 0, bad: 0, end: 0)
        let cpu = sluice_process_cpu_ns(0)
        var expected = UInt64(0)
        while let lease = try reader.lease(timeout: Self.patience) {
            let (sequence, tail) = unsafe lease.withUnsafeBytes { unsafe ($0.load(as: UInt64.self), $0.last) }
            lease.release()
            if sequence == Self.end { break }
            if sequence != expected || tail != UInt8(truncatingIfNeeded: sequence) { figures.bad += 1 }
            expected = sequence + 1
            figures.got += 1
        }
        figures.end = sluice_monotonic_ns()
        figures.cpu = sluice_process_cpu_ns(0) - cpu
        return figures
    }
}
