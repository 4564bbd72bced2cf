internal import Ring
package import SluiceModel

// For what passes failed values on as it passes others: they are no errors of its own.
extension Reader {
    /// Takes the next item in place, a failed value as well (``ReadLease/kind``); nil at the end of the stream.
    package func leaseItem(timeout: Timeout) throws(SluiceError) -> ReadLease? {
        try endpoint.enter()
        defer { endpoint.leave() }
        guard let slot = try endpoint.takeItem(timeout) else { return nil }
        return ReadLease(slot)
    }

    nonisolated(nonsending)
        package func leaseItem(timeout: Timeout) async throws(SluiceError) -> ReadLease?
    {
        try endpoint.enter()
        defer { endpoint.leave() }
        guard let slot = try await endpoint.takeItem(timeout) else { return nil }
        return ReadLease(slot)
    }

    /// What a failed value tells.
    package func failure(in lease: borrowing ReadLease) -> SluiceError {
        unsafe lease.withUnsafeBytes { bytes in
            unsafe ApplicationFailure.error(
                bytes, channel: endpoint.spec, sequence: lease.sequence,
                writer: ApplicationFailure.Origin(
                    actor: endpoint.spec.writer.rawValue, node: endpoint.writerNode, pid: endpoint.writerPID))
        }
    }
}

extension WriteLoan {
    /// Publishes an error in the value's place.
    ///
    /// - Throws: ``SluiceError/Code/forked``; the slot is given back then.
    package consuming func publish(_ failure: ApplicationFailure) throws(SluiceError) {
        try publish(kind: ValueKind.failure, encoded(failure))
    }
}
