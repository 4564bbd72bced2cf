internal import Ring
internal import SharedMemory
internal import SluiceModel

// What the calls of a writer are made of. Each is between ``enter()`` and ``leave()``.
extension WriterEndpoint {
    @inline(__always)
    func enter() throws(SluiceError) {
        let entry = gate.enter()
        if entry != .entered { throw refusal(entry) }
    }

    /// A slot for so many bytes.
    @inline(__always)
    func takeSlot(_ size: Int, _ timeout: Timeout) throws(SluiceError) -> Ring.WriteLoan {
        if let slot = ring.loanIfThere(size) { return slot }
        return try waitForSlot(size, timeout)
    }

    @inline(never)
    private func waitForSlot(_ size: Int, _ timeout: Timeout) throws(SluiceError) -> Ring.WriteLoan {
        let deadline = Deadline(timeout, from: monotonicNow())
        while true {
            do throws(LoanError) {
                // ``close()`` and ``fail(_:)`` stop the ring, and so this.
                return try ring.loan(size, until: deadline)
            } catch {
                guard case .tooLarge = error else { throw named(explain(error, size, timeout), timeout) }
            }
            try grow(to: size, timeout, until: deadline)
        }
    }

    /// A loan for the caller. It leaves when the loan is over, or if there is none.
    @inline(__always)
    func loan(_ size: Int?, _ timeout: Timeout) throws(SluiceError) -> WriteLoan {
        do throws(SluiceError) { return WriteLoan(self, try takeSlot(size ?? ring.slotSize, timeout)) } catch {
            leave()
            throw error
        }
    }
}

// The same without blocking.
extension WriterEndpoint {
    nonisolated(nonsending)
        func takeSlot(_ size: Int, _ timeout: Timeout) async throws(SluiceError) -> Ring.WriteLoan
    {
        var deadline: Deadline?
        while true {
            var isTooLarge = false
            do throws(LoanError) {
                if let slot = try ring.tryLoan(size) { return slot }
            } catch {
                guard case .tooLarge = error else { throw explain(error, size, timeout) }
                isTooLarge = true
            }
            let until = deadline ?? Deadline(timeout, from: monotonicNow())
            deadline = until
            if isTooLarge {
                try await grow(to: size, timeout, until: until)
                continue
            }
            if until.hasPassed(at: monotonicNow()) { throw await named(explain(.timedOut, size, timeout), timeout) }
            switch await core.waiters.wait(for: .room(self), until: until) {
            // Timed out: one more try, so that what came at the last moment counts.
            case .ready, .timedOut: continue
            case .cancelled:
                throw SluiceError(
                    .cancelled, "writing to channel \(spec.name) was cancelled", channel: spec.name.rawValue)
            case .failed(let error): throw error
            }
        }
    }
}

// What went wrong, in words.
extension WriterEndpoint {
    @inline(never)
    private func refusal(_ entry: CallGate.Entry) -> SluiceError {
        switch entry {
        case .forked: return .forked("the writer of channel \(spec.name)")
        case .closed, .entered:
            leave()
            return closedError
        case .busy:
            return .invalidArgument(
                "the writer of channel \(spec.name) is in use: a call, or a loan, is not over yet",
                channel: spec.name.rawValue
            )
        }
    }

    @inline(never)
    private func explain(_ error: LoanError, _ size: Int, _ timeout: Timeout) -> SluiceError {
        switch error {
        case .tooLarge(let needed, let available):
            fatalError("\(needed) bytes in slots of \(available) are for growth to see to")
        case .timedOut: late(timeout)
        case .stopped, .finished, .interrupted: failure ?? closedError
        case .alreadyLoaned:
            .invalidArgument("the writer of channel \(spec.name) has a loan open", channel: spec.name.rawValue)
        }
    }

    var closedError: SluiceError {
        SluiceError(
            .closed, "the writer of channel \(spec.name) is closed", channel: spec.name.rawValue,
            actor: spec.writer.rawValue, node: node)
    }

    /// Names who holds the channel back.
    private func late(_ timeout: Timeout) -> SluiceError {
        var error = SluiceError(
            .timedOut, "no slot of channel \(spec.name) became free within \(timeout)", channel: spec.name.rawValue,
            node: node, sequence: ring.published)
        // A moment later someone may have moved: then there is nobody to name.
        guard let slowest = ring.gates().min(by: { $0.effective < $1.effective }),
            slowest.effective + UInt64(spec.slots) <= ring.published
        else { return error }
        let index = Int(slowest.request.reader)
        let reader = spec.readers.indices.contains(index) ? spec.readers[index].rawValue : "number \(index)"
        error.actor = reader
        error.sequence = slowest.effective
        switch slowest.request.kind {
        case .placeholder: error.message += ": reader \(reader) has not opened it yet"
        case .reader:
            error.pid = slowest.request.process.pid
            error.message += ": reader \(reader) (pid \(slowest.request.process.pid)) \(Self.state(of: slowest))"
        case .destination:
            error.message += ": value \(slowest.effective) has not reached the node of reader \(reader)"
        case .foreign: error.message += ": value \(slowest.effective) is still in use by another ring"
        }
        return error
    }

    private static func state(of gate: GateStatus) -> String {
        guard let since = gate.cursor?.heldSince else { return "has not read value \(gate.effective)" }
        let now = monotonicNow()
        let held = Timeout(.nanoseconds(Int64(clamping: now > since ? now - since : 0)))
        return "has held value \(gate.effective) for \(held)"
    }
}
