internal import Planning
internal import Sluice
internal import SluiceModel

/// The reading end of one register: the value that the next firing is to have.
@safe final class InputPort {
    let reader: Reader
    let view: RegisterView
    /// How many firings there are before the first that waits for it.
    let lag: UInt64
    private var lease: ReadLease?

    init(_ reader: Reader, _ view: RegisterView, lag: UInt64 = 0) {
        self.reader = reader
        self.view = view
        self.lag = lag
    }

    /// What a wait for a value has brought.
    enum Taken {
        case value
        /// In its place: why there is none.
        case failed(ApplicationFailure)
        /// There were so many.
        case ended(count: UInt64)
    }

    /// Waits for the next value, and has the views show it.
    func take() throws(SluiceError) -> Taken {
        guard let lease = try reader.leaseItem(timeout: .infinite) else {
            view.clear()
            return .ended(count: reader.next)
        }
        if lease.kind == ValueKind.failure {
            view.clear()
            let failure = ApplicationFailure(reader.failure(in: lease))
            self.lease = consume lease
            return .failed(failure)
        }
        do throws(SluiceError) {
            try unsafe lease.withUnsafeBytes { bytes throws(SluiceError) in unsafe try view.read(bytes) }
        } catch {
            var error = error
            error.channel = reader.channel
            error.sequence = lease.sequence
            throw error
        }
        self.lease = consume lease
        return .value
    }

    /// The firing is over: the slot goes back to its writer.
    func release() { lease = nil }
}

/// The writing end of one register: the slot that the next firing is to fill.
@safe final class OutputPort {
    let writer: Writer
    let view: RegisterView
    private var loan: WriteLoan?

    init(_ writer: Writer, _ view: RegisterView) {
        self.writer = writer
        self.view = view
    }

    /// Waits for a free slot.
    func reserve() throws(SluiceError) {
        var loan = try writer.loan(timeout: .infinite)
        try unsafe loan.withUnsafeMutableBytes { bytes throws(SluiceError) in unsafe try view.begin(bytes) }
        self.loan = consume loan
    }

    /// Makes the value visible, with its headers.
    func publish() throws(SluiceError) {
        let count = view.close()
        try loan.take()?.publish(count: count)
    }

    /// Publishes why there is no value.
    func publish(_ failure: ApplicationFailure) throws(SluiceError) {
        view.clear()
        try loan.take()?.publish(failure)
    }

    func giveBack() { loan = nil }
}
