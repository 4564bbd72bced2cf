internal import CSluice
internal import Foundation
internal import Sluice
internal import SluiceModel

extension BenchRole {
    /// The sequence of the value that ends a stream; where it has no room, the end of its channel does.
    private static let end = UInt64(1) << 63
    private static let sequenceBytes = 8

    func source(_ actor: SluiceActor, _ worker: Worker) throws -> SourceFigures {
        let writer = try open(there, actor)
        try awaitReaders(of: there, worker)
        var payload = [UInt8](repeating: 0, count: size)
        let cpu = sluice_process_cpu_ns(0)
        var sequence = UInt64(0)
        while sequence < fresh {
            try publish(sequence, &payload, to: writer)
            sequence += 1
        }
        let start = sluice_monotonic_ns()
        let until = start + UInt64(seconds * 1e9)
        // The clock is looked at once in so many values: it costs as much as a small one.
        let between = max(1, min(64, (1 << 20) / max(size, 1)))
        while sequence % UInt64(between) != 0 || sluice_monotonic_ns() < until || sequence < 2 * fresh {
            try publish(sequence, &payload, to: writer)
            sequence += 1
        }
        if size >= Self.sequenceBytes { try publish(Self.end, &payload, to: writer) }
        let used = sluice_process_cpu_ns(0) - cpu
        writer.close()
        return SourceFigures(sent: sequence, warm: fresh, start: start, cpu: used)
    }

    /// Measures the stream and not how its readers come.
    func awaitReaders(of channel: String, _ worker: Worker) throws {
        let deadline = sluice_monotonic_ns() + (Self.patience.nanoseconds ?? 0)
        while true {
            let channels = try worker.status(timeout: Self.patience).channels
            let readers = channels.first { $0.name == channel && $0.state == "open" }?.readers ?? []
            if readers.count == self.readers.count, readers.allSatisfy({ $0.state == .open }) { return }
            guard sluice_monotonic_ns() < deadline else {
                throw SluiceError(.timedOut, "readers have not opened \(channel): \(readers)", channel: channel)
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
        if size >= Self.sequenceBytes { unsafe bytes.storeBytes(of: sequence, as: UInt64.self) }
        if hasTail, sequence != Self.end { unsafe bytes[size - 1] = UInt8(truncatingIfNeeded: sequence) }
    }

    /// Whether the last byte is not one of the sequence's own.
    private var hasTail: Bool { size != 0 && size != Self.sequenceBytes }

    func sink(_ actor: SluiceActor) throws -> SinkFigures {
        let reader = try actor.openReader(there, timeout: Self.patience)
        var figures = SinkFigures(got: 0, bad: 0, end: 0)
        let cpu = sluice_process_cpu_ns(0)
        var expected = UInt64(0)
        while let lease = try reader.lease(timeout: Self.patience) {
            let found = unsafe lease.withUnsafeBytes { unsafe inspect($0, lease.sequence) }
            lease.release()
            guard let found else { break }
            if found != expected { figures.bad += 1 }
            expected = (found == .max ? expected : found) + 1
            figures.got += 1
        }
        figures.end = sluice_monotonic_ns()
        figures.cpu = sluice_process_cpu_ns(0) - cpu
        return figures
    }

    /// The sequence that a value is of; nil for the one that ends the stream, and none that is expected for one that is
    /// torn or of another length.
    private func inspect(_ bytes: UnsafeRawBufferPointer, _ carried: UInt64) -> UInt64? {
        guard bytes.count == size else { return .max }
        let sequence = size >= Self.sequenceBytes ? unsafe bytes.load(as: UInt64.self) : carried
        if sequence == Self.end { return nil }
        let isWhole = unsafe !hasTail || bytes[size - 1] == UInt8(truncatingIfNeeded: sequence)
        return isWhole ? sequence : .max
    }
}
