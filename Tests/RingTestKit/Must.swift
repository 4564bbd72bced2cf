package import Ring

// What the testing library's macros cannot do with values that are not copied.

extension RingWriter {
    /// A loan that has to be there.
    package func mustLoan(_ size: Int) throws -> WriteLoan {
        guard let loan = try tryLoan(size) else { throw Fault.missing }
        return loan
    }

    /// Whether a value could be written now.
    package func hasRoom() throws -> Bool {
        guard let loan = try tryLoan(0) else { return false }
        _ = consume loan
        return true
    }
}

extension RingReader {
    /// A value that has to be there.
    package func mustLease() throws -> ReadLease {
        guard let lease = try tryLease() else { throw Fault.missing }
        return lease
    }

    /// Whether there is nothing to read; what there is, is read.
    package func isEmpty() throws -> Bool {
        guard let lease = try tryLease() else { return true }
        lease.release()
        return false
    }
}
