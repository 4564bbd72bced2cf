internal import SluiceModel

// Who holds a channel back from another node: here only that node's cursor is known, the cluster knows the rest.
extension WriterEndpoint {
    /// The same error with whom it has waited for, unless it says so already or the wait was short.
    func named(_ error: SluiceError, _ timeout: Timeout) -> SluiceError {
        guard isWorthAsking(error, timeout) else { return error }
        return named(error, try? Worker.status(core.ask(.status, timeout: Self.patience)))
    }

    /// The same without blocking.
    nonisolated(nonsending)
        func named(_ error: SluiceError, _ timeout: Timeout) async -> SluiceError
    {
        guard isWorthAsking(error, timeout) else { return error }
        return named(error, try? Worker.status(await core.ask(.status, timeout: Self.patience)))
    }

    private static var patience: Timeout { Timeout(nanoseconds: Bounds.culpritAnswer) }

    private func isWorthAsking(_ error: SluiceError, _ timeout: Timeout) -> Bool {
        guard error.code == .timedOut, error.actor != nil, error.pid == nil else { return false }
        return timeout.nanoseconds.map { $0 >= Bounds.culpritWorthAsking } ?? true
    }

    private func named(_ error: SluiceError, _ status: ClusterStatus?) -> SluiceError {
        let id = "\(spec.id)"
        guard let channel = status?.channels.first(where: { $0.id == id }),
            let reader = channel.heldBackBy.min(by: { $0.released < $1.released }), let pid = reader.pid
        else { return error }
        var error = error
        error.actor = reader.actor
        error.node = reader.node
        error.pid = pid
        error.sequence = reader.released
        error.message += "; reader \(reader.actor) (node \(reader.node ?? "?"), pid \(pid)) "
        switch reader.state {
        case .expected: error.message += "has not opened it yet"
        case _ where reader.acquired > reader.released:
            error.message += "has held value \(reader.released)"
            if let time = reader.heldMilliseconds { error.message += " for \(time) ms" }
        default: error.message += "has not read value \(reader.released)"
        }
        return error
    }
}
