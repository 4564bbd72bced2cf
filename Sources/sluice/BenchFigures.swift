/// What `bench-role ping` prints: nanoseconds.
package struct RoundTripFigures: Codable, Sendable {
    /// Of all round trips; those that warm up are not among the percentiles.
    package var count: UInt64
    package var p50: UInt64
    package var p90: UInt64
    package var p99: UInt64
    package var p999: UInt64
    package var most: UInt64
    /// Replies whose first or last byte was not what had been sent.
    package var wrong: UInt64
    /// CPU time of this process.
    package var cpu: UInt64

    package init(
        count: UInt64, p50: UInt64, p90: UInt64 = 0, p99: UInt64, p999: UInt64 = 0, most: UInt64 = 0, wrong: UInt64,
        cpu: UInt64 = 0
    ) {
        self.count = count
        self.p50 = p50
        self.p90 = p90
        self.p99 = p99
        self.p999 = p999
        self.most = most
        self.wrong = wrong
        self.cpu = cpu
    }
}

/// What `bench-role echo` prints.
package struct EchoFigures: Codable, Sendable {
    /// CPU time of this process, nanoseconds.
    package var cpu: UInt64

    package init(cpu: UInt64) { self.cpu = cpu }
}

/// What `bench-role source` prints. Times are of CLOCK_MONOTONIC, which is one for all processes of a machine.
package struct SourceFigures: Codable, Sendable {
    package var sent: UInt64
    /// Of these, what was sent before the start, into memory that nobody had used before.
    package var warm: UInt64
    package var start: UInt64
    package var cpu: UInt64

    package init(sent: UInt64, warm: UInt64 = 0, start: UInt64, cpu: UInt64 = 0) {
        self.sent = sent
        self.warm = warm
        self.start = start
        self.cpu = cpu
    }
}

/// What `bench-role sink` prints.
package struct SinkFigures: Codable, Sendable {
    package var got: UInt64
    /// Values out of order, repeated, or whose last byte did not fit the first.
    package var bad: UInt64
    package var end: UInt64
    package var cpu: UInt64

    package init(got: UInt64, bad: UInt64, end: UInt64, cpu: UInt64 = 0) {
        self.got = got
        self.bad = bad
        self.end = end
        self.cpu = cpu
    }
}

/// What `bench-role create` and `bench-role follow` print: nanoseconds.
package struct CreationFigures: Codable, Sendable {
    package var count: UInt64
    package var p50: UInt64
    package var p90: UInt64
    package var p99: UInt64
    package var p999: UInt64

    package init(count: UInt64, p50: UInt64, p90: UInt64, p99: UInt64, p999: UInt64) {
        self.count = count
        self.p50 = p50
        self.p90 = p90
        self.p99 = p99
        self.p999 = p999
    }
}
